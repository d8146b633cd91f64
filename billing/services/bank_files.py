"""A bank's file as statements of our own accounts: its format is found, a CSV is read by the columns of its account."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from billing.models import BankColumns
from billing.rules.bank.reading import read_statements
from billing.rules.bank.statement import Fault, Line, Statement, StatementError
from clients.imports.cells import DAYS, amount_of
from clients.imports.kinds import plain_header
from clients.imports.reading import Sheet, read_sheet
from clients.models import BankAccount
from clients.rules.tax_ids import compact
from crm.periods import read_day

CSV = "csv"
MOST_LINES = 500_000  # more than 20 MB hold
SIDES = ("credit", "debit")
HEADERS: Mapping[str, str] = {
    "booked_on": "buchungstag buchungsdatum bookedon bookingdate date datum дата датаоперации датапроводки",
    "amount": "betrag betrageur umsatz amount сумма суммаоперации",
    "credit": "haben gutschrift credit приход поступление кредит кредита",
    "debit": "soll belastung debit расход списание дебет дебета",
    "payer_name": "beguenstigterzahlungspflichtiger begünstigterzahlungspflichtiger namezahlungsbeteiligter "
    "auftraggeberempfänger name counterparty payer контрагент плательщик",
    "payer_account": "kontonummeriban ibanzahlungsbeteiligter iban kontonummer account счетконтрагента",
    "purpose": "verwendungszweck purpose remittance buchungstext description назначениеплатежа назначение",
    "currency": "währung waehrung currency валюта",
}
FAULTS = {
    Fault.TOO_LARGE: _("The file is larger than 20 MB."),
    Fault.UNKNOWN: _("This is no statement that can be read here: CAMT.053, MT940, 1CClientBankExchange or CSV."),
    Fault.UNREADABLE: _("The file cannot be read. %(text)s"),
    Fault.DTD: _("The file brings definitions of its own (a DTD). No bank does that; it is refused."),
    Fault.CUT_OFF: _("The file is cut off: its end is missing. Download it again."),
    Fault.NO_ACCOUNT: _("The file names no account."),
    Fault.NO_OPENING: _("The opening balance (:60F:) is missing. Download the whole statement."),
    Fault.NO_DAY: _("“%(text)s” is no day."),
    Fault.NO_AMOUNT: _("“%(text)s” is no amount."),
    Fault.NO_DIRECTION: _("“%(text)s” says neither in nor out."),
    Fault.NO_COLUMN: _("No column is named “%(text)s”. Say on the page of the account which column holds what."),
    Fault.EMPTY: _("There is nothing in the file."),
}


def read_file(content: bytes, *, account: BankAccount | None) -> list[tuple[BankAccount, Statement]]:
    """Statements with their accounts. ValidationError `bank_file`, or of the field `account`, with the line named."""
    try:
        found = read_statements(content)
        if found is None:
            found = [_read_csv(content, account)]
    except StatementError as fault:
        raise ValidationError({"file": refusal(fault)}) from fault
    ours = list(BankAccount.objects.filter(seller__is_active=True).select_related("seller"))
    return [(_account_of(each, ours, account), each) for each in found]


def refusal(fault: StatementError) -> ValidationError:
    words = FAULTS[fault.fault] % {"text": fault.text}
    if fault.line:
        words = _("Line %(line)s: %(words)s") % {"line": fault.line, "words": words}
    return ValidationError(words, code="bank_file")


def line_keys(lines: Iterable[Line]) -> list[str]:
    """What tells the entries of an account apart: the bank's reference, else the remittance; equals are counted."""
    seen: Counter[str] = Counter()
    keys = []
    for line in lines:
        said = line.bank_reference or "\n".join((line.purpose, line.reference, line.payer_account, line.payer_name))
        facts = f"{line.booked_on}\n{line.amount}\n{line.is_credit}\n{said}"
        seen[facts] += 1
        keys.append(hashlib.sha256(f"{facts}\n{seen[facts]}".encode()).hexdigest())
    return keys


def whole_keys(lines: Sequence[Line]) -> list[str]:
    """For each line the key of the collective booking that it is part of, "" for others."""
    wholes = list({id(line.whole): line.whole for line in lines if line.whole is not None}.values())
    keys = dict(zip(map(id, wholes), line_keys(wholes), strict=True))
    return [keys.get(id(line.whole), "") for line in lines]


def _account_of(statement: Statement, ours: Sequence[BankAccount], chosen: BankAccount | None) -> BankAccount:
    named = [each for each in ours if _is_account(each, statement.account)] if statement.account else ours
    fitting = [each for each in named if not statement.currency or each.currency == statement.currency]
    if chosen is not None and (chosen in named or not statement.account):
        fitting = [chosen]
    if named and not fitting:
        raise _refused(_("The account %(account)s is not kept in %(currency)s here."), statement)
    if not fitting:
        raise _refused(_("No own company has the account %(account)s. Add it to the company first."), statement)
    return fitting[0]


def _refused(words: object, statement: Statement) -> ValidationError:
    params = {"account": statement.account, "currency": statement.currency}
    return ValidationError({"file": ValidationError(str(words), code="bank_file", params=params)})


def _is_account(account: BankAccount, text: str) -> bool:
    """By IBAN, by number, or as MT940 names German ones: bank code and number, which stand inside the IBAN."""
    bare = compact(text)
    if bare in (account.iban, account.account_number):
        return True
    bank, _mark, number = text.partition("/")
    german = account.iban.startswith("DE") and bool(number)
    return german and account.iban[4:12] == bank.strip() and account.iban[12:] == number.strip()[:10].rjust(10, "0")


def _read_csv(content: bytes, account: BankAccount | None) -> Statement:
    if account is None:
        words = _("Choose the account: this file does not name it, or is no statement.")
        raise ValidationError({"account": ValidationError(words, code="required")})
    try:
        sheet = read_sheet(content, most_rows=MOST_LINES)
    except ValidationError as refused:
        raise ValidationError({"file": refused}) from refused
    lines = list(_csv_lines(sheet, account))
    if not lines:
        raise StatementError(Fault.EMPTY)
    days = [line.booked_on for line in lines]
    return Statement(format=CSV, account="", lines=lines, from_on=min(days), to_on=max(days))


def _csv_lines(sheet: Sheet, account: BankAccount) -> Iterator[Line]:
    places = _places(sheet.headers, BankColumns.objects.filter(account=account).first())
    for number, row in sheet.rows:
        cells = {name: row[place] for name, place in places.items()}
        amount = _signed(cells, number)
        if amount:
            yield Line(
                number=number,
                booked_on=_day(cells["booked_on"], number),
                amount=abs(amount),
                is_credit=amount > 0,
                currency=cells.get("currency", "").upper()[:3],
                payer_name=cells.get("payer_name", ""),
                payer_account=cells.get("payer_account", ""),
                purpose=cells.get("purpose", ""),
            )


def _signed(cells: Mapping[str, str], number: int) -> Decimal:
    """One amount with its sign, or what came in less what went out; banks write the latter with or without a minus."""
    if "amount" in cells:
        return _amount(cells["amount"], number)
    came, went = (_amount(cells[side], number) if cells[side].strip() else Decimal(0) for side in SIDES)
    return came - abs(went)


def _places(headers: Sequence[str], saved: BankColumns | None) -> dict[str, int]:
    """The saved columns, else those whose headers are known. StatementError `no_column` for one that is missing."""
    plain = [plain_header(header) for header in headers]
    places = {}
    for name, known in HEADERS.items():
        own = plain_header(getattr(saved, name)) if saved else ""
        wanted = [own] if saved else known.split()
        place = next((plain.index(each) for each in wanted if each and each in plain), None)
        if place is not None:
            places[name] = place
        elif own:
            raise StatementError(Fault.NO_COLUMN, getattr(saved, name), line=1)
    needed = ["booked_on", *(SIDES if "amount" not in places and places.keys() & set(SIDES) else ["amount"])]
    for name in needed:
        if name not in places:
            raise StatementError(Fault.NO_COLUMN, name.replace("_", " "), line=1)
    return places


def _amount(text: str, number: int) -> Decimal:
    found = amount_of(text.replace("\u2212", "-"))
    if found is None or found != round(found, 2) or abs(found) >= 10**12:
        raise StatementError(Fault.NO_AMOUNT, text, line=number)
    return found.quantize(Decimal("0.01"))


def _day(text: str, number: int) -> date:
    found = read_day(text, *DAYS)
    if found is None:
        raise StatementError(Fault.NO_DAY, text, line=number)
    return found
