"""Multi-purpose hours: sold without VAT, which falls due with their use (§ 3(15) UStG), each cent of it once."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.documents.paper import paper_of
from billing.models import Coverage, HourPackage, Invoice, LedgerRow, TimeEntry
from billing.reports.liability import liabilities
from billing.services.agreed_drafts import draft_package_invoice
from billing.services.credits import CreditKind, CreditLine, credit_invoice
from billing.services.drafting import Drafted, draft_invoices
from billing.services.drafts import remove_line
from billing.services.invoice_runs import clients_to_draft
from billing.services.issuing import issue_invoice, prepare_draft
from billing.services.packages import change_package, top_up
from billing.services.sold_hours import refund_hours
from clients.models import Client
from tests.billing.errors import code_of
from tests.billing.test_datev import made as datev
from tests.billing.test_datev import make_settings, rows_of
from tests.make import Cast, make_api, make_client, make_package, make_seller, make_user
from tests.make.invoices import make_series, make_work

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 31)
AT = datetime(2026, 4, 2, 9, tzinfo=UTC)
SPARE: dict[str, Any] = {"multi_purpose": True, "hours": 10, "price": Decimal("1500.00")}


def issue(draft: Invoice) -> Invoice:
    assert draft.client.default_seller is not None
    make_series(draft.client.default_seller)
    prepare_draft(draft, at=AT)
    return issue_invoice(draft, issued_on=ON, by=None, at=AT)


def sold(client: Client | None = None, **kw: Any) -> tuple[HourPackage, Invoice]:
    package = make_package(client, **(SPARE | kw))
    return package, issue(draft_package_invoice(package, by=None, on=ON))


def used(package: HourPackage, minutes: int, **kw: Any) -> TimeEntry:
    return make_work(package.client, minutes=minutes, source=Coverage.Source.PACKAGE, account=package.account, **kw)


def drafted(client: Client) -> Drafted:
    return draft_invoices(client, through=ON, by=None, on=ON)


def amounts(invoice: Invoice) -> list[tuple[str, str, str, str, str]]:
    lines = invoice.lines.order_by("position")
    return [
        (line.kind, str(line.amount), line.vat_category, str(line.vat_rate), str(line.vat_amount)) for line in lines
    ]


def test_the_sale_bears_no_vat_and_says_why() -> None:
    _package, invoice = sold(make_client(language="de"))
    assert (invoice.net_amount, invoice.vat_amount) == (Decimal("1500.00"), 0)
    assert amounts(invoice) == [("package", "1500.00", "E", "0.00", "0.00")]
    paper = paper_of(invoice)
    assert any("§ 3 Abs. 15 UStG" in text for text in paper.texts)
    assert paper.totals == (("Ohne USt.", "1\u202f500,00"),)


def test_vat_falls_due_when_the_hours_are_used_and_nothing_is_left_to_pay() -> None:
    package, _sale = sold(make_client(language="de"))
    used(package, 60)
    invoice = issue(drafted(package.client).drafts[0])
    assert amounts(invoice) == [
        ("prepaid", "150.00", "S", "19.00", "23.95"),
        ("set_off", "-150.00", "E", "0.00", "0.00"),
    ]
    assert (invoice.gross_amount, invoice.vat_amount) == (0, Decimal("23.95"))
    paper = paper_of(invoice)
    assert (paper.title, paper.totals) == (
        "Rechnung",
        (("Netto", "126,05"), ("USt. 19 %", "23,95"), ("Ohne USt.", "\N{MINUS SIGN}150,00")),
    )
    assert TimeEntry.objects.get().status == TimeEntry.Status.INVOICED


def test_all_uses_together_are_taxed_on_what_was_paid_to_the_cent() -> None:
    package, sale = sold(hours=3, price=Decimal("100.00"))
    for _ in range(3):
        used(package, 60)
        issue(drafted(package.client).drafts[0])
    values = Invoice.objects.issued().exclude(pk=sale.pk).values_list("lines__amount", flat=True)
    assert sorted(value for value in values if value > 0) == [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]


def test_hours_of_a_top_up_are_set_off_after_those_that_were_sold_first() -> None:
    package, _sale = sold(hours=1, price=Decimal("150.00"))
    package = top_up(package, minutes=60, price=Decimal("90.00"), by=make_user(), on=ON, at=AT)
    issue(Invoice.objects.drafts().get())
    used(package, 90)
    draft = drafted(package.client).drafts[0]
    assert [row[1] for row in amounts(draft)] == ["180.00", "-150.00", "-30.00"]


def test_hours_whose_sale_is_not_issued_wait_and_are_named() -> None:
    package = make_package(**SPARE)
    draft_package_invoice(package, by=None, on=ON)
    entry = used(package, 60)
    make_work(package.client, minutes=60)
    plan = drafted(package.client)
    assert not plan.drafts[0].lines.filter(kind="prepaid").exists()
    assert [(skipped.entry, skipped.reason) for skipped in plan.skipped] == [(entry, "sale_not_issued")]


def test_a_run_over_all_clients_finds_hours_that_owe_their_vat() -> None:
    package, _sale = sold()
    used(package, 60)
    plain = make_package(make_client())
    used(plain, 60)
    assert list(clients_to_draft(through=ON)) == [package.client]


def test_used_hours_and_what_sets_them_off_leave_a_draft_together() -> None:
    package, _sale = sold()
    used(package, 60)
    make_work(package.client, minutes=60)
    draft = drafted(package.client).drafts[0]
    remove_line(draft.lines.get(kind="set_off"))
    assert [line.kind for line in draft.lines.all()] == ["time"]
    assert [row[0] for row in amounts(drafted(package.client).drafts[0])] == ["prepaid", "set_off"]


def test_a_credit_gives_the_hours_back_and_they_are_taxed_anew() -> None:
    package, sale = sold()
    used(package, 60)
    invoice = issue(drafted(package.client).drafts[0])
    with pytest.raises(ValidationError) as refused:
        credit_invoice(sale, kind=CreditKind.FULL, reason="no", issued_on=ON, by=make_user(), at=AT)
    assert code_of(refused) == "wrong_status"
    note = credit_invoice(invoice, kind=CreditKind.FULL, reason="wrong", issued_on=ON, by=make_user(), at=AT)
    assert (note.vat_amount, note.gross_amount) == (Decimal("23.95"), 0)
    package.account.refresh_from_db()
    assert package.account.balance_minutes == 600


def test_a_refund_gives_back_no_more_than_is_not_used() -> None:
    package, sale = sold()
    used(package, 60)
    issue(drafted(package.client).drafts[0])
    note = refund_hours(sale, reason="unused", issued_on=ON, by=make_user(), at=AT)
    assert (note.gross_amount, note.vat_amount) == (Decimal("1350.00"), 0)


def test_all_that_was_paid_is_owed_until_it_is_used() -> None:
    package, _sale = sold()
    found = liabilities(HourPackage.objects.filter(pk=package.pk), first=date(2026, 1, 1), last=date(2026, 12, 31))
    assert found.rows[0].amounts.sold == Decimal("1500.00")


def test_reverse_charge_falls_due_with_the_use_too() -> None:
    seller = make_seller()
    client = make_client(country="AT", vat_id="ATU13585627", default_seller=seller)
    package, sale = sold(client)
    assert amounts(sale)[0][2] == "E"
    used(package, 60)
    assert [row[1:3] for row in amounts(drafted(client).drafts[0])] == [("150.00", "AE"), ("-150.00", "E")]


def test_datev_books_the_sale_as_a_debt_and_the_use_as_revenue_against_it() -> None:
    make_settings()
    package, _sale = sold()
    used(package, 60)
    issue(drafted(package.client).drafts[0])
    told = [(row[0], row[1].strip('"'), row[6], row[7]) for row in rows_of(datev())]
    assert told == [
        ("1500,00", "S", "10000", "1710"),
        ("150,00", "S", "10000", "8400"),
        ("150,00", "H", "10000", "1710"),
    ]


@pytest.mark.parametrize(
    "terms",
    [
        {"kind": "granted", "grant_reason": "a gift"},
        {"price": Decimal(0)},
        {"price_includes_tax": False},
        {"overage_policy": "allow_negative", "negative_limit_minutes": 60},
    ],
)
def test_terms_under_which_vat_cannot_wait_are_refused_at_the_choice(terms: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        make_package(**(SPARE | terms))
    assert list(refused.value.message_dict) == ["multi_purpose"]


@pytest.mark.parametrize("company", [{"country": "RU", "currency": "RUB"}, {"vat_regime": "small_business"}])
def test_only_a_company_in_the_eu_that_charges_vat_sells_them(company: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        make_package(make_client(default_seller=make_seller(**company)), **SPARE)
    assert list(refused.value.message_dict) == ["multi_purpose"]


def test_a_package_that_runs_keeps_above_zero() -> None:
    package = make_package(**SPARE)
    package.overage_policy = "allow_negative"
    with pytest.raises(ValidationError, match="below zero"):
        change_package(package, by=None, at=AT)


def test_the_page_sells_them_with_vat_in_the_price(cast: Cast) -> None:
    client = make_client(default_seller=make_seller(price_includes_tax=False), account_manager=cast.manager)
    browser = Browser()
    browser.force_login(cast.partner)
    body = {
        "client": client.pk,
        "seller": client.default_seller_id,
        "hours": "10",
        "price": "1500",
        "kind": "paid",
        "valid_from": timezone.localdate().isoformat(),
        "priority": 100,
        "overage_policy": "bill_overage",
        "multi_purpose": "on",
    }
    assert browser.post(reverse("billing:package_new"), body).status_code == 302
    package = HourPackage.objects.get()
    assert (package.multi_purpose, package.price_includes_tax) == (True, True)
    assert b"multi-purpose" in browser.get(reverse("billing:package_detail", args=[package.pk])).content
    refused = browser.post(reverse("billing:package_new"), {**body, "price": "0"})
    assert refused.status_code == 422


def test_the_api_sells_them_and_names_a_wrong_choice(cast: Cast) -> None:
    api, client = make_api(cast.finance), make_client()
    body = {"client": client.pk, "purchased_minutes": 600, "price": "1500.00", "multi_purpose": True}
    made = api.post("/api/v1/hour-packages/", body)
    assert (made.status_code, made.json()["multi_purpose"], made.json()["price_includes_tax"]) == (201, True, True)
    refused = api.post("/api/v1/hour-packages/", {**body, "price_includes_tax": False})
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "price_includes_tax")
    changed = api.patch(f"/api/v1/hour-packages/{made.json()['id']}/", {"multi_purpose": False})
    assert changed.json()["errors"][0]["attr"] == "multi_purpose"


@pytest.mark.parametrize("kind", [CreditKind.PARTIAL, CreditKind.GOODWILL])
def test_used_hours_are_taken_back_with_their_whole_invoice_only(kind: CreditKind) -> None:
    """By themselves they were paid when they were sold: the client would get that money a second time."""
    package, _sale = sold(make_client(language="de"))
    entry = used(package, 60)
    invoice = issue(drafted(package.client).drafts[0])
    line = invoice.lines.get(kind="prepaid")
    terms: dict[str, Any] = {"reason": "wrong", "issued_on": ON, "by": make_user(), "at": AT}
    for asked in (CreditLine(line_id=line.pk, entries=(entry.pk,)), CreditLine(line_id=line.pk, amount=Decimal(1))):
        with pytest.raises(ValidationError) as refused:
            credit_invoice(invoice, kind=kind, lines=(asked,), **terms)
        assert code_of(refused) == "wrong_status"
    credit_invoice(invoice, kind=CreditKind.FULL, **terms)
    assert (LedgerRow.objects.filter(account=package.account).aggregate(n=Sum("minutes"))["n"]) == 600


def test_hours_for_which_nothing_is_left_to_pay_stand_at_nothing() -> None:
    package, sale = sold(make_client(language="de"))
    line = CreditLine(line_id=sale.lines.get().pk, amount=Decimal("1500.00"))
    terms: dict[str, Any] = {"reason": "a gift", "issued_on": ON, "by": make_user(), "at": AT}
    credit_invoice(sale, kind=CreditKind.GOODWILL, lines=(line,), **terms)
    used(package, 60)
    assert amounts(issue(drafted(package.client).drafts[0])) == [("prepaid", "0.00", "S", "19.00", "0.00")]
    assert not clients_to_draft(through=ON)
