"""One statement of each company's bank in the demo, taken in as finance would: some of it waits to be decided."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from xml.sax.saxutils import escape

from billing.models import Invoice
from billing.services.bank_statements import accept_statement, stage_file
from clients.models import BankAccount
from crm.access import Role
from crm.demo.world import World
from crm.money import quantise

OPENING = Decimal("48210.00")
STRANGERS = {
    "DE": ("Finanzamt München", "Erstattung Umsatzsteuer", "Kontoführung", "Danke, zweite Rate"),
    "RU": (
        "ООО «Северный ветер»",
        "Возврат переплаты по договору 44",
        "Комиссия за ведение счета",
        "Второй платёж по договору",
    ),
}


@dataclass(frozen=True, slots=True)
class Booking:
    amount: Decimal
    party: str
    text: str
    came_in: bool = True


def make_bank(world: World) -> None:
    """Through the services that people use, so that payments and promises of the books are real."""
    finance = world.people[Role.FINANCE][0]
    for country, seller in sorted(world.sellers.items()):
        account = BankAccount.objects.filter(seller=seller).order_by("pk").first()
        if account is None:
            continue
        write, ending = (_onec, "txt") if country == "RU" else (_camt, "xml")
        on = world.today - timedelta(days=1)
        content = write(account, on, list(_bookings(world, country)))
        made, _new = stage_file(content, file_name=f"{seller.code}-{on:%Y-%m-%d}.{ending}", by=finance)
        for row in made:
            accept_statement(row, by=finance, at=world.now)


def _bookings(world: World, country: str) -> Iterator[Booking]:
    """Two invoices paid in full, one in part, one with words that name nothing, one less Skonto, a stranger, a fee."""
    party, stranger, fee, second = STRANGERS[country]
    rows = Invoice.objects.unpaid().filter(seller=world.sellers[country], allocations=None, due_on__lte=world.today)
    for place, invoice in enumerate(rows.select_related("client").order_by("-due_on", "-pk")[:4]):
        whole = invoice.balance_amount
        named = f"{invoice.number} {invoice.client.name}"
        amount, text = (whole, named) if place < 2 else (quantise(whole / 2), named) if place == 2 else (whole, second)
        yield Booking(amount, invoice.client.name, text)
    yield from _discounted(world, country, paid_on=world.today - timedelta(days=1))
    yield Booking(Decimal("318.40"), party, stranger)
    yield Booking(Decimal("12.50"), "", fee, came_in=False)


def _discounted(world: World, country: str, *, paid_on: date) -> Iterator[Booking]:
    """One invoice paid in time, less its cash discount."""
    rows = Invoice.objects.unpaid().filter(seller=world.sellers[country], issued_on__lte=paid_on).order_by("-pk")
    for invoice in rows.exclude(cash_discount_percent=None).select_related("client"):
        if discount := invoice.cash_discount(paid_on=paid_on):
            yield Booking(invoice.balance_amount - discount, invoice.client.name, f"{invoice.number} abzgl. Skonto")
            return


def _closing(bookings: list[Booking]) -> Decimal:
    return OPENING + sum((each.amount if each.came_in else -each.amount for each in bookings), Decimal(0))


def _camt(account: BankAccount, on: date, bookings: list[Booking]) -> bytes:
    def balance(code: str, amount: Decimal) -> str:
        return (
            f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{account.currency}">{amount}</Amt>'
            f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{on}</Dt></Dt></Bal>"
        )

    entries = "\n".join(
        f'<Ntry><Amt Ccy="{account.currency}">{each.amount}</Amt><CdtDbtInd>{"CRDT" if each.came_in else "DBIT"}'
        f"</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{on}</Dt></BookgDt><AcctSvcrRef>{on:%Y%m%d}{place:05}"
        f"</AcctSvcrRef><NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>{escape(each.party)}</Nm></Pty></Dbtr></RltdPties>"
        f"<RmtInf><Ustrd>{escape(each.text)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        for place, each in enumerate(bookings, start=1)
    )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>'
        f"<Acct><Id><IBAN>{account.iban}</IBAN></Id><Ccy>{account.currency}</Ccy></Acct>"
        f"{balance('OPBD', OPENING)}{balance('CLBD', _closing(bookings))}\n{entries}</Stmt></BkToCstmrStmt></Document>"
    )
    return text.encode()


def _onec(account: BankAccount, on: date, bookings: list[Booking]) -> bytes:
    day, own = f"{on:%d.%m.%Y}", account.account_number
    rows = ["1CClientBankExchange", "ВерсияФормата=1.03", "Кодировка=Windows", "СекцияРасчСчет", f"ДатаНачала={day}"]
    rows += [f"ДатаКонца={day}", f"РасчСчет={own}", f"НачальныйОстаток={OPENING}"]
    rows += [f"КонечныйОстаток={_closing(bookings)}", "КонецРасчСчет"]
    for place, each in enumerate(bookings, start=1):
        payer, payee = ("", own) if each.came_in else (own, "")
        rows += ["СекцияДокумент=Платежное поручение", f"Номер={place}", f"Дата={day}", f"Сумма={each.amount}"]
        rows += [f"ПлательщикСчет={payer}", f"Плательщик1={each.party}", f"ПолучательСчет={payee}"]
        rows += [f"ДатаПоступило={day}" if each.came_in else f"ДатаСписано={day}"]
        rows += [f"НазначениеПлатежа={each.text}", "КонецДокумента"]
    return "\r\n".join([*rows, "КонецФайла", ""]).encode("cp1251", errors="replace")
