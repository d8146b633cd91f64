"""billing.services.packages: selling, topping up, voiding; alerts and figures that follow."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from billing.models import HourAccount, HourPackage, Invoice, InvoiceLine, LedgerRow, PackageAlert, TimeEntry
from billing.reports.overruns import unannounced_by_offer
from billing.services.agreed_drafts import draft_package_invoice
from billing.services.approvals import approve_entries
from billing.services.drafting import plan_drafts
from billing.services.figures import refresh_hours
from billing.services.issuing import issue_invoice
from billing.services.notices import bill_announced
from billing.services.packages import change_package, sell_package, top_up, void_package
from billing.services.payments import Receipt, book_payment
from billing.services.waiting import cover_all_paid_work, cover_paid_work
from clients.models import Client, ClientFigure, Task
from tests.make import Cast, log, make_client, make_package, make_rate, make_time_lock, submitted
from tests.make.hours import AT, DAY
from tests.make.invoices import make_series
from tests.make.offers import make_accepted_offer

pytestmark = pytest.mark.django_db


def balance(package: HourPackage) -> int:
    return HourAccount.objects.values_list("balance_minutes", flat=True).get(pk=package.account_id)


def approve(client: Client, cast: Cast, minutes: int, **kw: object) -> TimeEntry:
    entry = submitted(client, cast.consultant, minutes, **kw)
    return approve_entries([entry.pk], by=cast.partner, at=AT)[0]


def test_a_sale_is_a_purchase_in_the_ledger() -> None:
    package = make_package(hours=50, price=Decimal("6750.00"), valid_from=date(2026, 2, 1))
    row = LedgerRow.objects.get()
    assert (row.kind, row.minutes, row.balance_minutes, row.price) == ("purchase", 3000, 3000, Decimal("6750.00"))
    assert row.occurred_on == date(2026, 2, 1)
    assert balance(package) == 3000


def test_a_grant_is_a_grant_and_needs_a_reason() -> None:
    make_package(kind="granted", grant_reason="For the delay", price=Decimal(0))
    assert LedgerRow.objects.get().kind == "grant"
    with pytest.raises(ValidationError) as refused:
        make_package(kind="granted", price=Decimal(0))
    assert "reason" in refused.value.messages[0]


@pytest.mark.parametrize("hours", [0, -5])
def test_a_package_has_minutes(hours: int) -> None:
    with pytest.raises(ValidationError):
        make_package(hours=hours)
    assert not LedgerRow.objects.exists()


def test_a_top_up_adds_hours_and_price(cast: Cast) -> None:
    package = make_package(hours=50, price=Decimal("6750.00"))
    package = top_up(package, minutes=6000, price=Decimal("12800.00"), by=cast.manager, on=DAY, at=AT)
    assert (package.purchased_minutes, package.price, balance(package)) == (9000, Decimal("19550.00"), 9000)
    assert list(LedgerRow.objects.values_list("price", flat=True)) == [Decimal("6750.00"), Decimal("12800.00")]


def test_a_sale_is_drafted_as_an_advance_invoice_of_its_own_and_so_is_each_top_up(cast: Cast) -> None:
    client = make_client()
    fields = {"purchased_minutes": 3000, "currency": "EUR", "valid_from": DAY, "price_includes_tax": True}
    new = HourPackage(client=client, seller=client.default_seller, price=Decimal("6750.00"), **fields)
    package = sell_package(new, by=cast.manager, on=DAY, at=AT)
    top_up(package, minutes=600, price=Decimal("1300.00"), by=cast.manager, on=DAY, at=AT)
    drafts = Invoice.objects.filter(status="draft").order_by("pk")
    assert [draft.gross_amount for draft in drafts] == [Decimal("6750.00"), Decimal("1300.00")]
    assert list(InvoiceLine.objects.sale_of(package)) == [drafts[1].lines.get(), drafts[0].lines.get()]


def test_what_costs_nothing_has_no_invoice(cast: Cast) -> None:
    client = make_client()
    fields = {"purchased_minutes": 60, "currency": "EUR", "valid_from": DAY, "price": 0}
    gift = HourPackage(client=client, seller=client.default_seller, kind="granted", grant_reason="Late", **fields)
    top_up(
        sell_package(gift, by=cast.manager, on=DAY, at=AT), minutes=60, price=Decimal(0), by=cast.manager, on=DAY, at=AT
    )
    assert not Invoice.objects.exists()


def test_a_top_up_of_nothing_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        top_up(make_package(), minutes=0, price=Decimal(0), by=cast.manager, on=DAY, at=AT)
    assert "minutes" in refused.value.error_dict


def test_a_top_up_covers_in_worked_order_what_waited_for_it(cast: Cast) -> None:
    make_rate()
    package = make_package(hours=1, overage_policy="require_top_up")
    late = approve(package.client, cast, 60, worked_on=date(2026, 6, 9))
    later = approve(package.client, cast, 120, worked_on=DAY)
    assert list(later.coverages.values_list("source", "minutes")) == [("none", 120)]
    top_up(package, minutes=90, price=Decimal("200.00"), by=cast.manager, on=DAY, at=AT)
    assert list(late.coverages.values_list("source", flat=True)) == ["package"]
    assert list(later.coverages.order_by("source").values_list("source", "minutes")) == [("none", 30), ("package", 90)]
    top_up(package, minutes=60, price=Decimal("100.00"), by=cast.manager, on=DAY, at=AT)
    assert list(later.coverages.values_list("source", "minutes")) == [("package", 90), ("package", 30)]
    assert balance(package) == 30


def test_a_top_up_leaves_closed_periods_alone(cast: Cast) -> None:
    make_rate()
    package = make_package(hours=1, overage_policy="require_top_up")
    waiting = approve(package.client, cast, 120)
    make_time_lock(DAY)
    top_up(package, minutes=600, price=Decimal("900.00"), by=cast.manager, on=DAY, at=AT)
    assert waiting.coverages.filter(source="none").get().minutes == 60
    assert balance(package) == 600


def test_a_package_is_void_only_while_nothing_was_drawn(cast: Cast) -> None:
    package = make_package()
    void_package(package, reason="Wrong client", by=cast.manager, on=DAY, at=AT)
    assert balance(package) == 0
    drawn = make_package()
    approve(drawn.client, cast, 60)
    with pytest.raises(ValidationError) as refused:
        void_package(drawn, reason="Wrong client", by=cast.manager, on=DAY, at=AT)
    assert refused.value.error_list[0].code == "wrong_status"


def test_voiding_drops_the_draft_of_its_invoice_and_is_refused_once_that_is_issued(cast: Cast) -> None:
    package = make_package()
    draft_package_invoice(package, by=None, on=DAY)
    void_package(package, reason="Wrong client", by=cast.manager, on=DAY, at=AT)
    assert not Invoice.objects.exists()
    sold = make_package()
    make_series(sold.seller)
    issue_invoice(draft_package_invoice(sold, by=None, on=DAY), issued_on=DAY, by=None, at=AT)
    with pytest.raises(ValidationError) as refused:
        void_package(sold, reason="Wrong client", by=cast.manager, on=DAY, at=AT)
    assert refused.value.error_list[0].code == "wrong_status"


def test_a_void_package_covers_nothing(cast: Cast) -> None:
    make_rate()
    package = make_package()
    void_package(package, reason="Wrong client", by=cast.manager, on=DAY, at=AT)
    assert log(package.client, cast.consultant).coverages.get().source == "time_and_materials"


def test_the_limit_below_zero_follows_the_policy(cast: Cast) -> None:
    package = make_package(overage_policy="allow_negative", negative_limit_minutes=300)
    assert package.account.overdraft_minutes == 300
    package.overage_policy = "bill_overage"
    change_package(package, by=None, at=AT)
    package.account.refresh_from_db()
    assert package.account.overdraft_minutes == 0


def test_alerts_come_once_at_each_mark_and_name_the_account_manager(cast: Cast) -> None:
    make_rate()
    client = make_client(account_manager=cast.manager)
    package = make_package(client, hours=10)
    for minutes in (240, 60, 60, 120, 90, 60):
        approve(client, cast, minutes)
    assert list(PackageAlert.objects.values_list("percent", flat=True)) == [50, 80, 95, 100]
    tasks = Task.objects.filter(kind="package_used")
    assert [task.assignee for task in tasks] == [cast.manager] * 4
    assert {task.source for task in tasks} == {f"package:{package.pk}:600:{mark}" for mark in (50, 80, 95, 100)}


def test_a_top_up_arms_the_alerts_again_that_are_no_longer_true(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    package = make_package(client, hours=10)
    approve(client, cast, 480)
    top_up(package, minutes=200, price=Decimal(0), by=cast.manager, on=DAY, at=AT)
    approve(client, cast, 180)
    assert list(PackageAlert.objects.filter(bought_minutes=800).values_list("percent", flat=True)) == [50, 80]
    assert Task.objects.filter(source=f"package:{package.pk}:800:80").count() == 1
    assert not Task.objects.filter(source=f"package:{package.pk}:800:50").exists()


def test_figures_of_the_client_move_with_draws_and_goodwill(cast: Cast) -> None:
    client = make_client()
    make_package(client, hours=10)
    approve(client, cast, 60)
    approve(client, cast, 40, billing_type="goodwill", reason="Late")
    figures = ClientFigure.objects.get(client=client)
    assert (figures.package_minutes, figures.package_minutes_bought, figures.goodwill_minutes) == (540, 600, 40)
    refresh_hours(on=DAY)
    assert ClientFigure.objects.get(client=client).package_minutes == 540
    refresh_hours(on=date(2027, 1, 1))
    assert ClientFigure.objects.get(client=client).goodwill_minutes == 0


def issue_and_pay(cast: Cast) -> None:
    draft = Invoice.objects.drafts().get()
    invoice = issue_invoice(draft, issued_on=DAY, by=cast.finance, at=AT)
    receipt = Receipt(
        client=invoice.client,
        seller=invoice.seller,
        currency=invoice.currency,
        amount=invoice.gross_amount,
        received_on=DAY,
    )
    book_payment(receipt, settles={invoice: invoice.gross_amount}, by=cast.finance, at=AT)


def sold(cast: Cast, **kw: Any) -> HourPackage:
    """Ten hours to be paid before use, with their draft invoice."""
    package = make_package(hours=10, price=Decimal("1500.00"), pay_before_use=True, **kw)
    make_series(package.seller)
    draft_package_invoice(package, by=cast.finance, on=DAY)
    return package


def test_of_hours_that_are_paid_before_use_only_paid_ones_are_drawn(cast: Cast) -> None:
    make_rate()
    package = sold(cast)
    issue_and_pay(cast)
    top_up(package, minutes=600, price=Decimal("1500.00"), by=cast.manager, on=DAY, at=AT)
    first = approve(package.client, cast, 720)
    assert list(first.coverages.values_list("source", "minutes")) == [("package", 600), ("time_and_materials", 120)]
    second = approve(package.client, cast, 60)
    assert (second.warnings, balance(package)) == (["package_unpaid", "overage"], 600)
    issue_and_pay(cast)
    third = approve(package.client, cast, 60)
    assert (list(third.coverages.values_list("source", flat=True)), balance(package)) == (["package"], 540)


def test_a_top_up_that_costs_nothing_asks_for_no_payment(cast: Cast) -> None:
    package = sold(cast)
    issue_and_pay(cast)
    top_up(package, minutes=60, price=Decimal(0), by=cast.manager, on=DAY, at=AT)
    approve(package.client, cast, 660)
    assert balance(package) == 0


def test_a_payment_covers_what_waited_for_it(cast: Cast) -> None:
    package = sold(cast, overage_policy="require_top_up")
    entry = approve(package.client, cast, 60)
    assert list(entry.coverages.values_list("source", flat=True)) == ["none"]
    cover_all_paid_work(at=AT)
    assert list(entry.coverages.values_list("source", flat=True)) == ["none"]
    issue_and_pay(cast)
    for _again in range(2):
        cover_paid_work(package.client, by=None, at=AT)
    assert (list(entry.coverages.values_list("source", flat=True)), balance(package)) == (["package"], 540)


def test_what_awaited_a_top_up_is_billed_once_the_package_bills_overage(cast: Cast) -> None:
    make_rate()
    package = make_package(hours=1, overage_policy="require_top_up")
    entry = approve(package.client, cast, 180)
    assert list(entry.coverages.values_list("source", "minutes")) == [("package", 60), ("none", 120)]
    package.name = "Support"
    change_package(package, by=cast.manager, at=AT)
    assert list(entry.coverages.values_list("source", "minutes")) == [("package", 60), ("none", 120)]
    package.overage_policy = "bill_overage"
    for _again in range(2):
        change_package(package, by=cast.manager, at=AT)
    rows = entry.coverages.values_list("source", "minutes", "amount")
    assert list(rows) == [("package", 60, Decimal(0)), ("time_and_materials", 120, Decimal("300.00"))]


def test_work_under_an_offer_that_awaits_hours_is_no_overrun(cast: Cast) -> None:
    offer = make_accepted_offer()  # four hours
    package = make_package(offer.client, hours=1, overage_policy="require_top_up")
    entry = approve(offer.client, cast, 120, offer=offer, hour_package=package)
    assert sorted(entry.coverages.values_list("source", "minutes", "offer")) == [
        ("none", 60, None),
        ("package", 60, offer.pk),
    ]
    assert unannounced_by_offer(cast.partner) == []
    skipped = [(row.entry, row.reason) for row in plan_drafts(offer.client, through=DAY).skipped]
    assert (entry, "awaiting_top_up") in skipped
    assert bill_announced(offer) == 0
    top_up(package, minutes=600, price=Decimal(0), by=cast.manager, on=DAY, at=AT)
    assert sorted(entry.coverages.values_list("source", "minutes")) == [("package", 60), ("package", 60)]


def test_changed_terms_do_not_undo_a_top_up_that_came_meanwhile(cast: Cast) -> None:
    package = make_package(hours=10, price=Decimal("1500.00"))
    read_before = HourPackage.objects.get(pk=package.pk)
    top_up(package, minutes=60, price=Decimal(150), by=cast.manager, on=DAY, at=AT)
    read_before.name = "Support"
    change_package(read_before, by=None, at=AT)
    package.refresh_from_db()
    assert (package.name, package.purchased_minutes, package.price) == ("Support", 660, Decimal("1650.00"))
