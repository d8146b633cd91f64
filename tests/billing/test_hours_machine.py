"""Prepaid hours as a whole: whatever people do in whatever order, the services do what a simple model does.

After every step each balance, each entry's cover and every promise of the books is compared.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from billing.models import HourPackage, LedgerRow, Retainer
from billing.rules.expiry import refund_limit
from billing.services.approvals import reject_entries, submit_entries
from billing.services.corrections import credit_hours
from billing.services.drafting import draft_invoices
from billing.services.draws import give_back_draw
from billing.services.endings import end_hours
from billing.services.extensions import extend_package
from billing.services.issuing import issue_invoice
from billing.services.packages import buy_package, top_up
from billing.services.refunds import refund_package
from billing.services.retainers import agree_retainer
from billing.services.time import change_entry, delete_entry
from crm.periods import add_months, month_start
from tests.billing.hours_model import Pot
from tests.billing.hours_world import LONG_AGO, HoursWorld
from tests.make import make_cast, make_client, make_rate
from tests.make.invoices import make_series

POLICIES = ("bill_overage", "allow_negative", "require_top_up")
MINUTES = st.integers(1, 420)
PACKAGES = st.fixed_dictionaries(
    {
        "minutes": st.integers(30, 900),
        "days": st.integers(0, 40) | st.none(),
        "before": st.integers(0, 20),
        "policy": st.sampled_from(POLICIES),
        "factor": st.sampled_from(["1", "1", "1.5", "2"]),
        "granted": st.booleans(),
        "on_log": st.booleans(),
        "priority": st.sampled_from([1, 1, 2]),
    }
)
RETAINER: dict[str, st.SearchStrategy[Any]] = {
    "minutes": st.integers(60, 600),
    "kept": st.sampled_from(["none", "unlimited", "capped", "capped"]),
    "policy": st.sampled_from(POLICIES),
    "deficit": st.booleans(),
}
RETAINERS = st.fixed_dictionaries(RETAINER)


class HoursMachine(HoursWorld):
    """What people do, by the real services and by the model."""

    @initialize(packages=st.tuples(PACKAGES, PACKAGES, PACKAGES), contract=st.none() | RETAINERS)
    def open_the_firm(self, packages: tuple[dict[str, Any], ...], contract: dict[str, Any] | None) -> None:
        self.cast = make_cast()
        self.client = make_client()
        make_rate()
        make_series(self.seller)
        for terms in packages:
            self.buy(terms)
        if contract:
            self.sign_retainer(**contract)

    @rule(terms=PACKAGES)
    def buy(self, terms: dict[str, Any]) -> None:
        package = HourPackage(
            client=self.client,
            seller=self.seller,
            name="",
            kind="granted" if terms["granted"] else "paid",
            grant_reason="A gift",
            purchased_minutes=terms["minutes"],
            price=Decimal(0) if terms["granted"] else Decimal("97.31"),
            currency="EUR",
            price_includes_tax=True,
            valid_from=self.today - timedelta(days=terms["before"]),
            expires_on=None if terms["days"] is None else self.today + timedelta(days=terms["days"]),
            priority=terms["priority"],
            overage_policy=terms["policy"],
            negative_limit_minutes=90,
            draw_on_log=terms["on_log"],
            burn_factor=Decimal(terms["factor"]),
        )
        buy_package(package, by=self.cast.manager, on=self.today, at=self.at)
        pot = Pot(
            number=package.account_id,
            balance=terms["minutes"],
            first=package.valid_from,
            last=package.expires_on,
            limit=90,
            **{name: terms[name] for name in ("priority", "granted", "policy", "on_log")},
            factor=Fraction(terms["factor"]),
        )
        self.books.pots.append(pot)
        self.books.settle_waiting()

    @precondition(lambda self: self.retainer is None)
    @rule(minutes=RETAINER["minutes"], kept=RETAINER["kept"], policy=RETAINER["policy"], deficit=RETAINER["deficit"])
    def sign_retainer(self, minutes: int, kept: str, policy: str, deficit: bool) -> None:
        self.retainer = Retainer(
            client=self.client,
            seller=self.seller,
            name="Support",
            monthly_fee=Decimal("500.00"),
            currency="EUR",
            starts_on=month_start(self.today),
            term_months=120,
            status="active",
            included_minutes=minutes,
            rollover=kept,
            rollover_cap_minutes=45,
            overage_policy=policy,
            negative_limit_minutes=60,
            carries_deficit=deficit,
        )
        agree_retainer(self.retainer, by=self.cast.manager, on=self.today, at=self.at)
        self.note_periods()

    @rule(
        worked=st.lists(st.tuples(MINUTES, st.integers(0, 35)), min_size=1, max_size=3),
        until=st.sampled_from(
            ["draft", "submitted", "approved", "approved", "invoiced", "credited", "corrected", "taken_back"]
        ),
        data=st.data(),
    )
    def work(self, worked: list[tuple[int, int]], until: str, data: st.DataObject) -> None:
        """Work of some days, and how far it gets at once."""
        for minutes, ago in worked:
            day = self.today - timedelta(days=ago)
            self.log(minutes, day, data.draw(st.sampled_from([None, None, *self.linkable(day)])))
        for reached, act in (("draft", self.submit), ("submitted", self.approve_all), ("approved", self.invoice)):
            if until == reached:
                return
            act()
        if until in ("corrected", "taken_back"):
            self.correct_now(1 + worked[0][0] % 15)
        if until in ("credited", "taken_back"):
            self.credit_now(max(self.bills))

    @rule()
    def submit(self) -> None:
        drafts = self.with_status("draft")
        if drafts:
            submit_entries([piece.number for piece in drafts], at=self.at)
        for piece in drafts:
            piece.status, piece.rejected = "submitted", False

    def approve_all(self) -> None:
        self.approve_now(self.with_status("submitted"))

    @precondition(lambda self: self.with_status("submitted"))
    @rule(share=st.integers(1, 3), turned=st.booleans())
    def approve(self, share: int, turned: bool) -> None:
        chosen = self.with_status("submitted")[::share]
        self.approve_now(chosen[::-1] if turned else chosen)

    @precondition(lambda self: self.with_status("submitted"))
    @rule(data=st.data())
    def reject(self, data: st.DataObject) -> None:
        piece = data.draw(st.sampled_from(self.with_status("submitted")))
        reject_entries([piece.number], comment="Which server?", by=self.cast.partner, at=self.at)
        piece.status, piece.rejected = "draft", True
        self.books.end(self.today)

    @precondition(lambda self: any(piece.on_log for piece in self.with_status("approved")))
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        piece = data.draw(st.sampled_from([piece for piece in self.with_status("approved") if piece.on_log]))

        def act() -> None:
            give_back_draw(self.entry(piece), comment="Which server?", by=self.cast.partner, at=self.at)

        if self.goes_unless(piece.stands, act, "wrong_status"):
            self.books.give_back(piece, self.today)

    @precondition(lambda self: self.books.pieces)
    @rule(data=st.data(), minutes=MINUTES)
    def change(self, data: st.DataObject, minutes: int) -> None:
        piece = data.draw(st.sampled_from(self.books.pieces))

        def act() -> None:
            changes = {"minutes": minutes, "decision": "billable"}
            change_entry(self.entry(piece), changes=changes, by=self.cast.partner, at=self.at)

        if self.goes_unless(piece.status == "invoiced" or piece.stands, act, "wrong_status"):
            self.books.change(piece, minutes, self.today)

    @precondition(lambda self: self.books.pieces)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        piece = data.draw(st.sampled_from(self.books.pieces))

        def act() -> None:
            delete_entry(self.entry(piece), by=self.cast.partner, at=self.at)

        if self.goes_unless(piece.status == "invoiced" or piece.stands, act, "wrong_status"):
            self.books.free(piece)
            self.books.pieces.remove(piece)
            self.books.end(self.today)

    @rule(days=st.integers(1, 40))
    def wait(self, days: int) -> None:
        """Days pass, and the night job runs; a second run finds nothing to do."""
        self.today += timedelta(days=days)
        end_hours(on=self.today, at=self.at)
        assert end_hours(on=self.today, at=self.at) == 0
        self.note_periods()
        self.books.end(self.today)

    @precondition(lambda self: self.linkable(self.today))
    @rule(beyond=st.integers(1, 120))
    def use_everything_up(self, beyond: int) -> None:
        """One piece of work through all packages and past the last, whose policy the rest then follows."""
        there = sum(max(0, pot.balance) for pot in self.books.pots if pot.valid(self.today))
        self.log(min(1440, there + beyond), self.today, None)
        self.submit()
        self.approve_now(self.with_status("submitted"))

    @precondition(lambda self: self.retainer)
    @rule(minutes=st.integers(15, 300), kept=st.booleans())
    def turn_the_month(self, minutes: int, kept: bool) -> None:
        """Work is still pending when the month ends: what it held is carried on, or drawn, only afterwards."""
        self.log(minutes, self.today, None)
        piece = self.books.pieces[-1]
        self.submit()
        following = add_months(month_start(self.today), 1)
        self.wait((following - self.today).days + 1)
        if kept and piece.status == "submitted":
            self.approve_now([piece])
        elif piece.status == "submitted":
            reject_entries([piece.number], comment="Which server?", by=self.cast.partner, at=self.at)
            piece.status, piece.rejected = "draft", True
            self.books.end(self.today)

    @precondition(lambda self: any(pot.expired > 1 for pot in self.packages()))
    @rule(data=st.data())
    def fetch_a_part_back(self, data: st.DataObject) -> None:
        """Late work for the last valid day takes some of what expired; the rest stays expired."""
        pot = data.draw(st.sampled_from([pot for pot in self.packages() if pot.expired > 1]))
        self.log(data.draw(st.integers(1, min(420, pot.expired))), pot.last or self.today, None)
        self.submit()
        self.approve_now(self.with_status("submitted"))

    @precondition(lambda self: self.packages())
    @rule(data=st.data(), minutes=st.integers(1, 300))
    def add_hours(self, data: st.DataObject, minutes: int) -> None:
        pot = data.draw(st.sampled_from(self.packages()))

        def act() -> None:
            top_up(
                self.package(pot), minutes=minutes, price=Decimal(0), by=self.cast.manager, on=self.today, at=self.at
            )

        if self.goes_unless(pot.over(self.today), act, "wrong_status"):
            pot.balance += minutes
            self.books.settle_waiting()

    @precondition(lambda self: any(pot.last for pot in self.packages()))
    @rule(data=st.data(), days=st.none() | st.integers(1, 60))
    def extend(self, data: st.DataObject, days: int | None) -> None:
        pot = data.draw(st.sampled_from([pot for pot in self.packages() if pot.last]))
        until = pot.last + timedelta(days=days) if pot.last and days else None
        extend_package(
            self.package(pot), expires_on=until, reason="Late", by=self.cast.partner, on=self.today, at=self.at
        )
        pot.last = until
        if not pot.over(self.today):
            pot.balance, pot.expired = pot.balance + pot.expired, 0
        self.books.settle_waiting()

    @precondition(lambda self: self.packages())
    @rule(data=st.data(), minutes=st.integers(1, 300))
    def refund(self, data: st.DataObject, minutes: int) -> None:
        pot = data.draw(st.sampled_from(self.packages()))
        package, given = self.package(pot), self.refunded.get(pot.number, Decimal(0))
        most = refund_limit(minutes, purchased=package.purchased_minutes, price=package.price, currency="EUR")
        made: list[LedgerRow] = []

        def act() -> None:
            done = refund_package(
                package, minutes=minutes, reason="Moves abroad", by=self.cast.finance, on=self.today, at=self.at
            )
            made.append(done.row)

        unused = pot.balance - self.books.held(pot, rejected=False)
        if self.goes_unless(minutes > unused, act, "balance_limit"):
            pot.balance -= minutes
            assert made[0].price == min(most, package.price - given)
            self.refunded[pot.number] = given + made[0].price

    @rule()
    def invoice(self) -> None:
        """All that is approved, prepaid hours at 0.00 beside an hour that no package ever covered."""
        self.log(60, LONG_AGO, None)
        self.submit()
        self.approve_now(self.with_status("submitted")[-1:])
        approved = self.with_status("approved")
        (draft,) = draft_invoices(self.client, through=self.today, by=None, on=self.today).drafts
        bill = self.bills[draft.pk] = issue_invoice(draft, issued_on=self.today, by=self.cast.finance, at=self.at)
        for piece in approved:
            piece.price_bill = bill.pk if piece.priced and piece.price_bill is None else piece.price_bill
            for draw in piece.draws:
                draw.bill = bill.pk if draw.bill is None else draw.bill
            piece.status = "invoiced" if piece.whole else "approved"

    @precondition(lambda self: self.bills)
    @rule(data=st.data())
    def credit(self, data: st.DataObject) -> None:
        """All of it: priced work is work in progress again, prepaid hours go back and ask for approval again."""
        self.credit_now(data.draw(st.sampled_from(sorted(self.bills))))

    @rule(minutes=st.integers(1, 60))
    def correct(self, minutes: int) -> None:
        self.correct_now(minutes)

    def correct_now(self, minutes: int) -> None:
        """Minutes of locked work come back today to the package that paid first, where that is valid."""
        locked = [piece for piece in self.with_status("invoiced") if piece.draws and not piece.corrected]
        payers = [
            (p, p.draws[0].pot) for p in locked if not (p.draws[0].pot.allowance or p.draws[0].pot.over(self.today))
        ]
        if not payers:
            return
        piece, pot = payers[-1]
        act = partial(
            credit_hours,
            self.entry(piece),
            self.package(pot),
            minutes=minutes,
            reason="Logged twice",
            by=self.cast.finance,
            on=self.today,
            at=self.at,
        )
        drawn = sum(draw.drawn for draw in piece.draws if draw.pot is pot)
        if self.goes_unless(minutes > drawn, act, "balance_limit"):
            piece.corrected = minutes
            pot.balance += minutes
            self.books.settle_waiting()


def run_machine(number: int, *, examples: int, steps: int, phases: Sequence[Phase] = tuple(Phase)) -> None:
    """One seed; the same seed always takes the same way. Without `Phase.shrink` a failure is told as it was found."""
    limits = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(number)(type("Seeded", (HoursMachine,), {})), settings=limits)


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 2, 3])
def test_any_order_of_acts_leaves_the_books_of_the_model(number: int) -> None:
    run_machine(number, examples=10, steps=14, phases=[Phase.generate])


@pytest.mark.soak
@pytest.mark.django_db
@pytest.mark.parametrize("number", range(11, 21))
def test_many_orders_of_acts_leave_the_books_of_the_model(number: int) -> None:
    run_machine(number, examples=50, steps=50)
