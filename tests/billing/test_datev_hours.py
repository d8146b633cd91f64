"""Hours sold ahead in DATEV: the sale goes to advances with its VAT, what is drawn moves to revenue without it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from billing.exports.batches import Asked, make_batch
from billing.models import DatevAccount, ExportBatch, ExportedHours, HourPackage
from billing.reports.exports import waiting_exports
from billing.reports.liability import liabilities
from billing.rules.datev import Case
from billing.services.agreed_drafts import draft_package_invoice
from billing.services.credits import CreditKind, CreditLine, credit_invoice
from billing.services.datev_settings import accounts_of, keep_datev_settings
from billing.services.drawn_hours import drawn_hours
from billing.services.issuing import issue_invoice
from billing.services.sold_hours import credit_or_refund
from crm.invariants import find_breaches
from tests.billing.test_datev import make_settings, rows_of, told
from tests.make import Cast, browser_of, make_client, make_package, make_seller, make_user
from tests.make.invoices import make_series, make_work

pytestmark = pytest.mark.django_db
SOLD, MARCH, APRIL = date(2026, 3, 2), date(2026, 3, 31), date(2026, 4, 30)
AT = datetime(2026, 5, 2, 9, tzinfo=UTC)


def sold(price: str = "1190.00", **kw: Any) -> HourPackage:
    """Ten hours for 1 000.00 net."""
    make_series(make_seller())
    package = make_package(make_client(**kw), hours=10, price=Decimal(price), valid_from=SOLD)
    issue_invoice(draft_package_invoice(package, by=None, on=SOLD), issued_on=SOLD, by=None, at=AT)
    package.refresh_from_db()
    return package


def used(package: HourPackage, minutes: int, on: date) -> None:
    make_work(package.client, minutes=minutes, source="package", account=package.account, worked_on=on)


def moved(last: date = MARCH, **kw: Any) -> ExportBatch:
    asked = Asked(format="datev_hours", first=last.replace(day=1), last=last, seller=make_seller(), **kw)
    return make_batch(asked, by=make_user(), at=AT)[0]


def bookings(batch: ExportBatch) -> list[tuple[str, str, str, str, str]]:
    return [(row[0], row[1].strip('"'), row[6], row[7], row[8].strip('"')) for row in rows_of(batch)]


def test_the_sale_goes_to_advances() -> None:
    make_settings()
    sold()
    batch = make_batch(
        Asked(format="datev", first=date(2026, 3, 1), last=MARCH, seller=make_seller()), by=make_user(), at=AT
    )[0]
    assert told(batch) == [("1190,00", "S", "10000", "1718", "")]


def test_drawn_hours_move_from_advances_to_revenue_net_and_with_the_automatic_lifted() -> None:
    make_settings()
    package = sold()
    used(package, 90, date(2026, 3, 10))
    batch = moved()
    assert bookings(batch) == [("150,00", "S", "1718", "8400", "40")]
    row = rows_of(batch)[0]
    assert (row[9], row[10].strip('"')) == ("3103", package.invoice_line.invoice.number)  # type: ignore[union-attr]
    assert not list(find_breaches())


def test_a_month_moves_what_the_contract_liability_says_was_drawn() -> None:
    make_settings()
    package = sold("1000.01")
    for minutes, day in ((37, date(2026, 3, 10)), (101, date(2026, 4, 3)), (11, date(2026, 4, 9))):
        used(package, minutes, day)
    amounts = [sum(row.amount for row in moved(last).hours.all()) for last in (MARCH, APRIL)]
    periods = [(date(2026, 3, 1), MARCH), (date(2026, 4, 1), APRIL)]
    told_by_report = [
        liabilities(HourPackage.objects.all(), first=first, last=last).totals["EUR"].drawn for first, last in periods
    ]
    assert amounts == told_by_report


def test_the_next_export_moves_only_the_rest_and_the_same_request_gives_the_same_file() -> None:
    make_settings()
    package = sold()
    used(package, 90, date(2026, 3, 10))
    first = moved()
    assert moved().pk == first.pk
    used(package, 30, date(2026, 3, 12))
    late = moved()
    assert bookings(late) == [("50,00", "S", "1718", "8400", "40")]
    used(package, 480, date(2026, 4, 1))
    assert bookings(moved(APRIL)) == [("800,00", "S", "1718", "8400", "40")]
    assert sum(row.amount for row in ExportedHours.objects.all()) == 1000
    with pytest.raises(ValidationError) as refused:
        moved(date(2026, 5, 31))
    assert refused.value.code == "nothing_to_export"


def test_what_was_given_away_after_an_export_leaves_advances_at_nothing() -> None:
    make_settings()
    package = sold()
    used(package, 300, date(2026, 3, 10))
    moved()
    line = package.invoice_line
    assert line
    asked = [CreditLine(line_id=line.pk, amount=Decimal("238.00"))]
    credit_invoice(
        line.invoice, kind=CreditKind.GOODWILL, reason="late", issued_on=APRIL, by=make_user(), at=AT, lines=asked
    )
    used(package, 300, date(2026, 4, 10))
    moved(APRIL)
    assert sum(row.amount for row in ExportedHours.objects.all()) == 800


def test_hours_that_were_refunded_are_no_revenue() -> None:
    make_settings()
    package = sold()
    used(package, 240, date(2026, 3, 10))
    line = package.invoice_line
    assert line
    credit_or_refund(
        line.invoice, kind=CreditKind.PACKAGE_REFUND, reason="unused", issued_on=MARCH, by=make_user(), at=AT
    )
    assert bookings(moved()) == [("400,00", "S", "1718", "8400", "40")]
    assert drawn_hours(make_seller(), until=date(2027, 1, 1)) == []


def test_hours_without_vat_were_revenue_at_once() -> None:
    make_settings()
    package = sold(country="AT", vat_id="ATU13585627", default_seller=make_seller())
    used(package, 60, date(2026, 3, 10))
    assert drawn_hours(make_seller(), until=MARCH) == []


def test_a_company_whose_sales_are_revenue_at_once_has_no_such_export() -> None:
    settings = make_settings()
    DatevAccount.objects.filter(settings=settings, case=Case.PACKAGE).update(account="8400")
    used(sold(), 60, date(2026, 3, 10))
    assert "datev_hours" not in {row.form.code for row in waiting_exports()}
    with pytest.raises(ValidationError) as refused:
        moved()
    assert refused.value.error_dict["seller"][0].code == "wrong_country"


def test_revenue_of_drawn_hours_on_an_automatic_account_needs_the_key_that_lifts_it() -> None:
    settings = make_settings()
    accounts = accounts_of(settings)
    with pytest.raises(ValidationError) as refused:
        keep_datev_settings(settings, accounts={**accounts, Case.DRAWN: ("8400", "")})
    assert refused.value.error_dict["key_drawn"][0].code == "automatic_account"
    keep_datev_settings(settings, accounts={**accounts, Case.DRAWN: ("8000", "")})


def test_the_pages_show_what_waits_and_what_left(cast: Cast) -> None:
    make_settings()
    package, browser = sold(), browser_of(cast.finance)
    used(package, 90, date(2026, 3, 10))
    assert "DATEV drawn hours" in browser.get("/exports/").content.decode()
    batch = moved()
    shown = browser.get(f"/exports/{batch.pk}/").content.decode()
    assert package.name in shown
    assert "150.00" in shown


def test_hours_invoiced_before_the_first_day_were_revenue_and_move_no_more() -> None:
    settings = make_settings()
    package = sold()
    used(package, 90, date(2026, 3, 10))
    settings.advances_since_on = date(2026, 4, 1)
    settings.save()
    assert drawn_hours(make_seller(), until=MARCH) == []
    asked = Asked(format="datev", first=date(2026, 3, 1), last=MARCH, seller=make_seller())
    assert told(make_batch(asked, by=make_user(), at=AT)[0]) == [("1190,00", "S", "10000", "8400", "")]
