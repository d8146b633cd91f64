"""Acts of prepaid hours: what was drawn is confirmed once, at the price paid for it, with the VAT of its days."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from billing.models import ExchangeRate, HourPackage, Invoice, Series, ServiceAct, TimeEntry, VatRate
from billing.services.act_rows import rows_of
from billing.services.agreed_drafts import draft_package_invoice
from billing.services.corrections import credit_hours
from billing.services.credits import CreditKind, CreditLine, credit_invoice
from billing.services.hour_acts import awaiting_hour_acts, make_hour_act
from billing.services.issuing import issue_invoice, prepare_draft
from billing.services.packages import top_up
from billing.services.service_acts import awaiting_acts, withdraw_act
from billing.services.statements import issue_statement
from clients.models import Seller
from crm.access import Role
from crm.invariants import find_breaches
from tests.billing.errors import code_of_error
from tests.make import Cast, browser_of, make_api, make_client, make_package, make_user
from tests.make.acts import russian_client, russian_seller, upd_of, words_of
from tests.make.invoices import make_rate_of, make_series, make_work

pytestmark = pytest.mark.django_db
SOLD, JANUARY, FEBRUARY = date(2025, 12, 1), date(2026, 1, 31), date(2026, 2, 28)
AT = datetime(2026, 4, 2, 9, tzinfo=UTC)


def sold_package(seller: Seller, *, price: str = "120000", issued: bool = True, **kw: Any) -> HourPackage:
    """Ten hours, sold on 1 December 2025 with the VAT of 20 % inside."""
    make_series(seller)
    if not ExchangeRate.objects.filter(valid_on=SOLD).exists():
        make_rate_of("EUR", "RUB", "90", on=SOLD)
    package = make_package(
        kw.pop("client", None) or russian_client(seller),
        hours=10,
        price=Decimal(price),
        valid_from=SOLD,
        name="Поддержка",
        **kw,
    )
    draft = draft_package_invoice(package, by=None, on=SOLD)
    if issued:
        prepare_draft(draft, at=AT)
        issue_invoice(draft, issued_on=SOLD, by=None, at=AT)
    package.refresh_from_db()
    return package


def used(package: HourPackage, minutes: int, on: date) -> TimeEntry:
    return make_work(package.client, minutes=minutes, source="package", account=package.account, worked_on=on)


def acted(package: HourPackage, on: date = JANUARY, **kw: Any) -> ServiceAct:
    return make_hour_act(package, acted_on=on, by=make_user(Role.FINANCE), at=kw.get("at", AT))


def refusal(package: HourPackage, on: date = JANUARY) -> str:
    with pytest.raises(ValidationError) as refused:
        acted(package, on)
    return code_of_error(refused.value)


def amounts(act: ServiceAct) -> list[tuple[str, str, str, str]]:
    return [(f"{row.quantity:f}", f"{row.net:f}", f"{row.vat:f}", f"{row.rate}") for row in rows_of(act)]


@pytest.fixture
def seller() -> Seller:
    return russian_seller()


class TestWhatItStates:
    def test_drawn_hours_of_two_rates_are_two_rows_that_keep_the_price_that_was_paid(self, seller: Seller) -> None:
        package = sold_package(seller)
        used(package, 60, date(2025, 12, 20))
        used(package, 120, date(2026, 1, 15))
        act = acted(package)
        assert amounts(act) == [
            ("1.0000", "10000.00", "2000.00", "20"),
            ("2.0000", "19672.13", "4327.87", "22"),
        ]
        assert (act.minutes, act.rendered_from_on, act.rendered_to_on) == (180, date(2025, 12, 20), JANUARY)
        assert act.invoice == package.invoice_line.invoice  # type: ignore[union-attr]  # it was drafted above

    def test_the_next_act_states_the_rest_and_hours_that_were_approved_late(self, seller: Seller) -> None:
        package = sold_package(seller)
        used(package, 100, date(2026, 1, 15))
        first = acted(package)
        used(package, 200, date(2026, 1, 20))
        used(package, 300, date(2026, 2, 3))
        second = acted(package, FEBRUARY)
        assert (second.minutes, second.rendered_from_on) == (500, date(2026, 2, 1))
        assert sum(row.gross for act in (first, second) for row in rows_of(act)) == Decimal(120000)
        assert refusal(package, FEBRUARY) == "nothing_rendered"

    def test_a_price_without_vat_is_confirmed_with_the_vat_that_was_paid(self, seller: Seller) -> None:
        package = sold_package(seller, price="100000", price_includes_tax=False)
        used(package, 600, date(2026, 1, 15))
        assert amounts(acted(package)) == [("10.0000", "98360.66", "21639.34", "22")]

    def test_a_company_without_vat_states_none(self) -> None:
        package = sold_package(russian_seller(vat_regime="simplified"))
        used(package, 300, date(2026, 1, 15))
        assert amounts(acted(package)) == [("5.0000", "60000.00", "0.00", "None")]

    def test_added_hours_are_confirmed_at_their_own_price_after_the_first(self, seller: Seller) -> None:
        package = sold_package(seller)
        package = top_up(package, minutes=60, price=Decimal(24400), by=make_user(), on=date(2026, 1, 5), at=AT)
        used(package, 660, date(2026, 1, 15))
        first = acted(package)
        assert (first.minutes, sum(row.gross for row in rows_of(first))) == (600, 120000)
        assert refusal(package, FEBRUARY) == "not_ready"
        draft = Invoice.objects.get(status="draft")
        prepare_draft(draft, at=AT)
        make_rate_of("EUR", "RUB", "90", on=JANUARY)
        issue_invoice(draft, issued_on=JANUARY, by=None, at=AT)
        second = acted(package, FEBRUARY)
        assert (second.minutes, sum(row.gross for row in rows_of(second))) == (60, 24400)

    def test_what_was_given_away_of_the_price_is_not_confirmed(self, seller: Seller) -> None:
        package = sold_package(seller)
        used(package, 600, date(2026, 1, 15))
        line = package.invoice_line
        assert line
        asked = [CreditLine(line_id=line.pk, amount=Decimal(61000))]
        make_rate_of("EUR", "RUB", "90", on=JANUARY)
        credit_invoice(
            line.invoice,
            kind=CreditKind.GOODWILL,
            reason="late",
            issued_on=JANUARY,
            by=make_user(Role.FINANCE),
            at=AT,
            lines=asked,
        )
        assert sum(row.gross for row in rows_of(acted(package))) == Decimal(59000)

    def test_a_rate_that_was_entered_late_asks_to_take_the_acts_back(self, seller: Seller) -> None:
        package = sold_package(seller)
        used(package, 120, date(2026, 1, 15))
        VatRate.objects.create(country="RU", category="S", rate=Decimal(20), valid_from=date(2019, 1, 1))
        act = acted(package)
        assert amounts(act)[0][3] == "20.00"
        VatRate.objects.update(valid_to=date(2025, 12, 31))
        VatRate.objects.create(country="RU", category="S", rate=Decimal(22), valid_from=date(2026, 1, 1))
        used(package, 60, date(2026, 2, 15))
        assert refusal(package, FEBRUARY) == "wrong_status"

    def test_what_was_drawn_before_the_acts_began_is_not_stated(self, seller: Seller) -> None:
        package = sold_package(seller)
        used(package, 60, date(2025, 12, 20))
        Seller.objects.filter(pk=seller.pk).update(acts_since_on=date(2026, 1, 1))
        package.refresh_from_db()
        assert not awaiting_hour_acts(HourPackage.objects.all(), on=JANUARY).exists()
        used(package, 60, date(2026, 1, 15))
        act = acted(package)
        assert (act.minutes, act.rendered_from_on) == (60, date(2026, 1, 15))

    def test_the_paper_and_the_upd_name_the_period_and_the_advance(self, seller: Seller) -> None:
        package = sold_package(seller)
        used(package, 90, date(2026, 1, 15))
        act = acted(package)
        words = words_of(act)
        assert "15 января 2026 г. – 31 января 2026 г." in words
        assert "Счёт на аванс" in words
        assert "«Поддержка»" in words
        assert "Восемнадцать тысяч рублей 00 копеек" in words
        assert upd_of(act).find(".//СведТов").get("КолТов") == "1.5"


class TestRefusals:
    def test_a_package_without_an_issued_invoice_waits_for_it(self, seller: Seller) -> None:
        package = sold_package(seller, issued=False)
        used(package, 60, date(2026, 1, 15))
        assert not awaiting_hour_acts(HourPackage.objects.all(), on=JANUARY).exists()
        assert refusal(package) == "not_ready"

    def test_a_day_to_come_an_older_day_and_nothing_drawn(self, seller: Seller) -> None:
        package = sold_package(seller)
        assert refusal(package) == "nothing_rendered"
        used(package, 60, date(2026, 1, 15))
        assert refusal(package, AT.date() + timedelta(days=1)) == "too_late"
        acted(package, FEBRUARY)
        used(package, 60, date(2026, 1, 16))
        assert refusal(package, JANUARY) == "number_order"

    def test_hours_given_back_after_an_act_ask_to_take_it_back_first(self, seller: Seller) -> None:
        package = sold_package(seller)
        drawn, by = used(package, 120, date(2026, 1, 15)), make_user(Role.PARTNER)
        act = acted(package)
        issue_statement(package, last=JANUARY, by=by, on=FEBRUARY, at=AT)
        credit_hours(drawn, package=package, minutes=120, reason="wrong", by=by, on=FEBRUARY, at=AT)
        assert refusal(package, FEBRUARY) == "wrong_status"
        withdraw_act(act, reason="given back", on=FEBRUARY, by=make_user(), at=AT)
        assert refusal(package, FEBRUARY) == "nothing_rendered"

    def test_the_database_confirms_no_more_than_was_drawn(self, seller: Seller) -> None:
        package = sold_package(seller)
        used(package, 60, date(2026, 1, 15))
        line = package.invoice_line
        assert line
        said = {
            "invoice": line.invoice,
            "seller": seller,
            "series": Series.objects.get(seller=seller, kind="act"),
            "acted_on": JANUARY,
            "package": package,
            "rendered_from_on": SOLD,
            "rendered_to_on": JANUARY,
            "made_by": make_user(),
            "created_at": AT,
        }
        with pytest.raises(DatabaseError, match="no more hours"), transaction.atomic():
            ServiceAct.objects.create(number="x", sequence=1, minutes=61, **said)
        acted(package)
        with pytest.raises(DatabaseError, match="no more hours"), transaction.atomic():
            ServiceAct.objects.create(number="y", sequence=2, minutes=1, **said)


class TestWaiting:
    def test_the_hours_wait_and_not_the_advance(self, seller: Seller) -> None:
        package = sold_package(seller)
        used(package, 60, date(2026, 1, 15))
        waiting = awaiting_hour_acts(HourPackage.objects.all(), on=JANUARY).get()
        assert (waiting.drawn_minutes, waiting.acted_minutes) == (60, 0)  # type: ignore[attr-defined]  # annotated
        assert not awaiting_acts(Invoice.objects.all(), on=JANUARY).exists()
        acted(package)
        assert not awaiting_hour_acts(HourPackage.objects.all(), on=JANUARY).exists()
        assert not list(find_breaches())

    def test_a_german_package_waits_for_none(self) -> None:
        package = make_package(make_client(), hours=10)
        make_work(package.client, minutes=60, source="package", account=package.account, worked_on=date(2026, 1, 15))
        assert not awaiting_hour_acts(HourPackage.objects.all(), on=JANUARY).exists()


@given(parts=st.lists(st.integers(1, 200), min_size=1, max_size=8).filter(lambda parts: sum(parts) <= 600))
def test_acts_of_a_package_add_up_to_what_was_paid(parts: list[int]) -> None:
    """However the hours are drawn, all acts together state the price of all hours drawn."""
    with transaction.atomic():
        package = sold_package(russian_seller(), price="100000.01")
        acts = []
        for month, minutes in enumerate(parts):
            day = date(2026, 1, 10) + timedelta(days=10 * month)
            used(package, minutes, day)
            acts.append(acted(package, day, at=datetime(2026, 12, 1, tzinfo=UTC)))
        paid = (Decimal("100000.01") * sum(parts) / 600).quantize(Decimal("0.01"), "ROUND_HALF_UP")
        assert sum(row.gross for act in acts for row in rows_of(act)) == paid
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_two_people_confirming_the_same_hours_make_one_act() -> None:
    package = sold_package(russian_seller())
    used(package, 90, date(2026, 1, 15))
    people = [make_user(Role.FINANCE) for _ in range(2)]

    def one(person: Any) -> str:
        try:
            make_hour_act(package, acted_on=JANUARY, by=person, at=AT)
        except ValidationError as refused:
            return code_of_error(refused)
        finally:
            connection.close()
        return "made"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(one, people)) == ["made", "nothing_rendered"]
    assert ServiceAct.objects.get().minutes == 90


class TestEdges:
    def test_finance_makes_them_on_the_page_with_those_of_invoices(self, cast: Cast, seller: Seller) -> None:
        package, browser = sold_package(seller), browser_of(cast.finance)
        used(package, 90, date(2026, 1, 15))
        assert "Prepaid hours drawn, without an act" in browser.get("/acts/").content.decode()
        nothing = browser.post("/acts/make/", {"acted_on": "2026-01-31"})
        assert nothing.status_code == 422
        assert "Choose at least one row." in nothing.content.decode()
        said = {"package": [package.pk], "acted_on": timezone.localdate()}
        assert browser.post("/acts/make/", said).status_code == 302
        act = ServiceAct.objects.get()
        assert "of Поддержка" in browser.get("/acts/").content.decode()
        page = browser.get(f"/invoices/{act.invoice_id}/").content.decode()
        assert f"{act.number}</a>" in page

    def test_a_refused_package_is_named(self, cast: Cast, seller: Seller) -> None:
        package, browser = sold_package(seller), browser_of(cast.finance)
        used(package, 90, date(2026, 1, 15))
        refused = browser.post("/acts/make/", {"package": [package.pk], "acted_on": "2025-12-31"})
        assert refused.status_code == 422
        assert "No hours of this package are left to confirm." in refused.content.decode()

    def test_the_api_takes_a_package_or_an_invoice_and_never_both(self, cast: Cast, seller: Seller) -> None:
        package, api = sold_package(seller), make_api(cast.finance)
        used(package, 90, date(2026, 1, 15))
        url = "/api/v1/service-acts/"
        neither = api.post(url, {"acted_on": "2026-01-31"})
        assert (neither.status_code, neither.json()["errors"][0]["attr"]) == (400, "invoice")
        made = api.post(url, {"package": package.pk, "acted_on": "2026-01-31"})
        assert made.status_code == 201
        body = made.json()
        assert (body["minutes"], body["package"], body["rendered_to_on"]) == (90, package.pk, "2026-01-31")
        again = api.post(url, {"package": package.pk, "acted_on": "2026-01-31"})
        assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "nothing_rendered")
