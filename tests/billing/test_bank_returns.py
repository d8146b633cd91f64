"""Payments that came back, in every format: the payment is found, one confirmation opens its invoices again."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.urls import reverse

from billing.models import BankEntry, Invoice
from billing.rules.bank.returns import is_return, names_document
from billing.rules.bank.statement import Line
from billing.services.bank_entries import confirm_entry, settle_entry
from billing.services.bank_statements import accept_statement, stage_file
from billing.services.payments import Receipt, book_payment
from clients.models import BankAccount
from crm.models import User
from tests.billing.test_bank import balance, named
from tests.make import Cast, make_api, make_client
from tests.make.acts import russian_client, russian_seller
from tests.make.invoices import make_invoice
from tests.reference import FOLDER

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MT940: bytes = (FOLDER / "bank" / "s.sta").read_bytes()
ONEC: str = (FOLDER / "bank" / "kl_to_1c_utf8.txt").read_text(encoding="utf-8-sig")
OUT = b"<CdtDbtInd>DBIT</CdtDbtInd><Sts>"
HEAD = "Buchungstag;Betrag;Name;IBAN;Verwendungszweck\n"


def taken(content: bytes, by: User, account: BankAccount | None = None) -> list[BankEntry]:
    (row,), _new = stage_file(content, file_name="s", account=account, by=by)
    accept_statement(row, by=by, at=NOW)
    return list(BankEntry.objects.filter(statement=row).order_by("pk"))


@pytest.fixture
def owed() -> Invoice:
    return make_invoice(make_client(name="Beispiel Handel"))


def camt(invoice: Invoice) -> tuple[bytes, bytes]:
    came = named(invoice.number)
    back = came.replace(b"<CdtDbtInd>CRDT</CdtDbtInd><Sts>", OUT.replace(b"<Sts>", b"<RvslInd>true</RvslInd><Sts>"))
    back = back.replace(b"2026111900001", b"R1").replace(b">11500.00<", b">X<").replace(b">10000.00<", b">11500.00<")
    return came, back.replace(b">X<", b">10000.00<")


def camt_of_parts(invoice: Invoice) -> tuple[bytes, bytes]:
    """The bank marks it in the details alone, by the reason of the return."""
    came, back = camt(invoice)
    reason = b"<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls>"
    return came, back.replace(b"<RvslInd>true</RvslInd>", b"").replace(b"</TxDtls>", reason)


def mt940(invoice: Invoice) -> tuple[bytes, bytes]:
    came = MT940.replace(b"RE-2026-0001 RF18539007", invoice.number.encode()).replace(b"?22547034", b"")
    back = came.replace(b"CR1500", b"RCR1500").replace(b"POS 1", b"POS 2")
    back = back.replace(b"EUR11500", b"EURX").replace(b"EUR10000", b"EUR11500").replace(b"EURX", b"EUR10000")
    return came, back


def csv(invoice: Invoice) -> tuple[bytes, bytes]:
    row = f"1.500,00;Beispiel Handel;DE89370400440532013000;{invoice.number}\n"
    back = f"-1.500,00;Beispiel Handel;DE89370400440532013000;Rücklastschrift {invoice.number}\n"
    return f"{HEAD}19.11.2026;{row}".encode(), f"{HEAD}20.11.2026;{back}".encode()


def csv_by_number(invoice: Invoice) -> tuple[bytes, bytes]:
    came, _back = csv(invoice)
    return came, f"{HEAD}20.11.2026;-1.500,00;;;{invoice.number}\n".encode()


FORMATS = {
    "camt": camt,
    "camt by its details": camt_of_parts,
    "mt940": mt940,
    "csv": csv,
    "csv by number": csv_by_number,
}


@pytest.mark.parametrize("form", FORMATS)
def test_a_return_is_found_and_one_confirmation_opens_the_invoice(cast: Cast, owed: Invoice, form: str) -> None:
    came, back = FORMATS[form](owed)
    account = BankAccount.objects.get() if form.startswith("csv") else None
    (paid,) = taken(came, cast.finance, account)
    assert (paid.state, balance(owed)) == ("matched", Decimal(0))
    (returned,) = taken(back, cast.finance, account)
    assert (returned.state, returned.suggestion) == ("suggested", {"payment": paid.payment_id})
    assert balance(owed) == 0, "nothing is booked before somebody confirms it"
    done = confirm_entry(returned, by=cast.finance, at=NOW)
    assert done.refund is not None
    assert (done.state, done.refund.kind, balance(owed)) == ("matched", "returned", owed.gross_amount)


def onec(number: str, day: str, *, back: bool = False) -> bytes:
    """The sample with an order of ours, and on the next day with the same money on its way back."""
    text = ONEC.replace("№ 118 от 01.11.2026", f"№ {number} от {day}")
    start, end = text.index("СекцияДокумент=Банковский ордер"), text.index("КонецФайла")
    text = text[:start] + text[end:]
    text = text.replace("178499.50", "180000.00").replace("ВсегоСписано=1500.50", "ВсегоСписано=0.00")
    if not back:
        return text.encode()
    text = (
        text.replace("ПлательщикСчет=", "X=")
        .replace("ПолучательСчет=", "ПлательщикСчет=")
        .replace("X=", "ПолучательСчет=")
    )
    text = text.replace("ДатаПоступило", "ДатаСписано").replace("Номер=417", "Номер=418")
    text = text.replace("НазначениеПлатежа=Оплата", "НазначениеПлатежа=Возврат: оплата")
    return text.replace("=100000.00", "=X").replace("=180000.00", "=100000.00").replace("=X", "=180000.00").encode()


def test_a_return_in_a_file_of_1c_is_told_by_its_words(cast: Cast) -> None:
    seller = russian_seller()
    BankAccount.objects.create(seller=seller, currency="RUB", account_number="40702810200000012345", bik="044525225")
    invoice = make_invoice(russian_client(seller), rate="8000")
    assert invoice.issued_on is not None
    day = f"{invoice.issued_on:%d.%m.%Y}"
    (paid,) = taken(onec(invoice.number, day), cast.finance)
    assert paid.payment is not None or confirm_entry(paid, by=cast.finance, at=NOW).payment is not None
    paid.refresh_from_db()
    assert balance(invoice) == 0
    (returned,) = taken(onec(invoice.number, day, back=True), cast.finance)
    assert (returned.is_reversal, returned.suggestion) == (True, {"payment": paid.payment_id})
    confirm_entry(returned, by=cast.finance, at=NOW)
    assert balance(invoice) == invoice.gross_amount


def test_a_payment_booked_by_hand_is_found_as_well(cast: Cast, owed: Invoice) -> None:
    receipt = Receipt(
        client=owed.client, seller=owed.seller, amount=Decimal(1500), currency="EUR", received_on=date(2026, 11, 1)
    )
    payment = book_payment(receipt, settles={owed: Decimal(1500)}, by=cast.finance, at=NOW)
    (returned,) = taken(csv(owed)[1], cast.finance, BankAccount.objects.get())
    assert returned.suggestion == {"payment": payment.pk}


@pytest.mark.parametrize(
    ("words", "state"),
    [("Miete November", "outgoing"), ("Rücklastschrift ohne Nummer", "suggested"), ("RE-9999-1", "outgoing")],
)
def test_money_that_merely_went_out_returns_nothing(cast: Cast, owed: Invoice, words: str, state: str) -> None:
    account = BankAccount.objects.get()
    taken(csv(owed)[0], cast.finance, account)
    (entry,) = taken(f"{HEAD}20.11.2026;-1.500,00;;;{words}\n".encode(), cast.finance, account)
    assert entry.state == state


def test_a_return_of_another_amount_waits_for_a_person(cast: Cast, owed: Invoice) -> None:
    account = BankAccount.objects.get()
    taken(csv(owed)[0], cast.finance, account)
    back = f"{HEAD}20.11.2026;-1.400,00;;;Rücklastschrift {owed.number}\n".encode()
    (entry,) = taken(back, cast.finance, account)
    assert (entry.state, entry.suggestion, balance(owed)) == ("unmatched", {}, Decimal(0))


def test_the_invoice_that_is_named_goes_before_a_newer_payment(cast: Cast, owed: Invoice) -> None:
    account = BankAccount.objects.get()
    (first,) = taken(csv(owed)[0], cast.finance, account)
    other = make_invoice(owed.client)
    (second,) = taken(csv(other)[0].replace(b"19.11", b"20.11"), cast.finance, account)
    assert second.payment_id
    (entry,) = taken(csv(owed)[1], cast.finance, account)
    assert entry.suggestion == {"payment": first.payment_id}


@pytest.mark.parametrize("door", ["page", "api"])
def test_a_return_is_confirmed_on_its_page_and_through_the_api(
    cast: Cast, finance: Browser, owed: Invoice, door: str
) -> None:
    account = BankAccount.objects.get()
    taken(csv(owed)[0], cast.finance, account)
    (entry,) = taken(csv(owed)[1], cast.finance, account)
    if door == "page":
        assert finance.post(reverse("billing:bank_entry_confirm", args=[entry.pk])).status_code == 302
    else:
        assert make_api(cast.finance).post(f"/api/v1/bank-entries/{entry.pk}/match/").json()["refund"] is not None
    assert balance(owed) == owed.gross_amount


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("Rücklastschrift RE-1", True),
        ("RUECKLASTSCHRIFT", True),
        ("Возврат ошибочно перечисленных средств", True),
        ("payment returned AC04", True),
        ("Rückzahlung Guthaben", False),
        ("Returnal GmbH", False),
        ("Miete", False),
    ],
)
def test_returns_are_told_by_words_where_the_bank_has_no_mark(words: str, *, wanted: bool) -> None:
    line = Line(number=1, booked_on=date(2026, 11, 1), amount=Decimal(1), is_credit=False, purpose=words)
    assert is_return(line) is wanted
    came = Line(number=1, booked_on=date(2026, 11, 1), amount=Decimal(1), is_credit=True, purpose=words)
    assert not is_return(came)


def test_documents_are_named_as_in_payments() -> None:
    day = date(2026, 11, 1)
    assert names_document("zu RE-2026-0001", number="RE-2026-0001", issued_on=day)
    assert names_document("RF40RE20260001", number="RE-2026-0001", issued_on=day)
    assert names_document("по счёту № 118 от 01.11.2026", number="118", issued_on=day)
    assert not names_document("118", number="118", issued_on=day)
    assert not names_document("RE-2026-00011", number="RE-2026-0001", issued_on=day)


def fee_of(words: str, amount: str = "1.503,50", account: str = "DE89370400440532013000") -> bytes:
    return f"{HEAD}20.11.2026;-{amount};Beispiel Handel;{account};{words}\n".encode()


def test_a_return_with_a_fee_on_top_is_suggested_and_the_fee_stands_apart(
    cast: Cast, finance: Browser, owed: Invoice
) -> None:
    account = BankAccount.objects.get()
    (paid,) = taken(csv(owed)[0], cast.finance, account)
    (entry,) = taken(fee_of(f"Rücklastschrift {owed.number} zzgl. Entgelt"), cast.finance, account)
    assert entry.suggestion == {"payment": paid.payment_id}
    page = finance.get(reverse("billing:bank_entry", args=[entry.pk])).content.decode()
    assert "3.50" in page
    assert "fee of the bank" in page
    done = confirm_entry(entry, by=cast.finance, at=NOW)
    assert done.refund is not None
    assert (done.fee_amount, done.refund.amount) == (Decimal("3.50"), Decimal(1500))
    assert balance(owed) == owed.gross_amount
    assert "fee of the bank" in finance.get(reverse("billing:bank_entry", args=[entry.pk])).content.decode()


@pytest.mark.parametrize(
    ("words", "amount", "account"),
    [
        ("Miete {number}", "1.503,50", "DE89370400440532013000"),  # says of no return
        ("Rücklastschrift {number}", "1.530,01", "DE89370400440532013000"),  # more than banks charge
        ("Rücklastschrift", "1.503,50", ""),  # names neither document nor account
    ],
)
def test_a_larger_amount_is_no_return_without_its_words_its_name_and_a_usual_fee(
    cast: Cast, owed: Invoice, words: str, amount: str, account: str
) -> None:
    ours = BankAccount.objects.get()
    taken(csv(owed)[0], cast.finance, ours)
    (entry,) = taken(fee_of(words.format(number=owed.number), amount, account), cast.finance, ours)
    assert entry.suggestion == {}


def test_two_payments_of_one_account_leave_a_return_with_a_fee_to_a_person(cast: Cast, owed: Invoice) -> None:
    account = BankAccount.objects.get()
    row = "1.500,00;Beispiel Handel;DE89370400440532013000;first\n"
    both = f"{HEAD}18.11.2026;{row}19.11.2026;{row}".encode()
    for entry in taken(both, cast.finance, account):
        settle_entry(entry, client=owed.client, settles={}, by=cast.finance, at=NOW)
    (back,) = taken(fee_of("Rücklastschrift"), cast.finance, account)
    assert (back.suggestion, back.state) == ({}, "unmatched")
