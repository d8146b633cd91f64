"""Settings after the guide: VAT rates by date, and number series whose numbers never go back."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.urls import reverse

from billing.models import Series, VatRate
from billing.services.series import take_number
from crm.models import AuditEntry
from tests.clients.pages import signed_in
from tests.make import Cast, make_seller
from tests.make.invoices import make_series

pytestmark = pytest.mark.django_db


@pytest.fixture
def german() -> VatRate:
    return VatRate.objects.create(country="DE", category="S", rate=Decimal(19), valid_from=date(2007, 1, 1))


@pytest.fixture
def series() -> Series:
    return Series.objects.get_or_create(
        seller=make_seller(), kind=Series.Kind.INVOICE, defaults={"code": "RE", "pattern": "{year}-{number:04}"}
    )[0]


def address(name: str, *args: int) -> str:
    return reverse(f"billing:{name}", args=args)


def typed_rate(**changed: str) -> dict[str, str]:
    return {"country": "de", "category": "S", "rate": "20", "valid_from": "2027-01-01", "valid_to": "", **changed}


def typed_series(series: Series, **changed: str) -> dict[str, str]:
    return {"code": series.code, "pattern": series.pattern, "first_number": str(series.first_number), **changed}


@pytest.mark.parametrize("role", ["partner", "finance"])
def test_a_new_vat_rate_ends_the_one_before_it_and_is_on_record(cast: Cast, german: VatRate, role: str) -> None:
    answer = signed_in(getattr(cast, role)).post(address("vat_rate_new"), typed_rate())
    assert answer.status_code == 302
    german.refresh_from_db()
    made = VatRate.objects.get(valid_from=date(2027, 1, 1))
    assert (german.valid_to, made.rate, made.country) == (date(2026, 12, 31), Decimal(20), "DE")
    trail = AuditEntry.objects.filter(table_name="billing_vatrate", object_id=made.pk)
    assert list(trail.values_list("action", "actor")) == [("insert", getattr(cast, role).pk)]


@pytest.mark.parametrize(
    "changed", [{"valid_from": "2006-01-01"}, {"rate": "101"}, {"valid_to": "2026-01-01"}, {"valid_from": "soon"}]
)
def test_a_vat_rate_that_overlaps_or_makes_no_sense_is_refused(
    cast: Cast, german: VatRate, changed: dict[str, str]
) -> None:
    answer = signed_in(cast.finance).post(address("vat_rate_new"), typed_rate(**changed))
    assert answer.status_code == 422
    german.refresh_from_db()
    assert (VatRate.objects.count(), german.valid_to) == (1, None)


def test_a_vat_rate_is_corrected_and_listed(cast: Cast, german: VatRate) -> None:
    finance = signed_in(cast.finance)
    answer = finance.post(address("vat_rate_edit", german.pk), typed_rate(rate="16", valid_from="2007-01-01"))
    assert answer.status_code == 302
    assert "16.00" in finance.get(address("vat_rate_list")).content.decode()


@pytest.mark.parametrize("name", ["vat_rate_list", "series_list", "vat_rate_new", "series_new"])
@pytest.mark.parametrize("role", ["manager", "consultant"])
def test_settings_of_the_books_are_for_partner_and_finance(cast: Cast, name: str, role: str) -> None:
    assert signed_in(getattr(cast, role)).get(address(name)).status_code == 403


def test_a_series_changes_its_pattern_and_goes_on_counting(cast: Cast, series: Series) -> None:
    take_number(series, on=date(2026, 3, 1))
    typed = typed_series(series, pattern="R{year}/{number:05}")
    assert signed_in(cast.finance).post(address("series_edit", series.pk), typed).status_code == 302
    series.refresh_from_db()
    assert take_number(series, on=date(2026, 3, 2)).number == "R2026/00002"


@pytest.mark.parametrize(
    "changed",
    [{"first_number": "5"}, {"pattern": "R{number:05}"}, {"pattern": "{year}"}, {"pattern": "{what}-{number}"}],
)
def test_a_series_that_has_begun_keeps_its_counters(cast: Cast, series: Series, changed: dict[str, str]) -> None:
    take_number(series, on=date(2026, 3, 1))
    answer = signed_in(cast.finance).post(address("series_edit", series.pk), typed_series(series, **changed))
    assert answer.status_code == 422
    before = (series.pattern, series.first_number)
    series.refresh_from_db()
    assert (series.pattern, series.first_number) == before


def test_a_series_without_numbers_may_still_start_anywhere(cast: Cast, series: Series) -> None:
    typed = typed_series(series, first_number="118", pattern="R{number:05}")
    assert signed_in(cast.partner).post(address("series_edit", series.pk), typed).status_code == 302
    series.refresh_from_db()
    assert take_number(series, on=date(2026, 3, 1)).number == "R00118"


def test_a_new_company_gets_its_series_in_settings(cast: Cast) -> None:
    seller = make_seller(code="nl", name="Anker BV")
    typed = {"seller": str(seller.pk), "kind": "invoice", "code": "NL", "pattern": "NL{number:04}", "first_number": "1"}
    finance = signed_in(cast.finance)
    assert finance.post(address("series_new"), typed).status_code == 302
    assert "NL{number:04}" in finance.get(address("series_list")).content.decode()
    assert finance.post(address("series_new"), typed | {"code": "NL2"}).status_code == 422


@pytest.mark.parametrize("kind", ["vat_rate", "series"])
def test_who_sets_rates_and_series_sees_their_history(kind: str, client: Browser, cast: Cast) -> None:
    series = next(iter(make_series(make_seller()).values()))
    rate = VatRate.objects.create(country="FR", category="S", rate=20, valid_from=date(2026, 1, 1))
    row, table = (rate, "billing_vatrate") if kind == "vat_rate" else (series, "billing_series")
    url = reverse("crm:history", args=[table, row.pk])
    client.force_login(cast.finance)
    assert url in client.get(reverse(f"billing:{kind}_edit", args=[row.pk])).content.decode()
    assert client.get(url).status_code == 200
    client.force_login(cast.consultant)
    assert client.get(url).status_code == 404
