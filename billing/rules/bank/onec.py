"""1CClientBankExchange 1.03 (v8.1c.ru, edi_stnd 101): key=value in cp1251, cp866 or UTF-8, whatever its head says.

Incoming is what names our account as the recipient; the booked day is that of receipt or debit, not of the order.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from billing.rules.bank.statement import Fault, Line, Statement, StatementError, read_amount
from crm.periods import read_day

HEAD = "1CClientBankExchange"
END = "КонецФайла"
FORMAT = "1c"
NAMED_INN = re.compile(r"^ИНН\s+\d{10,12}\s+")
ROUBLE = "RUB"

type Section = tuple[int, dict[str, str]]


def is_onec(content: bytes) -> bool:
    return HEAD.encode() in content[:64]


def read_onec(content: bytes) -> list[Statement]:
    """One statement for each account of the file. StatementError names the line."""
    accounts, documents = _sections(_text(content))
    merged = _merged(accounts)
    if not merged:
        raise StatementError(Fault.NO_ACCOUNT)
    return [_statement(number, section, documents) for number, section in merged.items()]


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1251", "cp866"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "РасчСчет" in text or END in text:
            return text
    raise StatementError(Fault.UNREADABLE)


def _sections(text: str) -> tuple[list[Section], list[Section]]:
    accounts: list[Section] = []
    documents: list[Section] = []
    current: dict[str, str] | None = None
    ended = False
    for number, row in enumerate(text.splitlines(), start=1):
        key, _mark, value = (part.strip() for part in row.partition("="))
        if key == "СекцияРасчСчет" or key == "СекцияДокумент":
            current = {}
            (accounts if key == "СекцияРасчСчет" else documents).append((number, current))
        elif key in ("КонецРасчСчет", "КонецДокумента"):
            current = None
        elif key == END:
            ended = True
        elif current is not None and key:
            current[key] = value
    if not ended or current is not None:
        raise StatementError(Fault.CUT_OFF)
    return accounts, documents


def _merged(accounts: list[Section]) -> dict[str, list[Section]]:
    """Banks that write a section for each day give one statement: it opens with the first and closes with the last."""
    found: dict[str, list[Section]] = {}
    for number, section in accounts:
        if account := section.get("РасчСчет"):
            found.setdefault(account, []).append((number, section))
    return found


def _statement(account: str, sections: list[Section], documents: list[Section]) -> Statement:
    (first_line, first), (last_line, last) = sections[0], sections[-1]
    lines = [line for number, section in documents for line in _lines(number, section, account)]
    ending = last.get("ДатаКонца") or last.get("ДатаНачала", "")
    return Statement(
        format=FORMAT,
        account=account,
        currency=ROUBLE,
        lines=lines,
        opening=_balance(first, "НачальныйОстаток", first_line),
        closing=_balance(last, "КонечныйОстаток", last_line),
        from_on=_day(first.get("ДатаНачала", ""), line=first_line),
        to_on=_day(ending, line=last_line),
    )


def _balance(section: Mapping[str, str], name: str, line: int) -> Decimal | None:
    return read_amount(section[name], line=line, signed=True) if section.get(name) else None


def _lines(number: int, section: Mapping[str, str], account: str) -> Iterator[Line]:
    payer, payee = (
        section.get(f"{who}Счет") or section.get(f"{who}РасчСчет", "") for who in ("Плательщик", "Получатель")
    )
    is_credit = payee == account
    if account not in (payer, payee):
        return
    booked = section.get("ДатаПоступило" if is_credit else "ДатаСписано", "")
    if not booked:
        return  # an order that the bank has not carried out is no booking
    other, other_account = ("Плательщик", payer) if is_credit else ("Получатель", payee)
    yield Line(
        number=number,
        booked_on=_day(booked, line=number),
        amount=read_amount(section.get("Сумма", ""), line=number),
        is_credit=is_credit,
        currency=ROUBLE,
        bank_reference="/".join((section.get("Дата", ""), section.get("Номер", ""), payer, payee)),
        payer_name=section.get(f"{other}1") or NAMED_INN.sub("", section.get(other, "")),
        payer_account=other_account,
        payer_tax_number=section.get(f"{other}ИНН", ""),
        purpose=_purpose(section),
    )


def _purpose(section: Mapping[str, str]) -> str:
    parts = (section.get(f"НазначениеПлатежа{place}", "") for place in range(1, 7))
    return section.get("НазначениеПлатежа") or " ".join(part for part in parts if part)


def _day(text: str, *, line: int) -> date:
    found = read_day(text, "%d.%m.%Y")
    if found is None:
        raise StatementError(Fault.NO_DAY, text, line=line)
    return found
