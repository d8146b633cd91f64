"""billing.reports.avoided: invoices and offers that packages spared, and clients whom one should be offered."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.models import Invoice
from billing.reports.avoided import avoided, package_candidates
from billing.rules.small_invoices import should_offer_package, size_to_offer
from billing.services.approvals import approve_entries
from billing.services.credits import CreditKind, CreditLine, credit_invoice
from billing.services.time import delete_entry
from clients.models import Client
from tests.make import Cast, make_api, make_client, make_package, make_rate, submitted
from tests.make.hours import AT, DAY
from tests.make.invoices import make_invoice


def test_the_seventh_small_invoice_is_one_too_many() -> None:
    assert [should_offer_package(count) for count in (6, 7)] == [False, True]


@pytest.mark.parametrize(("hours", "offered"), [(5, 50), (99, 50), (100, 100), (400, 100)])
def test_the_largest_usual_package_that_a_year_uses_up_is_offered(hours: int, offered: int) -> None:
    assert size_to_offer(hours * 60) == offered * 60


def small_invoices(client: Client, count: int, *, minutes: int = 60, on: date = DAY) -> None:
    for place in range(count):
        make_invoice(client, on=on + timedelta(days=place), minutes=minutes, worked_on=on)


@pytest.mark.django_db
def test_a_client_with_seven_small_invoices_in_a_year_is_offered_a_package(cast: Cast) -> None:
    many, few, large = (make_client(account_manager=cast.manager) for _ in range(3))
    small_invoices(many, 7)
    small_invoices(few, 6, on=date(2026, 6, 20))
    small_invoices(large, 7, minutes=180, on=date(2026, 6, 30))
    on = date(2026, 7, 31)
    (row,) = package_candidates(cast.manager, on=on)
    assert (row.client, row.small_invoices, row.minutes, row.offered_hours) == (many, 7, 420, 50)
    assert package_candidates(cast.manager, on=on + timedelta(days=365)) == []
    make_package(many)
    assert package_candidates(cast.manager, on=on) == []


@pytest.mark.django_db
def test_cancelled_invoices_and_corrected_hours_are_not_counted(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    small_invoices(client, 8)
    first, second, third, *_others = Invoice.objects.order_by("pk")
    on = date(2026, 7, 1)

    def credit(invoice: Invoice, kind: CreditKind) -> None:
        lines = [CreditLine(line_id=invoice.lines.get().pk, amount=Decimal("75.00"))]
        credit_invoice(
            invoice,
            kind=kind,
            reason="wrong",
            lines=[] if kind == CreditKind.FULL else lines,
            issued_on=on,
            by=cast.partner,
            at=AT,
        )

    credit(first, CreditKind.PARTIAL)
    credit(second, CreditKind.GOODWILL)
    (row,) = package_candidates(cast.manager, on=on)
    assert (row.small_invoices, row.minutes) == (8, 450)
    credit(third, CreditKind.FULL)
    (row,) = package_candidates(cast.manager, on=on)
    assert (row.small_invoices, row.minutes) == (7, 390)


@pytest.mark.django_db
def test_draws_without_an_invoice_and_an_offer_of_their_own_are_counted(cast: Cast) -> None:
    make_rate()
    package = make_package(make_client(account_manager=cast.manager), hours=4)
    ids = [submitted(package.client, cast.consultant, 60).pk for _ in range(3)]
    approved = approve_entries(ids, by=cast.partner, at=AT)
    found = avoided(cast.manager, on=DAY)
    assert (found.draws, found.minutes) == (3, 180)
    delete_entry(approved[0], by=cast.partner, at=AT)
    approve_entries([submitted(package.client, cast.consultant, 180).pk], by=cast.partner, at=AT)
    assert avoided(cast.manager, on=DAY).draws == 2
    assert avoided(cast.outsider, on=DAY).draws == 0
    assert avoided(cast.manager, on=DAY + timedelta(days=400)).draws == 0


@pytest.mark.django_db
def test_the_report_answers_through_the_api_and_as_a_page(cast: Cast, client: Browser) -> None:
    alfa = make_client(account_manager=cast.manager)
    small_invoices(alfa, 7, on=timezone.localdate() - timedelta(days=20))
    shown = make_api(cast.manager).get("/api/v1/reports/avoided/").json()
    assert (shown["draws"], [row["small_invoices"] for row in shown["rows"]]) == (0, [7])
    assert make_api(cast.consultant).get("/api/v1/reports/avoided/").status_code == 403
    client.force_login(cast.manager)
    page = client.get(reverse("billing:package_report")).content.decode()
    assert alfa.name in page
    assert f"?client={alfa.pk}&amp;hours=50" in page
    assert 'value="50"' in client.get(reverse("billing:package_new"), {"client": alfa.pk, "hours": 50}).content.decode()
