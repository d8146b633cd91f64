"""What pays for a piece of work: accounts of minutes in their order, an offer, or time and materials.

The preview that a person sees while typing and the write at approval call the same `cover`. The covered
minutes of its rows add up to the billed minutes exactly, and nothing here refuses work that was done.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from billing.rules.accounts import Account, AccountKind, OveragePolicy, Work, explicit_account, order_accounts
from billing.rules.rates import HourlyPrice, RateProblem, RateScope, price_problem
from billing.rules.rounding import NO_FACTOR, Part, cover_part

NOTHING = Decimal("0.00")
LOGGED_DRAW_LIMIT_MINUTES = 120


class Source(StrEnum):
    PACKAGE = "package"
    RETAINER = "retainer"
    TIME_AND_MATERIALS = "time_and_materials"
    OFFER = "offer"
    NONE = "none"


class OfferBasis(StrEnum):
    ACTUAL = "actual"
    NOT_TO_EXCEED = "not_to_exceed"
    FIXED = "fixed"


class CoverWarning(StrEnum):
    PACKAGE_EXHAUSTED = "package_exhausted"
    PACKAGE_UNPAID = "package_unpaid"
    OVERAGE = "overage"
    BALANCE_NEGATIVE = "balance_negative"
    NEGATIVE_LIMIT = "negative_limit"
    AWAITING_TOP_UP = "awaiting_top_up"
    OVER_CAP = "over_cap"
    UNANNOUNCED_OVERRUN = "unannounced_overrun"


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """The accepted offer that the work is linked to.

    `left_minutes`: how many minutes may still be charged at this work's place in worked order: what is left
    of a cap, or what overrun.split_entries allows; None without a limit.
    """

    id: int
    basis: OfferBasis
    currency: str
    price_includes_tax: bool
    left_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """Minutes with one source. An amount of None means that no price is known yet.

    `drawn_minutes` leave the account `account_id`. Of minutes that no account covers, `ruling_id` names the
    account whose policy they follow: its top-up is awaited, or its overage price applies.
    """

    source: Source
    covered_minutes: int
    amount: Decimal | None
    currency: str
    price_includes_tax: bool
    drawn_minutes: int = 0
    account_id: int | None = None
    ruling_id: int | None = None
    offer_id: int | None = None
    price: HourlyPrice | None = None
    factor: Decimal = NO_FACTOR


@dataclass(frozen=True, slots=True)
class Cover:
    """The answer: rows, what to tell, which choice is owed, and what stops approval."""

    rows: tuple[CoverageRow, ...] = ()
    warnings: tuple[CoverWarning, ...] = ()
    needs_decision: str = ""
    blockers: tuple[RateProblem, ...] = ()

    @property
    def covered_minutes(self) -> int:
        return sum(row.covered_minutes for row in self.rows)


_REST_WARNINGS = {
    OveragePolicy.BILL_OVERAGE: CoverWarning.OVERAGE,
    OveragePolicy.ALLOW_NEGATIVE: CoverWarning.NEGATIVE_LIMIT,
    OveragePolicy.REQUIRE_TOP_UP: CoverWarning.AWAITING_TOP_UP,
}


class _Draw(NamedTuple):
    account: Account
    part: Part


class _Share(NamedTuple):
    rows: tuple[CoverageRow, ...]
    warnings: tuple[CoverWarning, ...]


def cover(
    work: Work,
    accounts: Iterable[Account],
    *,
    price: HourlyPrice | None,
    offer: OfferTerms | None = None,
) -> Cover:
    """Cover billed minutes by the explicit package or offer, allowances, packages, time and materials.

    `price` is the time-and-materials price (rates.choose_price, with the offer's own where there is one).
    Work linked to an offer draws on an explicitly named package only. LinkRefusedError if that link is wrong.
    """
    known = [account.burning(work) for account in accounts]
    explicit = explicit_account(known, work)
    charged = _charged_minutes(work, offer)
    named = [explicit] if explicit else []
    usable = order_accounts(known, work) if offer is None else named
    shares = [
        _cover_charged(work, charged, usable, price),
        _cover_beyond(work.billed_minutes - charged, offer),
    ]
    rows = tuple(row for share in shares for row in share.rows)
    warnings = tuple(warning for share in shares for warning in share.warnings)
    return Cover(rows, warnings, work.undecided, _blockers(rows, work))


def draws_on_saving(
    covered: Cover,
    *,
    raw_minutes: int,
    draw_on_log_ids: Iterable[int],
    limit: int = LOGGED_DRAW_LIMIT_MINUTES,
) -> bool:
    """Whether saving the entry may approve it: short, within the balance, nothing to tell or to ask."""
    allowed = set(draw_on_log_ids)
    return (
        bool(covered.rows)
        and raw_minutes <= limit
        and not (covered.warnings or covered.needs_decision or covered.blockers)
        and all(row.source is Source.PACKAGE and row.account_id in allowed for row in covered.rows)
    )


def _charged_minutes(work: Work, offer: OfferTerms | None) -> int:
    if offer is None:
        return work.billed_minutes
    if offer.basis is OfferBasis.FIXED:
        return 0
    if offer.left_minutes is None:
        return work.billed_minutes
    return min(work.billed_minutes, max(0, offer.left_minutes))


def _cover_beyond(minutes: int, offer: OfferTerms | None) -> _Share:
    """Minutes that the offer keeps from being charged: fixed price, cap, an overrun that nobody announced."""
    if minutes <= 0 or offer is None:
        return _Share((), ())
    unannounced = offer.basis is OfferBasis.ACTUAL
    row = CoverageRow(
        Source.NONE if unannounced else Source.OFFER,
        minutes,
        NOTHING,
        offer.currency,
        offer.price_includes_tax,
        offer_id=offer.id,
    )
    warnings = {
        OfferBasis.ACTUAL: (CoverWarning.UNANNOUNCED_OVERRUN,),
        OfferBasis.NOT_TO_EXCEED: (CoverWarning.OVER_CAP,),
        OfferBasis.FIXED: (),
    }
    return _Share((row,), warnings[offer.basis])


def _cover_charged(work: Work, minutes: int, usable: Sequence[Account], price: HourlyPrice | None) -> _Share:
    draws = _draw_in_order(minutes, usable)
    ruling = _ruling_account(draws)
    if ruling is not None:
        draws = _overdraw(draws, ruling, minutes)
    rest = minutes - sum(draw.part.covered for draw in draws)
    rows = [_drawn_row(draw) for draw in draws if draw.part.covered]
    if rest:
        rows.append(_rest_row(work, rest, ruling, price))
    return _Share(tuple(rows), tuple(_warnings(work, draws, ruling, rest)))


def _draw_in_order(minutes: int, usable: Sequence[Account]) -> list[_Draw]:
    """What each account covers without going below zero.

    Accounts that were asked and could cover nothing are in the list, those that nobody had to ask are not.
    """
    draws: list[_Draw] = []
    left = minutes
    for account in usable:
        if left == 0:
            break
        part = cover_part(left, account.room_minutes, account.factor)
        draws.append(_Draw(account, part))
        left -= part.covered
    return draws


def _ruling_account(draws: Sequence[_Draw]) -> Account | None:
    """The account whose policy the rest follows: the last package drawn now, else the last exhausted one.

    An allowance rules only where no package is in reach.
    """
    packages = [draw for draw in draws if draw.account.kind is AccountKind.PACKAGE] or list(draws)
    ranked = sorted(packages, key=lambda draw: draw.part.covered > 0)
    return ranked[-1].account if ranked else None


def _overdraw(draws: Sequence[_Draw], ruling: Account, minutes: int) -> list[_Draw]:
    """The same draws, the ruling account going below zero as far as it may: still one row per account."""
    others = sum(draw.part.covered for draw in draws if draw.account is not ruling)
    part = cover_part(minutes - others, ruling.overdraft_room_minutes, ruling.factor)
    return [_Draw(ruling, part) if draw.account is ruling else draw for draw in draws]


def _drawn_row(draw: _Draw) -> CoverageRow:
    account, part = draw
    source = Source.PACKAGE if account.kind is AccountKind.PACKAGE else Source.RETAINER
    return CoverageRow(
        source,
        part.covered,
        NOTHING,
        account.currency,
        account.price_includes_tax,
        drawn_minutes=part.drawn,
        account_id=account.id,
        factor=account.factor,
    )


def _rest_row(work: Work, minutes: int, ruling: Account | None, price: HourlyPrice | None) -> CoverageRow:
    if ruling and ruling.overage is OveragePolicy.REQUIRE_TOP_UP:
        return CoverageRow(
            Source.NONE, minutes, NOTHING, ruling.currency, ruling.price_includes_tax, ruling_id=ruling.id
        )
    overage = ruling.overage_price if ruling else None
    factor = ruling.factor if ruling and ruling.factor_on_overage else Decimal(1)
    charged = overage or price
    return CoverageRow(
        Source.TIME_AND_MATERIALS,
        minutes,
        charged.for_minutes(minutes, factor=factor) if charged else None,
        charged.currency if charged else work.currency,
        charged.price_includes_tax if charged else False,
        ruling_id=ruling.id if ruling and overage else None,
        price=charged,
    )


def _warnings(work: Work, draws: Sequence[_Draw], ruling: Account | None, rest: int) -> Iterator[CoverWarning]:
    asked_more = rest > 0 or len(draws) > 1
    if asked_more and any(draw.account.id == work.package_id for draw in draws if _can_run_out(draw)):
        yield CoverWarning.PACKAGE_EXHAUSTED
    if any(draw.account.awaits_payment for draw in draws):
        yield CoverWarning.PACKAGE_UNPAID
    if any(draw.part.drawn > draw.account.room_minutes for draw in draws):
        yield CoverWarning.BALANCE_NEGATIVE
    if rest and ruling:
        yield _REST_WARNINGS[ruling.overage]


def _can_run_out(draw: _Draw) -> bool:
    return draw.account.kind is AccountKind.PACKAGE and not draw.account.awaits_payment


def _blockers(rows: Sequence[CoverageRow], work: Work) -> tuple[RateProblem, ...]:
    """A list price must be in the invoice's currency; an agreement's own price may be in another."""
    found = [
        price_problem(row.price, invoice_currency=work.currency)
        for row in rows
        if row.source is Source.TIME_AND_MATERIALS and not (row.price and row.price.scope is RateScope.AGREEMENT)
    ]
    return tuple(problem for problem in found if problem)
