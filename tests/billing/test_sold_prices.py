"""Prices that follow what was agreed and frozen: packages under a new VAT rate, discounts in acts, cancellations."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from billing.models import HourPackage, Invoice, RateChangeAnswer, VatRate
from billing.services.agreed_drafts import draft_package_invoice, draft_sold_hours, uninvoiced_sales
from billing.services.credits import CreditKind, CreditLine, credit_invoice
from billing.services.drafts import HandLine, add_hand_line, delete_draft
from billing.services.endings import expire_package
from billing.services.extensions import extend_package
from billing.services.issuing import issue_invoice, prepare_draft
from billing.services.packages import top_up
from billing.services.taxes import RateQuestionError
from crm.access import Role
from crm.invariants import find_breaches
from tests.billing.test_datev import made, make_settings, told
from tests.billing.test_hour_acts import AT, FEBRUARY, SOLD, acted, amounts, sold_package, used
from tests.make import Cast, browser_of, make_api, make_client, make_package, make_user
from tests.make.acts import russian_client, russian_seller
from tests.make.invoices import make_invoice, make_rate_of, make_series

pytestmark = pytest.mark.django_db
NEXT_YEAR = date(2027, 1, 11)
ON = date(2026, 3, 31)


def changed_rate() -> None:
    """25 % from 2027 on."""
    VatRate.objects.create(
        country="RU", category="S", rate=Decimal(22), valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31)
    )
    VatRate.objects.create(country="RU", category="S", rate=Decimal(25), valid_from=date(2027, 1, 1))


def package_of_2026() -> HourPackage:
    seller = russian_seller()
    make_series(seller)
    return make_package(russian_client(seller), hours=10, price=Decimal(122000))


def answered(choice: str) -> Invoice:
    package = package_of_2026()
    changed_rate()
    with pytest.raises(RateQuestionError) as asked:
        draft_package_invoice(package, by=None, on=NEXT_YEAR)
    question = asked.value
    assert question.agreed_percent == 22
    assert question.new_percent == 25
    RateChangeAnswer.objects.create(
        client=package.client,
        agreement=question.agreement,
        agreed_percent=22,
        new_percent=25,
        choice=choice,
        made_by=make_user(),
    )
    return draft_package_invoice(package, by=None, on=NEXT_YEAR)


class TestPackagesUnderANewRate:
    def test_the_price_stays_when_that_was_agreed(self) -> None:
        assert answered("price_stays").gross_amount == 122000

    def test_vat_goes_on_top_when_that_was_agreed(self) -> None:
        draft = answered("vat_on_top")
        assert (draft.net_amount, draft.gross_amount) == (100000, 125000)

    def test_nothing_is_asked_while_the_rate_stays(self) -> None:
        assert draft_package_invoice(package_of_2026(), by=None, on=date(2026, 12, 1)).gross_amount == 122000

    def test_a_deleted_draft_is_drafted_anew_on_the_page_and_by_the_api(self, cast: Cast) -> None:
        package = package_of_2026()
        draft = draft_package_invoice(package, by=None, on=date(2026, 6, 10))
        assert uninvoiced_sales(package) == []
        delete_draft(draft)
        package.refresh_from_db()
        assert len(uninvoiced_sales(package)) == 1
        browser, url = browser_of(cast.finance), f"/packages/{package.pk}/invoice/"
        assert "Invoice the sold hours" in browser.get(f"/packages/{package.pk}/").content.decode()
        assert browser.post(url).status_code == 302
        delete_draft(Invoice.objects.get())
        api = make_api(cast.finance)
        first = api.post(f"/api/v1/hour-packages/{package.pk}/draft-invoice/")
        assert first.status_code == 201, first.content
        again = api.post(f"/api/v1/hour-packages/{package.pk}/draft-invoice/")
        assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "already_done")

    def test_added_hours_are_drafted_with_the_rest(self) -> None:
        package = package_of_2026()
        package = top_up(package, minutes=60, price=Decimal(100), by=make_user(), on=date(2026, 6, 20), at=AT)
        delete_draft(Invoice.objects.get())
        package.refresh_from_db()
        assert sorted(row.gross_amount for row in draft_sold_hours(package, by=None, on=date(2026, 6, 21))) == [
            100,
            122000,
        ]
        with pytest.raises(ValidationError):
            draft_sold_hours(package, by=None, on=date(2026, 6, 21))


class TestActsOfHours:
    def test_a_discount_on_the_invoice_of_a_package_is_taken_off_its_acts(self) -> None:
        package = sold_package(russian_seller(), issued=False)
        draft = Invoice.objects.get()
        less = HandLine(
            kind="discount", description="Скидка", quantity=Decimal(1), unit="C62", unit_price=Decimal(-12000)
        )
        add_hand_line(draft, less, on=SOLD)
        draft.refresh_from_db()
        prepare_draft(draft, at=AT)
        issue_invoice(draft, issued_on=SOLD, by=None, at=AT)
        used(package, 300, date(2025, 12, 20))
        used(package, 300, date(2025, 12, 21))
        act = acted(package)
        assert amounts(act) == [("10.0000", "90000.00", "18000.00", "20")]

    def test_hours_that_expired_and_came_back_are_confirmed_at_their_own_price(self) -> None:
        package = sold_package(russian_seller(), expires_on=date(2026, 1, 20))
        used(package, 300, date(2026, 1, 10))
        acted(package)
        expire_package(package, on=date(2026, 1, 25), by=None, at=AT)
        by, on = make_user(Role.PARTNER), date(2026, 2, 1)
        extend_package(package, expires_on=date(2027, 1, 1), reason="more", by=by, on=on, at=AT)
        package.refresh_from_db()
        used(package, 300, date(2026, 1, 25))
        assert [row[1:3] for row in amounts(acted(package, FEBRUARY))] == [("49180.33", "10819.67")]


class TestCancelledInAnotherCurrency:
    def test_a_full_cancellation_takes_the_rate_of_its_invoice_to_the_cent(self) -> None:
        make_settings()
        make_rate_of("EUR", "USD", "1.1377", on=ON)
        invoice = make_invoice(make_client(currency="USD"), currency="USD", rate="133.33")
        make_rate_of("EUR", "USD", "1.2911", on=date(2026, 4, 20))
        said: dict[str, Any] = {"reason": "wrong", "by": make_user(), "at": datetime(2026, 4, 20, 9, tzinfo=UTC)}
        note = credit_invoice(invoice, kind=CreditKind.FULL, issued_on=date(2026, 4, 20), **said)
        assert (note.base_rate, note.base_net_amount) == (invoice.base_rate, invoice.base_net_amount)
        assert [line.base_net_amount for line in note.lines.all()] == [invoice.lines.get().base_net_amount]
        booked = told(made(last=date(2026, 4, 30)))
        assert booked[0][0] == booked[1][0]
        assert booked[1][4] == "1"
        assert not list(find_breaches())

    def test_a_part_is_credited_at_the_rate_of_its_own_day(self) -> None:
        make_rate_of("EUR", "USD", "1.25", on=ON)
        invoice = make_invoice(make_client(currency="USD"), currency="USD")
        make_rate_of("EUR", "USD", "1.60", on=date(2026, 4, 20))
        asked = [CreditLine(line_id=invoice.lines.get().pk, amount=Decimal("119.00"))]
        note = credit_invoice(
            invoice,
            kind=CreditKind.GOODWILL,
            reason="late",
            issued_on=date(2026, 4, 20),
            by=make_user(),
            at=AT,
            lines=asked,
        )
        assert note.base_net_amount == Decimal("62.50")
