"""billing.rules.coverage and .accounts: the domain's examples, the policies, and laws that hold."""

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.accounts import (
    Account,
    AccountKind,
    LinkProblem,
    LinkRefusedError,
    OveragePolicy,
    Work,
    order_accounts,
)
from billing.rules.coverage import (
    Cover,
    CoverWarning,
    OfferBasis,
    OfferTerms,
    Source,
    cover,
    draws_on_saving,
)
from billing.rules.rates import HourlyPrice, RateProblem, RateScope

CLIENT, SELLER, AUDIT, LAW = 1, 1, 10, 11
PRICE = HourlyPrice(Decimal("150.00"), "EUR", price_includes_tax=True, scope=RateScope.SELLER, rate_id=7)
OVERAGE = HourlyPrice(Decimal("120.00"), "EUR", price_includes_tax=True)


def make_account(number: int = 1, **kw: Any) -> Account:
    fields: dict[str, Any] = {
        "kind": AccountKind.PACKAGE,
        "client_id": CLIENT,
        "balance_minutes": 300,
        "valid_from": date(2026, 1, 1),
        "currency": "EUR",
        "price_includes_tax": True,
    }
    return Account(id=number, **(fields | kw))


def make_work(minutes: int = 60, **kw: Any) -> Work:
    fields: dict[str, Any] = {"client_id": CLIENT, "worked_on": date(2026, 6, 10), "currency": "EUR"}
    return Work(billed_minutes=minutes, **(fields | kw))


def make_offer(basis: OfferBasis, left: int | None = None) -> OfferTerms:
    return OfferTerms(id=5, basis=basis, currency="EUR", price_includes_tax=True, left_minutes=left)


def shape(covered: Cover) -> list[tuple[str, int | None, int]]:
    """Source, the account drawn on (else the one whose policy rules) and minutes of each row."""
    return [(row.source.value, row.account_id or row.ruling_id, row.covered_minutes) for row in covered.rows]


P1 = make_account(1, balance_minutes=300, expires_on=date(2026, 6, 30), overage_price=OVERAGE)
P2 = make_account(2, balance_minutes=3000, expires_on=date(2026, 12, 31))


class TestExamples:
    def test_seven_hours_take_five_from_the_first_package_and_two_from_the_second(self) -> None:
        covered = cover(make_work(420), [P2, P1], price=PRICE)
        assert shape(covered) == [("package", 1, 300), ("package", 2, 120)]
        assert [row.drawn_minutes for row in covered.rows] == [300, 120]

    def test_after_the_first_package_expired_all_seven_come_from_the_second(self) -> None:
        covered = cover(make_work(420, worked_on=date(2026, 7, 1)), [P1, P2], price=PRICE)
        assert shape(covered) == [("package", 2, 420)]

    def test_with_the_first_alone_the_rest_bills_at_its_overage_rate(self) -> None:
        covered = cover(make_work(420), [P1], price=PRICE)
        assert shape(covered) == [("package", 1, 300), ("time_and_materials", 1, 120)]
        assert [row.amount for row in covered.rows] == [Decimal("0.00"), Decimal("240.00")]
        assert covered.warnings == (CoverWarning.OVERAGE,)

    @pytest.mark.parametrize("on", [date(2026, 1, 1), date(2026, 6, 30)])
    def test_both_bounds_of_validity_are_inclusive(self, on: date) -> None:
        assert shape(cover(make_work(60, worked_on=on), [P1], price=PRICE)) == [("package", 1, 60)]

    @pytest.mark.parametrize("on", [date(2025, 12, 31), date(2026, 7, 1)])
    def test_a_day_outside_is_not_covered(self, on: date) -> None:
        assert shape(cover(make_work(60, worked_on=on), [P1], price=PRICE)) == [("time_and_materials", None, 60)]

    @pytest.mark.parametrize(("minutes", "amount"), [(30, "75.00"), (120, "300.00")])
    def test_time_and_materials_bills_the_time_actually_spent(self, minutes: int, amount: str) -> None:
        (row,) = cover(make_work(minutes), [], price=PRICE, offer=make_offer(OfferBasis.ACTUAL)).rows
        assert (row.source, row.amount, row.price_includes_tax) == (
            Source.TIME_AND_MATERIALS,
            Decimal(amount),
            True,
        )

    def test_nothing_billed_has_no_rows(self) -> None:
        assert cover(make_work(0), [P1], price=PRICE) == Cover()


class TestOrder:
    def test_packages_stand_by_priority_expiry_grant_start_and_id(self) -> None:
        in_order = [
            make_account(9, kind=AccountKind.ALLOWANCE, priority=5),
            make_account(8, priority=-1),
            make_account(7, expires_on=date(2026, 8, 1)),
            make_account(6, expires_on=date(2026, 9, 1)),
            make_account(5, granted=True, valid_from=date(2026, 5, 1)),
            make_account(4, valid_from=date(2025, 1, 1)),
            make_account(2),
            make_account(3),
        ]
        shuffled = random.Random(1).sample(in_order, len(in_order))
        assert order_accounts(shuffled, make_work()) == in_order

    def test_the_explicit_package_comes_before_the_allowance(self) -> None:
        allowance = make_account(3, kind=AccountKind.ALLOWANCE, balance_minutes=600)
        accounts = [allowance, P1, P2]
        assert shape(cover(make_work(60), accounts, price=PRICE)) == [("retainer", 3, 60)]
        covered = cover(make_work(60, package_id=2), accounts, price=PRICE)
        assert shape(covered) == [("package", 2, 60)]
        assert covered.warnings == ()

    def test_packages_of_another_service_line_or_seller_stay_untouched(self) -> None:
        accounts = [make_account(1, service_line_ids=frozenset({LAW})), make_account(2, seller_id=2)]
        work = make_work(60, service_line_id=AUDIT, seller_id=SELLER)
        assert shape(cover(work, accounts, price=PRICE)) == [("time_and_materials", None, 60)]


class TestExplicitLinks:
    @pytest.mark.parametrize(
        ("changes", "problem"),
        [
            ({"client_id": 99}, LinkProblem.FOREIGN),
            ({"seller_id": 99}, LinkProblem.OTHER_SELLER),
            ({"valid_from": date(2026, 6, 11)}, LinkProblem.NOT_YET_VALID),
            ({"expires_on": date(2026, 6, 9)}, LinkProblem.EXPIRED),
            ({"service_line_ids": frozenset({LAW})}, LinkProblem.OUT_OF_SCOPE),
            ({"kind": AccountKind.ALLOWANCE}, LinkProblem.FOREIGN),
        ],
    )
    def test_a_link_that_cannot_be_is_refused_with_its_code(
        self, changes: dict[str, Any], problem: LinkProblem
    ) -> None:
        work = make_work(package_id=1, seller_id=SELLER, service_line_id=AUDIT)
        with pytest.raises(LinkRefusedError) as refusal:
            cover(work, [make_account(1, **changes), P2], price=PRICE)
        assert refusal.value.code is problem

    def test_a_package_that_nobody_knows_is_foreign(self) -> None:
        with pytest.raises(LinkRefusedError, match="package_foreign"):
            cover(make_work(package_id=77), [P1], price=PRICE)

    def test_an_exhausted_package_falls_through_with_a_warning(self) -> None:
        empty = make_account(1, balance_minutes=0)
        covered = cover(make_work(60, package_id=1), [empty, P2], price=PRICE)
        assert shape(covered) == [("package", 2, 60)]
        assert covered.warnings == (CoverWarning.PACKAGE_EXHAUSTED,)


class TestPolicies:
    def test_an_exhausted_package_without_an_overage_price_bills_the_ordinary_rate(self) -> None:
        covered = cover(make_work(60), [make_account(1, balance_minutes=0)], price=PRICE)
        assert covered.rows[0].amount == Decimal("150.00")
        assert covered.rows[0].ruling_id is None

    def test_an_overdraft_is_one_row_down_to_the_limit_and_the_rest_bills(self) -> None:
        account = make_account(1, balance_minutes=30, overage=OveragePolicy.ALLOW_NEGATIVE, negative_limit_minutes=60)
        within = cover(make_work(80), [account], price=PRICE)
        assert shape(within) == [("package", 1, 80)]
        assert within.warnings == (CoverWarning.BALANCE_NEGATIVE,)
        beyond = cover(make_work(120), [account], price=PRICE)
        assert shape(beyond) == [("package", 1, 90), ("time_and_materials", None, 30)]
        assert beyond.warnings == (CoverWarning.BALANCE_NEGATIVE, CoverWarning.NEGATIVE_LIMIT)

    def test_a_balance_that_is_negative_already_goes_on_to_the_limit(self) -> None:
        account = make_account(1, balance_minutes=-40, overage=OveragePolicy.ALLOW_NEGATIVE, negative_limit_minutes=60)
        assert shape(cover(make_work(60), [account], price=PRICE))[0] == ("package", 1, 20)

    def test_top_up_required_leaves_the_rest_waiting_and_never_billed(self) -> None:
        account = make_account(1, overage=OveragePolicy.REQUIRE_TOP_UP)
        covered = cover(make_work(420), [account], price=PRICE)
        assert shape(covered) == [("package", 1, 300), ("none", 1, 120)]
        assert covered.rows[1].amount == 0
        assert covered.warnings == (CoverWarning.AWAITING_TOP_UP,)

    def test_the_policy_of_the_last_package_drawn_rules(self) -> None:
        stale = make_account(3, balance_minutes=0, overage=OveragePolicy.REQUIRE_TOP_UP)
        assert shape(cover(make_work(420), [P1, stale], price=PRICE))[-1] == ("time_and_materials", 1, 120)
        assert shape(cover(make_work(60), [stale], price=PRICE)) == [("none", 3, 60)]

    def test_an_allowance_rules_where_there_is_no_package(self) -> None:
        allowance = make_account(3, kind=AccountKind.ALLOWANCE, balance_minutes=30, overage_price=OVERAGE)
        covered = cover(make_work(60), [allowance], price=PRICE)
        assert shape(covered) == [("retainer", 3, 30), ("time_and_materials", 3, 30)]
        assert covered.rows[1].amount == Decimal("60.00")

    def test_an_exhausted_package_rules_before_an_allowance(self) -> None:
        allowance = make_account(3, kind=AccountKind.ALLOWANCE, balance_minutes=30, overage_price=OVERAGE)
        empty = make_account(1, balance_minutes=0, overage=OveragePolicy.REQUIRE_TOP_UP)
        covered = cover(make_work(60), [allowance, empty], price=PRICE)
        assert shape(covered) == [("retainer", 3, 30), ("none", 1, 30)]

    def test_a_named_package_that_is_unpaid_is_not_called_exhausted(self) -> None:
        unpaid = make_account(1, awaits_payment=True)
        covered = cover(make_work(60, package_id=1), [unpaid, P2], price=PRICE)
        assert shape(covered) == [("package", 2, 60)]
        assert covered.warnings == (CoverWarning.PACKAGE_UNPAID,)

    def test_an_unpaid_package_is_skipped_like_an_exhausted_one(self) -> None:
        unpaid = make_account(1, awaits_payment=True, expires_on=date(2026, 6, 30))
        covered = cover(make_work(60), [unpaid, P2], price=PRICE)
        assert shape(covered) == [("package", 2, 60)]
        assert covered.warnings == (CoverWarning.PACKAGE_UNPAID,)

    def test_an_unpaid_package_allows_no_overdraft(self) -> None:
        unpaid = make_account(1, awaits_payment=True, overage=OveragePolicy.ALLOW_NEGATIVE, negative_limit_minutes=600)
        assert shape(cover(make_work(60), [unpaid], price=PRICE)) == [("time_and_materials", None, 60)]


class TestBurnFactor:
    def test_drawn_minutes_carry_the_factor_and_covered_ones_do_not(self) -> None:
        (row,) = cover(make_work(60), [make_account(1, factor=Decimal("1.5"))], price=PRICE).rows
        assert (row.covered_minutes, row.drawn_minutes) == (60, 90)

    def test_the_factor_touches_overage_only_where_it_is_set(self) -> None:
        empty = make_account(1, balance_minutes=0, factor=Decimal("1.5"))
        assert cover(make_work(60), [empty], price=PRICE).rows[0].amount == Decimal("150.00")
        charged = replace(empty, factor_on_overage=True)
        assert cover(make_work(60), [charged], price=PRICE).rows[0].amount == Decimal("225.00")


class TestOffers:
    def test_a_fixed_offer_takes_everything_at_no_amount(self) -> None:
        covered = cover(make_work(60), [P1], price=PRICE, offer=make_offer(OfferBasis.FIXED))
        assert [(row.source, row.covered_minutes, row.amount) for row in covered.rows] == [
            (Source.OFFER, 60, Decimal("0.00"))
        ]
        assert covered.warnings == ()

    def test_over_the_cap_the_offer_pays(self) -> None:
        covered = cover(make_work(60), [], price=PRICE, offer=make_offer(OfferBasis.NOT_TO_EXCEED, 45))
        assert [(row.source, row.covered_minutes, row.amount) for row in covered.rows] == [
            (Source.TIME_AND_MATERIALS, 45, Decimal("112.50")),
            (Source.OFFER, 15, Decimal("0.00")),
        ]
        assert covered.warnings == (CoverWarning.OVER_CAP,)

    def test_an_overrun_that_nobody_announced_bills_nothing(self) -> None:
        covered = cover(make_work(135), [], price=PRICE, offer=make_offer(OfferBasis.ACTUAL, 120))
        assert [(row.source, row.covered_minutes, row.amount) for row in covered.rows] == [
            (Source.TIME_AND_MATERIALS, 120, Decimal("300.00")),
            (Source.NONE, 15, Decimal("0.00")),
        ]
        assert covered.warnings == (CoverWarning.UNANNOUNCED_OVERRUN,)

    def test_work_on_an_offer_draws_only_on_a_package_that_was_named(self) -> None:
        offer = make_offer(OfferBasis.ACTUAL)
        assert shape(cover(make_work(60), [P1], price=PRICE, offer=offer)) == [("time_and_materials", None, 60)]
        assert shape(cover(make_work(60, package_id=1), [P1, P2], price=PRICE, offer=offer)) == [("package", 1, 60)]


class TestBlockers:
    def test_without_a_price_the_amount_is_unknown_and_approval_stops(self) -> None:
        covered = cover(make_work(60), [], price=None)
        assert covered.rows[0].amount is None
        assert covered.blockers == (RateProblem.MISSING,)

    def test_a_list_price_in_another_currency_stops_approval(self) -> None:
        covered = cover(make_work(60, currency="RUB"), [], price=PRICE)
        assert covered.blockers == (RateProblem.CURRENCY,)

    def test_an_agreements_own_price_may_be_in_another_currency(self) -> None:
        covered = cover(make_work(420, currency="RUB"), [P1], price=PRICE)
        assert covered.rows[1].currency == "EUR"
        assert covered.blockers == ()


class TestDrawOnSaving:
    def test_a_short_entry_within_the_balance_is_approved_by_saving(self) -> None:
        covered = cover(make_work(60), [P1], price=PRICE)
        assert draws_on_saving(covered, raw_minutes=120, draw_on_log_ids=[1])

    @pytest.mark.parametrize("raw", [121, 600])
    def test_a_long_one_is_not(self, raw: int) -> None:
        assert not draws_on_saving(cover(make_work(60), [P1], price=PRICE), raw_minutes=raw, draw_on_log_ids=[1])

    def test_nor_is_one_with_a_warning_a_decision_or_another_account(self) -> None:
        warned = cover(make_work(420), [P1], price=PRICE)
        undecided = cover(make_work(60, undecided="follow_up"), [P1], price=PRICE)
        other = cover(make_work(60), [P1], price=PRICE)
        assert undecided.needs_decision == "follow_up"
        assert not draws_on_saving(warned, raw_minutes=60, draw_on_log_ids=[1])
        assert not draws_on_saving(undecided, raw_minutes=60, draw_on_log_ids=[1])
        assert not draws_on_saving(other, raw_minutes=60, draw_on_log_ids=[2])
        assert not draws_on_saving(Cover(), raw_minutes=60, draw_on_log_ids=[1])


accounts_drawn = st.builds(
    make_account,
    number=st.just(0),
    kind=st.sampled_from(AccountKind),
    balance_minutes=st.integers(-120, 400),
    expires_on=st.sampled_from([None, date(2026, 6, 9), date(2026, 6, 10), date(2026, 12, 31)]),
    valid_from=st.sampled_from([date(2026, 1, 1), date(2026, 6, 10), date(2026, 6, 11)]),
    priority=st.integers(0, 2),
    granted=st.booleans(),
    factor=st.sampled_from([Decimal(1), Decimal("1.5"), Decimal(2), Decimal("0.75")]),
    awaits_payment=st.booleans(),
    overage=st.sampled_from(OveragePolicy),
    negative_limit_minutes=st.integers(120, 240),
    overage_price=st.sampled_from([None, OVERAGE]),
)
portfolios = st.lists(accounts_drawn, max_size=5).map(
    lambda drawn: [replace(account, id=number) for number, account in enumerate(drawn, start=1)]
)
offers = st.sampled_from([None, *(make_offer(basis, left) for basis in OfferBasis for left in (None, 0, 45))])


class TestLaws:
    @given(portfolios, st.integers(0, 900), offers)
    def test_covered_minutes_add_up_to_the_billed_ones_and_each_account_has_one_row(
        self, accounts: list[Account], minutes: int, offer: OfferTerms | None
    ) -> None:
        covered = cover(make_work(minutes), accounts, price=PRICE, offer=offer)
        assert covered.covered_minutes == minutes
        assert all(row.covered_minutes > 0 for row in covered.rows)
        assert all((row.account_id is not None) == (row.drawn_minutes > 0) for row in covered.rows)
        drawn = [row.account_id for row in covered.rows if row.drawn_minutes]
        assert len(drawn) == len(set(drawn))

    @given(portfolios, st.integers(0, 900))
    def test_no_balance_falls_below_its_limit(self, accounts: list[Account], minutes: int) -> None:
        by_id = {account.id: account for account in accounts}
        for row in cover(make_work(minutes), accounts, price=PRICE).rows:
            if row.drawn_minutes and row.account_id:
                account = by_id[row.account_id]
                may_overdraw = account.overage is OveragePolicy.ALLOW_NEGATIVE
                limit = account.negative_limit_minutes if may_overdraw else 0
                assert account.balance_minutes - row.drawn_minutes >= -limit
                assert account.link_problem(make_work(minutes)) is None
                assert not account.awaits_payment

    @given(portfolios, st.integers(1, 900))
    def test_a_later_account_is_touched_only_when_earlier_ones_are_used_up(
        self, accounts: list[Account], minutes: int
    ) -> None:
        drawn = {
            row.account_id: row.drawn_minutes
            for row in cover(make_work(minutes), accounts, price=PRICE).rows
            if row.source in (Source.PACKAGE, Source.RETAINER)
        }
        ordered = order_accounts(accounts, make_work(minutes))
        touched = [place for place, account in enumerate(ordered) if account.id in drawn]
        for account in ordered[: max(touched, default=0)]:
            assert account.room_minutes - drawn.get(account.id, 0) < account.factor

    @given(portfolios, st.integers(0, 900), st.randoms())
    def test_the_order_in_which_accounts_are_given_does_not_matter(
        self, accounts: list[Account], minutes: int, rng: random.Random
    ) -> None:
        shuffled = rng.sample(accounts, len(accounts))
        work = make_work(minutes)
        assert cover(work, shuffled, price=PRICE) == cover(work, accounts, price=PRICE)

    @given(portfolios, st.integers(1, 900))
    def test_awaiting_minutes_are_never_priced_and_charged_ones_always_are(
        self, accounts: list[Account], minutes: int
    ) -> None:
        for row in cover(make_work(minutes), accounts, price=PRICE).rows:
            charged = row.source is Source.TIME_AND_MATERIALS
            assert (row.amount or 0) > 0 if charged else row.amount == 0
