"""Statements taken in from a file to the payment: once, by halves never, and every way back."""

from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client as Browser
from django.urls import reverse

from billing.models import BankColumns, BankEntry, BankStatement, Invoice, Payment, PeriodLock, Refund
from billing.rules.bank.matching import match_line
from billing.services import bank_statements
from billing.services.bank_entries import confirm_entry, match_new_entries, settle_entry, undo_entry
from billing.services.bank_statements import accept_statement, stage_file
from billing.services.locks import lock_period
from billing.tasks import match_bank_entries, match_forgotten_entries
from clients.models import BankAccount, Client
from clients.services.merging import merge_client
from crm.access import Role
from crm.models import User
from tests.billing.rules.test_bank import collective
from tests.make import Cast, make_api, make_client, make_seller, make_user
from tests.make.invoices import make_invoice
from tests.reference import FOLDER

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = date(2026, 11, 19)
NOTHING = Decimal(0)
CAMT: bytes = (FOLDER / "bank" / "camt053.xml").read_bytes()


def named(purpose: str, content: bytes = CAMT) -> bytes:
    """The sample with words instead of its reference."""
    start, end = content.index(b"<RmtInf>"), content.index(b"</RmtInf>")
    return content[:start] + f"<RmtInf><Ustrd>{purpose}</Ustrd>".encode() + content[end:]


@pytest.fixture
def owed() -> Invoice:
    return make_invoice(make_client(name="Beispiel Handel"))


def taken(content: bytes, by: User, **kw: Any) -> BankStatement:
    account = kw.pop("account", None)
    (row,), _new = stage_file(content, file_name="s.xml", account=account, by=by)
    return accept_statement(row, by=by, at=NOW, **kw)


def entry_of(row: BankStatement) -> BankEntry:
    return BankEntry.objects.get(statement=row)


def balance(invoice: Invoice) -> Decimal:
    return Invoice.objects.with_balance().get(pk=invoice.pk).balance_amount


def test_a_sure_match_books_its_payment(cast: Cast, owed: Invoice) -> None:
    entry = entry_of(taken(named(owed.number), cast.finance))
    assert (entry.state, entry.step, balance(owed)) == ("matched", 2, NOTHING)
    assert entry.payment is not None
    assert (entry.payment.received_on, entry.payment.client) == (DAY, owed.client)
    assert entry.payment.payer_name == ""


def test_a_third_party_is_noted(cast: Cast, owed: Invoice) -> None:
    content = named(owed.number).replace(b"Beispiel Handels AG", b"Mutter Holding SE")
    payment = entry_of(taken(content, cast.finance)).payment
    assert payment is not None
    assert payment.payer_name == "Mutter Holding SE"


def test_the_same_file_twice_changes_nothing(cast: Cast, owed: Invoice) -> None:
    first = taken(named(owed.number), cast.finance)
    again, is_new = stage_file(named(owed.number), file_name="other.xml", by=cast.finance)
    assert ([row.pk for row in again], is_new) == ([first.pk], False)
    assert (Payment.objects.count(), BankEntry.objects.count()) == (1, 1)


def test_an_entry_that_another_file_brought_is_not_stored_twice(cast: Cast, owed: Invoice) -> None:
    taken(named(owed.number), cast.finance)
    other = named(owed.number).replace(b"<MsgId>M1<", b"<MsgId>M2<")
    (row,), _new = stage_file(other, file_name="again.xml", by=cast.finance)
    assert (row.known_count, row.entries.count()) == (1, 0)


def test_parts_of_a_booking_that_was_taken_in_as_one_are_not_stored_again(cast: Cast, owed: Invoice) -> None:
    taken(collective("1000.00", "400.00"), cast.finance)
    (row,), _new = stage_file(collective("1000.00", "500.00"), file_name="parts.xml", by=cast.finance)
    assert (row.line_count, row.known_count, row.entries.count()) == (2, 2, 0)


def test_what_does_not_add_up_is_held_for_a_reason(cast: Cast, owed: Invoice) -> None:
    content = named(owed.number).replace(b">11500.00<", b">11501.00<")
    (row,), _new = stage_file(content, file_name="s.xml", by=cast.finance)
    assert row.problem == "sums"
    with pytest.raises(ValidationError) as refused:
        accept_statement(row, by=cast.finance, at=NOW)
    assert refused.value.error_dict["reason"][0].code == "reason_missing"
    assert Payment.objects.count() == 0
    accept_statement(row, reason="The bank confirmed it by phone", by=cast.finance, at=NOW)
    assert Payment.objects.count() == 1


def test_a_gap_to_the_last_statement_is_held(cast: Cast, owed: Invoice) -> None:
    taken(named(owed.number), cast.finance)
    later = CAMT.replace(b"2026-11-19", b"2026-11-21").replace(b"2026111900001", b"2026112100001")
    (row,), _new = stage_file(later, file_name="later.xml", by=cast.finance)
    assert row.problem == "gap"


def test_a_closed_day_is_held_and_matched_once_it_is_open(cast: Cast, owed: Invoice) -> None:
    lock = PeriodLock(kind="documents", seller=owed.seller, locked_until_on=DAY)
    lock_period(lock, by=cast.partner, at=NOW)
    entry = entry_of(taken(named(owed.number), cast.finance))
    assert (entry.state, entry.hold, Payment.objects.count()) == ("held", "period_locked", 0)


def test_another_currency_is_refused_by_its_account(cast: Cast, owed: Invoice) -> None:
    with pytest.raises(ValidationError, match="not kept in USD"):
        stage_file(CAMT.replace(b"EUR", b"USD"), file_name="usd.xml", by=cast.finance)
    mixed = named(owed.number).replace(b'<NtryRef>1</NtryRef><Amt Ccy="EUR">', b'<NtryRef>1</NtryRef><Amt Ccy="USD">')
    assert entry_of(taken(mixed, cast.finance)).hold == "currency"
    assert Payment.objects.count() == 0


def test_part_and_over_payment(cast: Cast, owed: Invoice) -> None:
    less = named(owed.number).replace(b">1500.00<", b">400.00<").replace(b">11500.00<", b">10400.00<")
    entry = entry_of(taken(less, cast.finance))
    assert (entry.state, entry.step) == ("suggested", 4)
    confirm_entry(entry, by=cast.finance, at=NOW)
    assert balance(owed) == owed.gross_amount - 400
    more = named(owed.number).replace(b"2026111900001", b"2").replace(b">10000.00<", b">10400.00<")
    more = more.replace(b">11500.00<", b">11900.00<")
    second = entry_of(taken(more, cast.finance))
    assert second.state == "suggested"
    confirmed = confirm_entry(second, by=cast.finance, at=NOW)
    assert balance(owed) == 0
    assert confirmed.payment is not None
    assert Payment.objects.with_unapplied().get(pk=confirmed.payment.pk).unapplied_amount == 400


def test_a_return_opens_the_invoice_again(cast: Cast, owed: Invoice) -> None:
    taken(named(owed.number), cast.finance)
    back = CAMT.replace(b"<CdtDbtInd>CRDT</CdtDbtInd><Sts>", b"<CdtDbtInd>DBIT</CdtDbtInd><RvslInd>true</RvslInd><Sts>")
    back = back.replace(b"2026111900001", b"R1").replace(b">11500.00<", b">X<").replace(b">10000.00<", b">11500.00<")
    entry = entry_of(taken(back.replace(b">X<", b">10000.00<"), cast.finance))
    assert (entry.state, "payment" in entry.suggestion) == ("suggested", True)
    done = confirm_entry(entry, by=cast.finance, at=NOW)
    assert done.refund is not None
    assert (done.state, done.refund.kind, balance(owed)) == ("matched", "returned", owed.gross_amount)


def test_the_database_lets_no_matched_entry_change_its_payment(cast: Cast, owed: Invoice) -> None:
    entry = entry_of(taken(named(owed.number), cast.finance))
    other = Payment.objects.create(
        client=owed.client, seller=owed.seller, amount=1500, currency="EUR", received_on=DAY, made_by=cast.finance
    )
    for change in ({"payment": other}, {"payment": None, "state": "unmatched", "client": None}, {"client": None}):
        with pytest.raises(DatabaseError, match="keeps its payment"), transaction.atomic():
            BankEntry.objects.filter(pk=entry.pk).update(**change)


def test_undo_corrects_the_payment_and_opens_the_entry(cast: Cast, owed: Invoice) -> None:
    entry = entry_of(taken(named(owed.number), cast.finance))
    undone = undo_entry(entry, on=date(2026, 11, 20), by=cast.finance, at=NOW)
    assert (undone.state, undone.payment, balance(owed)) == ("unmatched", None, owed.gross_amount)
    assert Refund.objects.get().kind == "corrected"
    other = make_client()
    again = settle_entry(undone, client=other, settles={}, by=cast.finance, at=NOW)
    assert again.payment is not None
    assert Payment.objects.with_unapplied().get(pk=again.payment.pk).unapplied_amount == 1500


def test_csv_is_read_by_known_headers_or_saved_columns(cast: Cast, owed: Invoice) -> None:
    account = BankAccount.objects.get()
    text = f"Buchungstag;Betrag;Name;Verwendungszweck\n19.11.2026;1.500,00;Beispiel Handel;{owed.number}\n"
    entry = entry_of(taken(text.encode("cp1252"), cast.finance, account=account))
    assert (entry.state, balance(owed)) == ("matched", NOTHING)
    with pytest.raises(ValidationError):
        stage_file(b"When;How much\n19.11.2026;-5,00\n", file_name="b.csv", account=account, by=cast.finance)
    BankColumns.objects.create(account=account, booked_on="When", amount="How much")
    (row,), _new = stage_file(b"When;How much\n19.11.2026;-5,00\n", file_name="b.csv", account=account, by=cast.finance)
    assert (row.debit_amount, row.from_on) == (5, DAY)


@pytest.mark.parametrize(
    "row", ["19.11.2026;;1.500,00;Beispiel Handel;{}", "19.11.2026;0,00;1.500,00;Beispiel Handel;{}"]
)
def test_a_bank_may_write_what_came_and_what_went_into_two_columns(cast: Cast, owed: Invoice, row: str) -> None:
    account = BankAccount.objects.get()
    text = "Buchungstag;Soll;Haben;Name;Verwendungszweck\n" + row.format(owed.number) + "\n19.11.2026;12,50;;Bank;Fee\n"
    taken_in = taken(text.encode("cp1252"), cast.finance, account=account)
    assert (taken_in.credit_amount, taken_in.debit_amount) == (1500, Decimal("12.50"))
    assert balance(owed) == NOTHING
    with pytest.raises(ValidationError, match="debit"):
        stage_file(b"Buchungstag;Haben\n19.11.2026;5,00\n", file_name="b.csv", account=account, by=cast.finance)


def test_saved_columns_name_one_amount_or_both_sides(finance: Browser, owed: Invoice) -> None:
    url = reverse("billing:bank_columns", args=[BankAccount.objects.get().pk])
    refused = finance.post(url, {"booked_on": "Tag", "amount": "Betrag", "credit": "Haben"})
    assert refused.status_code == 422
    assert "Name one column with signs" in refused.content.decode()
    assert finance.post(url, {"booked_on": "Tag", "credit": "Haben", "debit": "Soll"}).status_code == 302


def test_a_table_without_any_movement_is_said_to_be_empty(cast: Cast, owed: Invoice) -> None:
    account = BankAccount.objects.get()
    with pytest.raises(ValidationError, match="nothing in the file"):
        stage_file(b"Buchungstag;Betrag\n19.11.2026;0,00\n", file_name="b.csv", account=account, by=cast.finance)


def test_the_database_keeps_what_the_bank_wrote(cast: Cast, owed: Invoice) -> None:
    row = taken(named(owed.number), cast.finance)
    with pytest.raises(DatabaseError), transaction.atomic():
        BankEntry.objects.update(amount=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()


def upload(finance: Browser, content: bytes, **kw: Any) -> Any:
    return finance.post(reverse("billing:bank_import"), {"file": SimpleUploadedFile("s.xml", content), **kw})


def test_bank_pages_lead_from_the_file_to_the_payment(finance: Browser, owed: Invoice) -> None:
    answer = upload(finance, named("thank you"))
    row = BankStatement.objects.get()
    assert answer["Location"] == reverse("billing:bank_statement", args=[row.pk])
    assert Payment.objects.count() == 0
    finance.post(reverse("billing:bank_accept", args=[row.pk]))
    entry = entry_of(row)
    assert entry.state == "unmatched"
    assert [each.pk for each in finance.get(reverse("billing:bank_list")).context["page"].rows] == [entry.pk]
    url = reverse("billing:bank_entry", args=[entry.pk])
    assert finance.get(url, {"client": owed.client_id}).context["form"].rows[0][0] == owed
    body = {"client": owed.client_id, f"settle_{owed.pk}": "9999.00"}
    assert finance.post(f"{url}settle/", body).status_code == 422
    finance.post(f"{url}settle/", body | {f"settle_{owed.pk}": "1000.00"})
    assert balance(owed) == 500
    finance.post(f"{url}undo/")
    assert finance.post(f"{url}ignore/", {"reason": ""}).status_code == 422
    finance.post(f"{url}ignore/", {"reason": "interest"})
    entry.refresh_from_db()
    assert (entry.state, balance(owed)) == ("ignored", owed.gross_amount)


def test_an_account_with_statements_stays(finance: Browser, owed: Invoice) -> None:
    upload(finance, CAMT)
    account = BankAccount.objects.get()
    assert finance.post(reverse("clients:account_delete", args=[account.pk])).status_code == 302
    assert BankAccount.objects.filter(pk=account.pk).exists()


def test_bank_discard_leaves_nothing(finance: Browser, owed: Invoice) -> None:
    upload(finance, CAMT)
    row = BankStatement.objects.get()
    assert finance.post(reverse("billing:bank_discard", args=[row.pk])).status_code == 302
    assert BankEntry.objects.count() == 0


@pytest.mark.parametrize(
    "content", [CAMT[:500], b"\x00\xff" * 50, b"<!DOCTYPE a []><a/>", CAMT.replace(b"DE02", b"DE03")]
)
def test_bank_import_answers_garbled_files_with_the_form(finance: Browser, owed: Invoice, content: bytes) -> None:
    assert upload(finance, content).status_code == 422
    account = BankAccount.objects.get().pk
    assert upload(finance, content, account=account).status_code == 422


def test_api_of_bank_statements_and_entries(cast: Cast, owed: Invoice) -> None:
    make_seller()
    api = make_api(cast.finance)
    body = {"file_name": "s.xml", "content": b64encode(named("thanks")).decode()}
    made = api.post("/api/v1/bank-statements/", body, format="json")
    assert made.status_code == 201, made.json()
    assert api.post("/api/v1/bank-statements/", body, format="json").status_code == 200
    pk = made.json()["results"][0]["id"]
    assert api.post(f"/api/v1/bank-statements/{pk}/accept/", {}, format="json").json()["state"] == "accepted"
    assert api.post(f"/api/v1/bank-statements/{pk}/accept/", {}, format="json").status_code == 409
    (row,) = api.get("/api/v1/bank-entries/?state=to_do").json()["results"]
    url = f"/api/v1/bank-entries/{row['id']}/"
    split = {"client": owed.client_id, "allocations": [{"invoice": owed.pk, "amount": "500.00"}]}
    done = api.post(f"{url}split/", split, format="json").json()
    assert (done["state"], balance(owed)) == ("matched", Decimal(1000))
    assert api.post(f"{url}undo/", {}, format="json").json()["state"] == "unmatched"
    assert api.post(f"{url}ignore/", {"reason": "interest"}, format="json").json()["state"] == "ignored"
    assert api.post(f"{url}match/", {}, format="json").status_code == 409
    assert make_api(cast.consultant).get("/api/v1/bank-entries/").status_code in (403, 404)


def long_statement(client: Client, account: BankAccount, count: int) -> tuple[bytes, list[Invoice]]:
    """A CSV of so many payments, each of one invoice of one hour."""
    invoices = [make_invoice(client, minutes=60) for _ in range(count)]
    rows = "".join(f"19.11.2026;150,00;Beispiel;{invoice.number}\n" for invoice in invoices)
    return f"Buchungstag;Betrag;Name;Verwendungszweck\n{rows}".encode(), invoices


def test_a_long_statement_is_matched_on_by_a_worker_that_may_die(
    cast: Cast, owed: Invoice, finance: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bank_statements, "AT_ONCE", 2)
    content, invoices = long_statement(owed.client, BankAccount.objects.get(), 5)
    row = taken(content, cast.finance, account=BankAccount.objects.get())
    assert BankStatement.objects.with_pending().get(pk=row.pk).pending_count == 3
    page = finance.get(reverse("billing:bank_statement", args=[row.pk])).content.decode()
    assert "3 entries are still to be matched." in page
    assert make_api(cast.finance).get(f"/api/v1/bank-statements/{row.pk}/").json()["pending_count"] == 3
    assert match_new_entries(row, at=NOW, most=2) == 2
    with mock.patch("billing.tasks.enqueue") as asked:
        match_forgotten_entries()
    asked.assert_called_once_with("billing.tasks.match_bank_entries", row.pk)
    match_bank_entries(row.pk)
    assert not BankStatement.objects.being_matched().exists()
    assert [balance(invoice) for invoice in invoices] == [NOTHING] * 5
    assert Payment.objects.count() == 5
    assert set(Payment.objects.values_list("made_by", flat=True)) == {cast.finance.pk}


def test_what_was_not_taken_in_is_not_matched(cast: Cast, owed: Invoice) -> None:
    (row,), _new = stage_file(named(owed.number), file_name="s.xml", by=cast.finance)
    assert match_new_entries(row, at=NOW) == 0
    assert entry_of(row).state == "new"


@pytest.mark.django_db(transaction=True)
def test_two_workers_on_one_statement_match_each_entry_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank_statements, "AT_ONCE", 1)
    finance, client = make_user(Role.FINANCE), make_client()
    make_invoice(client)
    account = BankAccount.objects.get()
    content, _invoices = long_statement(client, account, 6)
    row = taken(content, finance, account=account)

    def one(_worker: int) -> int:
        try:
            matched = 0
            while found := match_new_entries(row, at=NOW, most=1):
                matched += found
            return matched
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(one, range(2))) == 5
    assert Payment.objects.count() == 6


def test_what_a_person_settled_meanwhile_is_not_booked_again(
    cast: Cast, owed: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bank_statements, "AT_ONCE", 0)
    account = BankAccount.objects.get()
    content, _invoices = long_statement(owed.client, account, 2)
    row = taken(content, cast.finance, account=account)
    entries = list(BankEntry.objects.filter(statement=row).order_by("booked_on", "pk"))
    real = match_line

    def busy(line: Any, ledger: Any) -> Any:
        if entries[1].state == "new":
            entries[1] = settle_entry(entries[1], client=make_client(), settles={}, by=cast.finance, at=NOW)
        return real(line, ledger)

    monkeypatch.setattr("billing.services.bank_entries.match_line", busy)
    match_new_entries(row, at=NOW)
    assert Payment.objects.count() == 2
    kept = BankEntry.objects.get(pk=entries[1].pk)
    assert kept.payment_id == entries[1].payment_id


def test_clients_are_known_by_what_they_paid_before(cast: Cast, owed: Invoice) -> None:
    taken(named(owed.number), cast.finance)
    second = make_invoice(Client.objects.get(pk=owed.client_id))
    later = named("thank you").replace(b"2026111900001", b"3").replace(b">10000.00<", b">Y<")
    later = later.replace(b">11500.00<", b">13000.00<").replace(b">Y<", b">11500.00<")
    entry = entry_of(taken(later, cast.finance))
    assert (entry.step, balance(second)) == (3, NOTHING)


def test_a_payer_is_known_for_the_debts_of_clients_merged_into_it(cast: Cast, owed: Invoice) -> None:
    taken(named(owed.number), cast.finance)
    gone = make_client(name="Old name")
    second = make_invoice(gone)
    merge_client(gone, into=Client.objects.get(pk=owed.client_id), at=NOW)
    later = named("thank you").replace(b"2026111900001", b"3").replace(b">10000.00<", b">Y<")
    later = later.replace(b">11500.00<", b">13000.00<").replace(b">Y<", b">11500.00<")
    entry = entry_of(taken(later, cast.finance))
    assert (entry.step, balance(second)) == (3, NOTHING)
