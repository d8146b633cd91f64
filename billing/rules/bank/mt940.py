"""MT940 (SWIFT, with the German subfields of :86: in DFÜ annex 3): balances, lines and their remittance.

Read here rather than by a library: one that joins name and account, and raises whatever it likes, is no fit judge.
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from billing.rules.bank.statement import Fault, Line, Statement, StatementError, read_amount

FORMAT = "mt940"
TAG = re.compile(r"^:(\d{2}[A-Z]?):")
BALANCE = re.compile(r"([CD])(\d{6})([A-Z]{3})([\d,]{1,20})")
ENTRY = re.compile(r"(\d{6})(\d{4})?(RC|RD|C|D)[A-Z]?([\d,]{1,16})[A-Z][A-Z0-9]{3}([^\n/]{0,16})(?://([^\n]{0,34}))?")
SUBFIELD = re.compile(r"\?(\d{2})")
IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
MARK = re.compile(r"^(?:EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC)\+")
MARKS = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC)\+")

type Field = tuple[int, str, str]


def is_mt940(content: bytes) -> bool:
    return b":20:" in content[:400] and b":25:" in content[:800]


def read_mt940(content: bytes) -> list[Statement]:
    """One statement for each account block; parts of one statement (60M, 62M) are blocks of their own."""
    found = [_statement(block) for block in _blocks(_fields(_text(content)))]
    if not found:
        raise StatementError(Fault.EMPTY)
    return found


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _fields(text: str) -> Iterator[Field]:
    """Tags with what follows them up to the next one; a hyphen alone ends a block."""
    current: Field | None = None
    for number, row in enumerate(text.splitlines(), start=1):
        tag = TAG.match(row)
        if tag:
            if current:
                yield current
            current = (number, tag[1], row[tag.end() :])
        elif current and row.strip() not in ("-", "-}"):
            current = (current[0], current[1], f"{current[2]}\n{row}")
    if current:
        yield current


def _blocks(fields: Iterator[Field]) -> Iterator[list[Field]]:
    block: list[Field] = []
    for field in fields:
        if field[1] == "20" and block:
            yield block
            block = []
        block.append(field)
    if block:
        yield block


def _statement(block: list[Field]) -> Statement:
    named = {tag: (line, text) for line, tag, text in block}
    line, account = named.get("25", (block[0][0], ""))
    if not account.strip():
        raise StatementError(Fault.NO_ACCOUNT, line=line)
    opening = _balance(named.get("60F") or named.get("60M"), block, missing=Fault.NO_OPENING)
    closing = _balance(named.get("62F") or named.get("62M"), block, missing=Fault.CUT_OFF)
    return Statement(
        format=FORMAT,
        account=account.strip(),
        currency=opening[2],
        lines=list(_lines(block, opening[2])),
        opening=opening[0],
        closing=closing[0],
        from_on=opening[1],
        to_on=closing[1],
    )


def _balance(field: tuple[int, str] | None, block: list[Field], *, missing: Fault) -> tuple[Decimal, date, str]:
    """A block without its closing balance is cut off; the opening one names its currency, so that it cannot miss."""
    if field is None:
        raise StatementError(missing, line=block[-1][0])
    line, text = field
    found = BALANCE.match(text.strip())
    if not found:
        raise StatementError(Fault.NO_AMOUNT, text, line=line)
    amount = read_amount(found[4], line=line)
    return (amount if found[1] == "C" else -amount), _day(found[2], line), found[3]


def _lines(block: list[Field], currency: str) -> Iterator[Line]:
    for place, (line, tag, text) in enumerate(block):
        if tag != "61":
            continue
        follows = block[place + 1] if place + 1 < len(block) else None
        yield _line(line, text, follows[2] if follows and follows[1] == "86" else "", currency)


def _line(number: int, text: str, detail: str, currency: str) -> Line:
    found = ENTRY.match(text)
    if not found:
        raise StatementError(Fault.UNREADABLE, text, line=number)
    value_on, booked, mark, amount, _customer, bank = found.groups()
    parts = _parts(detail)
    name, account = _party(parts)
    return Line(
        number=number,
        booked_on=_booked(_day(value_on, number), booked, number),
        amount=read_amount(amount, line=number),
        is_credit=mark in ("C", "RD"),  # RD takes back a debit
        currency=currency,
        is_reversal=mark in ("RC", "RD"),
        bank_reference=(bank or "").strip(),
        payer_name=name,
        payer_account=account,
        purpose=_purpose(parts) if parts else " ".join(detail.split()),
    )


def _parts(detail: str) -> dict[str, str]:
    pieces = SUBFIELD.split(detail.replace("\n", ""))
    return dict(zip(pieces[1::2], pieces[2::2], strict=False))


def _party(parts: dict[str, str]) -> tuple[str, str]:
    """Name and IBAN; banks that join both are told apart by the shape of an IBAN."""
    account, name = parts.get("31", "").strip(), (parts.get("32", "") + parts.get("33", "")).strip()
    found = IBAN.match(account)
    return name, (found[0] if found else account)


def _purpose(parts: dict[str, str]) -> str:
    """The remittance alone: what stands behind SVWZ+, or all of it where a bank sets no marks."""
    text = "".join(parts.get(f"{place}", "") for place in (*range(20, 30), *range(60, 64)))
    pieces = MARKS.split(text)
    marked = dict(zip(pieces[1::2], pieces[2::2], strict=False))
    return " ".join((marked.get("SVWZ") or MARK.sub("", text)).split())


def _day(text: str, line: int) -> date:
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError as error:
        raise StatementError(Fault.NO_DAY, text, line=line) from error


def _booked(value_on: date, text: str | None, line: int) -> date:
    """Month and day of booking in the year that lies nearest to the value date."""
    if not text:
        return value_on
    years = (value_on.year + step for step in (0, -1, 1))
    days = [day for day in (_on(year, text) for year in years) if day]
    if not days:
        raise StatementError(Fault.NO_DAY, text, line=line)
    return min(days, key=lambda day: abs((day - value_on).days))


def _on(year: int, text: str) -> date | None:
    try:
        return date(year, int(text[:2]), int(text[2:]))
    except ValueError:
        return None
