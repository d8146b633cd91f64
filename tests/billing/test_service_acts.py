"""Acts of services: one for each invoice, numbered by day, never changed; its paper, its UPD and its signature."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, InternalError, connection, transaction

from billing.models import (
    Invoice,
    PeriodLock,
    Series,
    SeriesYear,
    ServiceAct,
    ServiceActFile,
    ServiceActWithdrawal,
)
from billing.services.credits import CreditKind, credit_invoice
from billing.services.locks import lock_period
from billing.services.service_acts import (
    awaiting_acts,
    make_acts,
    sign_act,
    take_back_signature,
    usual_day,
    withdraw_act,
)
from clients.models import Seller
from crm.access import Role
from crm.invariants import find_breaches
from tests.billing.errors import code_of_error
from tests.make import make_client, make_user
from tests.make.acts import AT, MARCH, acted, billed, refusal, russian_client, russian_seller
from tests.make.invoices import make_draft, make_invoice

pytestmark = pytest.mark.django_db
Format = ServiceActFile.Format


@pytest.fixture
def seller() -> Seller:
    return russian_seller()


class TestMaking:
    def test_an_act_has_its_own_number_and_confirms_an_invoice_once(self, seller: Seller) -> None:
        invoice = billed(seller)
        act = acted(invoice)
        assert (act.number, act.acted_on, act.invoice_id) == ("2026-0001", MARCH, invoice.pk)
        assert refusal(invoice) == "already_done"
        assert acted(billed(seller)).number == "2026-0002"

    def test_a_day_before_the_service_ended_or_to_come_or_before_the_last_act_is_refused(self, seller: Seller) -> None:
        first, second = billed(seller), billed(seller)
        assert first.supply_to
        assert refusal(first, date(2026, 3, 9)) == "too_early"
        assert refusal(first, date(2026, 4, 3)) == "too_late"
        acted(first, date(2026, 4, 1))
        assert refusal(second, MARCH) == "number_order"

    def test_a_closed_period_takes_no_act(self, seller: Seller) -> None:
        invoice = billed(seller)
        lock_period(
            PeriodLock(kind="documents", seller=seller, locked_until_on=MARCH), by=make_user(Role.PARTNER), at=AT
        )
        assert refusal(invoice) == "period_locked"
        assert acted(invoice, date(2026, 4, 1)).number == "2026-0001"

    def test_a_draft_a_german_company_and_a_company_without_a_series_write_none(self, seller: Seller) -> None:
        assert refusal(make_invoice(make_client())) == "wrong_seller"
        other = russian_seller(code="other")
        Series.objects.filter(seller=other, kind="act").delete()
        assert refusal(make_invoice(russian_client(other))) == "series_missing"
        note = credit_invoice(
            billed(seller), kind=CreditKind.FULL, reason="wrong", issued_on=MARCH, by=make_user(), at=AT
        )
        assert refusal(note) == "wrong_status"

    def test_a_credited_invoice_waits_for_no_act(self, seller: Seller) -> None:
        invoice = billed(seller)
        assert list(awaiting_acts(Invoice.objects.all(), on=MARCH)) == [invoice]
        credit_invoice(invoice, kind=CreditKind.FULL, reason="wrong", issued_on=MARCH, by=make_user(), at=AT)
        assert not awaiting_acts(Invoice.objects.all(), on=MARCH).exists()
        assert refusal(invoice) == "nothing_rendered"

    def test_what_is_not_rendered_yet_does_not_wait(self, seller: Seller) -> None:
        invoice = billed(seller)
        assert invoice.supply_to == date(2026, 3, 10)
        assert not awaiting_acts(Invoice.objects.all(), on=date(2026, 3, 9)).exists()

    def test_many_are_made_or_refused_each_by_itself(self, seller: Seller) -> None:
        first, second = billed(seller), billed(seller)
        acted(first)
        made = make_acts([first, second], acted_on=MARCH, by=make_user(), at=AT)
        assert [act.invoice_id for act in made.acts] == [second.pk]
        assert [(invoice.pk, code_of_error(error)) for invoice, error in made.refused] == [(first.pk, "already_done")]
        assert usual_day([second], on=date(2026, 5, 1)) == MARCH

    def test_the_database_takes_acts_of_issued_invoices_of_their_company_alone(self, seller: Seller) -> None:
        series = Series.objects.get(seller=seller, kind="act")
        said = {"series": series, "sequence": 1, "acted_on": MARCH, "made_by": make_user(), "created_at": AT}
        foreign, draft = make_invoice(make_client()), make_draft(russian_client(seller), rate="8000")
        for invoice in (foreign, draft):
            with pytest.raises(InternalError), transaction.atomic():
                ServiceAct.objects.create(invoice=invoice, seller=seller, number=f"x{invoice.pk}", **said)

    def test_an_act_is_never_changed(self, seller: Seller) -> None:
        act = acted(billed(seller))
        with pytest.raises(InternalError), transaction.atomic():
            ServiceAct.objects.filter(pk=act.pk).update(number="x")
        with pytest.raises(InternalError), transaction.atomic():
            ServiceAct.objects.filter(pk=act.pk).delete()


@pytest.mark.django_db(transaction=True)
def test_two_people_making_the_same_act_make_one() -> None:
    seller = russian_seller()
    invoices = [billed(seller) for _ in range(3)]
    people = [make_user(Role.FINANCE) for _ in range(2)]

    def one(person: Any) -> int:
        try:
            return len(make_acts(invoices, acted_on=MARCH, by=person, at=AT).acts)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(one, people)) == 3
    assert sorted(ServiceAct.objects.values_list("number", flat=True)) == ["2026-0001", "2026-0002", "2026-0003"]


class TestSignature:
    def test_it_is_recorded_once_and_can_be_taken_back(self, seller: Seller) -> None:
        act, finance = acted(billed(seller)), make_user(Role.FINANCE)
        sign_act(act, signed_on=date(2026, 4, 2), signed_by="Иванов", by=finance, today=AT.date())
        with pytest.raises(ValidationError) as twice:
            sign_act(act, signed_on=date(2026, 4, 2), signed_by="Петров", by=finance, today=AT.date())
        assert code_of_error(twice.value) == "already_done"
        assert ServiceAct.objects.signed().get() == act
        take_back_signature(act)
        assert ServiceAct.objects.unsigned().get() == act
        with pytest.raises(ValidationError):
            take_back_signature(act)

    @pytest.mark.parametrize(("on", "code"), [(date(2026, 3, 30), "too_early"), (date(2026, 4, 3), "too_late")])
    def test_a_day_before_the_act_or_to_come_is_refused(self, seller: Seller, on: date, code: str) -> None:
        act = acted(billed(seller))
        with pytest.raises(ValidationError) as refused:
            sign_act(act, signed_on=on, signed_by="Иванов", by=make_user(), today=AT.date())
        assert code_of_error(refused.value) == code

    def test_a_month_without_a_signature_is_late(self, seller: Seller) -> None:
        act = acted(billed(seller))
        assert not ServiceAct.objects.late(on=date(2026, 4, 30)).exists()
        assert ServiceAct.objects.late(on=date(2026, 5, 1)).get() == act


class TestTakenBack:
    def test_a_wrong_act_makes_room_for_another_with_the_next_number(self, seller: Seller) -> None:
        invoice, by = billed(seller), make_user(Role.FINANCE)
        wrong = acted(invoice)
        withdraw_act(wrong, reason="wrong day", on=MARCH, by=by, at=AT)
        assert list(awaiting_acts(Invoice.objects.all(), on=MARCH)) == [invoice]
        other = acted(invoice)
        assert (wrong.number, other.number) == ("2026-0001", "2026-0002")
        assert list(ServiceAct.objects.standing()) == [other]
        assert refusal(invoice) == "already_done"

    @pytest.mark.parametrize(
        ("case", "code"), [("again", "already_done"), ("signed", "wrong_status"), ("no reason", "required")]
    )
    def test_not_twice_not_when_signed_and_not_without_a_reason(self, seller: Seller, case: str, code: str) -> None:
        act, by = acted(billed(seller)), make_user(Role.FINANCE)
        if case == "again":
            withdraw_act(act, reason="wrong", on=MARCH, by=by, at=AT)
        if case == "signed":
            sign_act(act, signed_on=MARCH, signed_by="И. Белова", by=by, today=MARCH)
        with pytest.raises(ValidationError) as refused:
            withdraw_act(act, reason="" if case == "no reason" else "wrong", on=MARCH, by=by, at=AT)
        assert code_of_error(refused.value) == code

    def test_it_is_not_signed_any_more_and_not_late(self, seller: Seller) -> None:
        act, by = acted(billed(seller)), make_user(Role.FINANCE)
        withdraw_act(act, reason="wrong", on=MARCH, by=by, at=AT)
        with pytest.raises(ValidationError) as refused:
            sign_act(act, signed_on=MARCH, signed_by="И. Белова", by=by, today=MARCH)
        assert code_of_error(refused.value) == "wrong_status"
        assert not ServiceAct.objects.late(on=date(2027, 1, 1)).exists()

    def test_the_database_keeps_one_standing_act_and_no_signed_one_taken_back(self, seller: Seller) -> None:
        act, by = acted(billed(seller)), make_user(Role.FINANCE)
        fields = {name: getattr(act, name) for name in ("invoice", "seller", "series", "acted_on", "rows")}
        with pytest.raises(DatabaseError, match="has its act already"), transaction.atomic():
            ServiceAct.objects.create(**fields, number="9", sequence=2, made_by=by, created_at=AT)
        sign_act(act, signed_on=MARCH, signed_by="И. Белова", by=by, today=MARCH)
        with pytest.raises(DatabaseError, match="not taken back"), transaction.atomic():
            ServiceActWithdrawal.objects.create(act=act, withdrawn_on=MARCH, reason="x", made_by=by, created_at=AT)


def test_services_from_before_the_first_day_of_acts_need_none(seller: Seller) -> None:
    invoice = billed(seller)
    Seller.objects.filter(pk=seller.pk).update(acts_since_on=date(2026, 4, 1))
    assert not awaiting_acts(Invoice.objects.all(), on=MARCH).exists()
    Seller.objects.filter(pk=seller.pk).update(acts_since_on=invoice.supply_to)
    assert awaiting_acts(Invoice.objects.all(), on=MARCH).exists()


@pytest.mark.broken_books
def test_a_gap_among_acts_breaks_the_series(seller: Seller) -> None:
    act = acted(billed(seller))
    assert list(find_breaches()) == []
    SeriesYear.objects.filter(series=act.series).update(last_number=2)
    assert "series_without_gap" in {breach.invariant.name for breach in find_breaches()}
