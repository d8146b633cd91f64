"""Expenses: handed in with a receipt, approved by somebody else, waiting for the next invoice."""

from base64 import b64encode
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, InternalError, transaction
from django.test import Client as Browser
from hypothesis import given
from hypothesis import strategies as st

from billing.models import BankFile, Expense
from billing.services.bank_uploads import read_bank_file
from billing.services.credits import CreditKind, CreditLine, credit_invoice
from billing.services.drafting import draft_invoices
from billing.services.expenses import Upload, approve_expenses, hand_in_expense, net_of, reject_expenses
from billing.services.invoice_runs import clients_to_draft
from billing.services.issuing import issue_invoice
from clients.models import Client
from tests.make import Cast, make_api, make_client, make_engagement, make_time_lock
from tests.make.hours import AT, DAY, make_package
from tests.make.invoices import make_free_work, make_series, make_work
from tests.make.offers import make_sent_offer
from tests.make.people import make_small_firm

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 a ticket"
URL = "/api/v1/expenses/"


@pytest.fixture
def alfa(cast: Cast) -> Client:
    client = make_client(account_manager=cast.manager)
    make_engagement(client, lead=cast.manager, members=[cast.consultant])
    return client


def spent(client: Client, cast: Cast, **kw: Any) -> Expense:
    fields = {"description": "Train to Hamburg", "spent_on": DAY, "amount": Decimal("119.00"), "vat_percent": 19, **kw}
    row = Expense(employee=fields.pop("employee", cast.consultant), client=client, **fields)
    return hand_in_expense(row, by=row.employee, at=AT, receipt=Upload("ticket.pdf", PDF))


@given(st.decimals("0.02", "100000", places=2), st.sampled_from([Decimal(0), Decimal(7), Decimal(19), Decimal(22)]))
def test_net_and_vat_make_the_amount_again(amount: Decimal, percent: Decimal) -> None:
    net = net_of(amount, percent, "EUR")
    assert abs(net * (1 + percent / 100) - amount) <= Decimal("0.01")
    assert 0 < net <= amount


def test_an_approved_billable_expense_waits_for_the_invoice(cast: Cast, alfa: Client) -> None:
    row = spent(alfa, cast)
    assert (row.status, row.net_amount, row.currency, row.seller) == (
        "submitted",
        Decimal("100.00"),
        "EUR",
        alfa.default_seller,
    )
    assert not Expense.objects.to_invoice().exists()
    approve_expenses([row.pk], by=cast.manager, at=AT)
    assert Expense.objects.to_invoice().get().base_amount == Decimal("100.00")


def test_prepaid_and_free_work_of_its_time_stand_on_the_draft_of_an_expense(cast: Cast, alfa: Client) -> None:
    package = make_package(alfa)
    make_work(alfa, minutes=90, source="package", account=package.account, worked_on=DAY)
    make_free_work(alfa, minutes=45, worked_on=DAY)
    make_free_work(alfa, minutes=30, worked_on=date(2025, 1, 20))
    approve_expenses([spent(alfa, cast).pk], by=cast.manager, at=AT)
    drafted = draft_invoices(alfa, through=DAY, by=None, on=DAY)
    assert sorted(drafted.drafts[0].lines.values_list("kind", "quantity")) == [
        ("expense", 1),
        ("goodwill", Decimal("0.75")),
        ("prepaid", Decimal("1.5")),
    ]
    assert drafted.skipped == []


def test_it_stands_on_the_next_invoice_once_and_waits_again_after_a_full_credit_note(cast: Cast, alfa: Client) -> None:
    approve_expenses([spent(alfa, cast).pk], by=cast.manager, at=AT)
    assert list(clients_to_draft(through=DAY)) == [alfa]
    draft = draft_invoices(alfa, through=DAY, by=None, on=DAY).drafts[0]
    assert (draft.net_amount, draft.gross_amount) == (Decimal("100.00"), Decimal("119.00"))
    with pytest.raises(ValidationError) as refused:
        draft_invoices(alfa, through=DAY, by=None, on=DAY)
    assert refused.value.code == "nothing_to_invoice"
    make_series(draft.seller)
    invoice = issue_invoice(draft, issued_on=DAY, by=cast.finance, at=AT)
    assert not Expense.objects.to_invoice().exists()
    credit_invoice(invoice, kind=CreditKind.FULL, reason="Wrong", issued_on=DAY, by=cast.finance, at=AT)
    assert Expense.objects.to_invoice().exists()


@pytest.mark.parametrize(
    ("kind", "amount", "waits"),
    [
        (CreditKind.PARTIAL, "100.00", True),
        (CreditKind.PARTIAL, "40.00", False),
        (CreditKind.GOODWILL, "100.00", False),
    ],
)
def test_a_partial_credit_note_over_the_whole_line_frees_it(
    cast: Cast, alfa: Client, kind: CreditKind, amount: str, waits: bool
) -> None:
    for description in ("Train", "Hotel"):
        approve_expenses([spent(alfa, cast, description=description).pk], by=cast.manager, at=AT)
    draft = draft_invoices(alfa, through=DAY, by=None, on=DAY).drafts[0]
    make_series(draft.seller)
    invoice = issue_invoice(draft, issued_on=DAY, by=cast.finance, at=AT)
    lines = [CreditLine(line_id=invoice.lines.get(description="Train").pk, amount=Decimal(amount))]
    credit_invoice(invoice, kind=kind, reason="Wrong", issued_on=DAY, by=cast.finance, at=AT, lines=lines)
    assert [row.description for row in Expense.objects.to_invoice()] == (["Train"] if waits else [])


def test_a_later_or_foreign_expense_is_not_drafted(cast: Cast, alfa: Client) -> None:
    approve_expenses([spent(alfa, cast).pk], by=cast.manager, at=AT)
    for client, through in ((alfa, date(2026, 6, 9)), (make_client(), DAY)):
        with pytest.raises(ValidationError):
            draft_invoices(client, through=through, by=None, on=DAY)


def test_one_that_we_pay_ourselves_never_does(cast: Cast, alfa: Client) -> None:
    approve_expenses([spent(alfa, cast, is_billable=False).pk], by=cast.manager, at=AT)
    assert not Expense.objects.to_invoice().exists()


def test_nobody_approves_their_own(cast: Cast, alfa: Client) -> None:
    with pytest.raises(PermissionDenied):
        approve_expenses([spent(alfa, cast, employee=cast.manager).pk], by=cast.manager, at=AT)


def test_who_hands_in_for_a_colleague_does_not_approve_it(cast: Cast, alfa: Client) -> None:
    row = Expense(employee=cast.consultant, client=alfa, description="Taxi", spent_on=DAY, amount=Decimal(10))
    hand_in_expense(row, by=cast.finance, at=AT)
    with pytest.raises(PermissionDenied):
        approve_expenses([row.pk], by=cast.finance, at=AT)
    assert row not in Expense.objects.of_others(cast.finance)
    assert approve_expenses([row.pk], by=cast.partner, at=AT)[0].approved_by == cast.partner


def test_who_mends_an_expense_of_a_colleague_does_not_approve_it_either(cast: Cast, alfa: Client) -> None:
    row = spent(alfa, cast)
    row.amount = Decimal("238.00")
    hand_in_expense(row, by=cast.partner, at=AT)
    answer = make_api(cast.partner).post(f"{URL}{row.pk}/approve/")
    assert answer.status_code == 403
    assert make_api(cast.finance).post(f"{URL}{row.pk}/approve/").status_code == 200


@pytest.mark.parametrize("decider", ["consultant", "finance"])
def test_the_database_keeps_four_eyes_unless_the_firm_is_small(decider: str, cast: Cast, alfa: Client) -> None:
    row = Expense(employee=cast.consultant, client=alfa, description="Taxi", spent_on=DAY, amount=Decimal(10))
    hand_in_expense(row, by=cast.finance, at=AT)
    approved = {"status": "approved", "approved_by": getattr(cast, decider), "approved_at": AT}
    with pytest.raises(IntegrityError, match="Nobody decides"), transaction.atomic():
        Expense.objects.filter(pk=row.pk).update(**approved)
    make_small_firm()
    assert Expense.objects.filter(pk=row.pk).update(**approved) == 1
    make_small_firm(small=False)
    assert Expense.objects.filter(pk=row.pk).update(review_comment="seen") == 1


def test_deleting_an_expense_asks_first(client: Browser, cast: Cast, alfa: Client) -> None:
    row = spent(alfa, cast)
    client.force_login(cast.consultant)
    url = f"/expenses/{row.pk}/delete/"
    assert url in client.get("/expenses/").content.decode()
    assert "Train to Hamburg" in client.get(url).content.decode()
    assert Expense.objects.exists()
    client.post(url)
    assert not Expense.objects.exists()


def test_strangers_do_not_approve(cast: Cast, alfa: Client) -> None:
    with pytest.raises(PermissionDenied):
        approve_expenses([spent(alfa, cast).pk], by=cast.outsider, at=AT)


def test_an_approved_expense_stays_as_it_is(cast: Cast, alfa: Client) -> None:
    row = spent(alfa, cast)
    approve_expenses([row.pk], by=cast.manager, at=AT)
    with pytest.raises(ValidationError) as refused:
        hand_in_expense(row, by=cast.consultant, at=AT)
    assert refused.value.error_list[0].code == "wrong_status"
    with pytest.raises(InternalError), transaction.atomic():
        Expense.objects.update(amount=Decimal(1), net_amount=Decimal(1))


def test_given_back_it_can_be_handed_in_again(cast: Cast, alfa: Client) -> None:
    row = spent(alfa, cast)
    reject_expenses([row.pk], comment="Which train?", by=cast.manager)
    row.refresh_from_db()
    row.description = "ICE 71"
    assert hand_in_expense(row, by=cast.consultant, at=AT).status == "submitted"


def test_a_closed_period_takes_no_expense(cast: Cast, alfa: Client) -> None:
    make_time_lock(DAY)
    with pytest.raises(ValidationError) as refused:
        spent(alfa, cast)
    assert refused.value.error_list[0].code == "period_locked"
    spent(alfa, cast, spent_on=date(2026, 6, 11))


@pytest.mark.parametrize(("content", "code"), [(b"MZ program", "file_type"), (PDF + b" " * (25 << 20), "file_size")])
def test_a_receipt_is_a_pdf_or_a_picture_up_to_25_mb(content: bytes, code: str, cast: Cast, alfa: Client) -> None:
    row = Expense(employee=cast.consultant, client=alfa, description="?", spent_on=DAY, amount=Decimal(5))
    with pytest.raises(ValidationError) as refused:
        hand_in_expense(row, by=cast.consultant, at=AT, receipt=Upload("a.pdf", content))
    assert refused.value.error_dict["receipt"][0].code == code


def test_an_expense_goes_through_the_api(cast: Cast, alfa: Client) -> None:
    consultant, manager = make_api(cast.consultant), make_api(cast.manager)
    body = {"client": alfa.pk, "description": "Taxi", "spent_on": "2026-06-10", "amount": "11.90", "vat_percent": "19"}
    made = consultant.post(URL, body)
    assert made.status_code == 201, made.json()
    assert (made.json()["net_amount"], made.json()["status"]) == ("10.00", "submitted")
    url = f"{URL}{made.json()['id']}/"
    assert consultant.post(f"{url}approve/").status_code == 403
    assert manager.post(f"{url}approve/").json()["status"] == "approved"
    assert manager.post(f"{url}approve/").status_code == 409
    assert make_api(cast.outsider).get(url).status_code == 404


def test_the_page_takes_a_receipt_and_shows_it(client: Browser, cast: Cast, alfa: Client) -> None:
    client.force_login(cast.consultant)
    file = SimpleUploadedFile("ticket.pdf", PDF, "application/pdf")
    body = {
        "client": alfa.name,
        "category": "travel",
        "description": "Train",
        "spent_on": "2026-06-10",
        "amount": "119",
        "vat_percent": "19",
        "is_billable": "on",
        "receipt": file,
    }
    response = client.post("/expenses/new/", body)
    assert response.status_code == 302, response.content.decode()
    row = Expense.objects.get()
    assert client.get(f"/expenses/{row.pk}/receipt/").content == PDF
    assert "Train" in client.get("/expenses/").content.decode()
    client.force_login(cast.outsider)
    assert client.get(f"/expenses/{row.pk}/receipt/").status_code == 404


def test_the_api_gives_the_receipt_and_404_where_there_is_none(cast: Cast, alfa: Client) -> None:
    api, row = make_api(cast.consultant), spent(alfa, cast)
    assert api.get(f"{URL}{row.pk}/receipt/").content == PDF
    bare = {"client": alfa.pk, "description": "Taxi", "spent_on": "2026-06-10", "amount": "9", "vat_percent": "19"}
    assert api.get(f"{URL}{api.post(URL, bare).json()['id']}/receipt/").status_code == 404


def test_a_receipt_comes_with_the_expense_through_the_api(cast: Cast, alfa: Client) -> None:
    api = make_api(cast.consultant)
    body = {"client": alfa.pk, "description": "Taxi", "spent_on": "2026-06-10", "amount": "9", "vat_percent": "19"}
    file = {"name": "taxi.pdf", "content": b64encode(PDF).decode()}
    made = api.post(URL, body | {"receipt": file})
    assert made.status_code == 201, made.json()
    assert [receipt["name"] for receipt in made.json()["receipts"]] == ["taxi.pdf"]
    assert api.get(f"{URL}{made.json()['id']}/receipt/").content == PDF
    for wrong in ({"name": "a.exe", "content": b64encode(b"MZ").decode()}, {"name": "a.pdf", "content": "%"}, "x"):
        refused = api.post(URL, body | {"receipt": wrong})
        assert refused.status_code == 400
        assert str(refused.json()["errors"][0]["attr"]).startswith("receipt")


def test_large_files_come_through_the_api_where_files_are_expected_alone(cast: Cast, alfa: Client) -> None:
    api = make_api(cast.partner)
    large = {"name": "taxi.pdf", "content": b64encode(PDF + bytes(10 * 1024 * 1024)).decode()}
    body = {"client": alfa.pk, "description": "Taxi", "spent_on": "2026-06-10", "amount": "9", "vat_percent": "19"}
    made = api.post(URL, body | {"receipt": large})
    assert made.status_code == 201, made.json()
    assert len(api.get(f"{URL}{made.json()['id']}/receipt/").content) == len(PDF) + 10 * 1024 * 1024
    assert api.patch(f"{URL}{made.json()['id']}/", {"receipt": large}).status_code == 200
    offer = make_sent_offer(alfa, author=cast.partner, valid_until=date(2999, 1, 1))
    accepted = api.post(f"/api/v1/offers/{offer.pk}/accept/", {"by_name": "Petra Hofmann", "file": large})
    assert accepted.status_code == 200, accepted.json()
    bank = {"file_name": "june.xml", "content": large["content"]}
    assert make_api(cast.finance).post("/api/v1/bank-statements/", bank).status_code == 202
    read_bank_file(BankFile.objects.get().pk)
    assert BankFile.objects.get().state == BankFile.State.REFUSED
    for url in (f"{URL}{made.json()['id']}/reject/", f"/api/v1/offers/{offer.pk}/revise/", "/api/v1/clients/"):
        assert api.post(url, {"file": large}).status_code == 413
    huge = {"name": "taxi.pdf", "content": "A" * 40_000_000}
    assert api.post(URL, body | {"receipt": huge}).status_code == 413


def test_the_account_manager_approves_on_the_page(client: Browser, cast: Cast, alfa: Client) -> None:
    row = spent(alfa, cast)
    client.force_login(cast.manager)
    assert "Train to Hamburg" in client.get("/expenses/", {"show": "waiting"}).content.decode()
    client.post(f"/expenses/{row.pk}/approve/")
    row.refresh_from_db()
    assert row.status == "approved"


def test_a_long_list_needs_no_more_statements(
    client: Browser, cast: Cast, alfa: Client, django_assert_max_num_queries: Any
) -> None:
    for _row in range(5):
        spent(alfa, cast)
    client.force_login(cast.partner)
    with django_assert_max_num_queries(14):
        client.get("/expenses/")
