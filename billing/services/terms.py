"""What decides how work is covered: the clients' accounts with their balances, price list and linked offers.

Loaded once for many entries; the balances move in memory as entries are covered, so that a whole week is
planned or booked in order with the same few queries as one entry.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import groupby
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum, TextField, Value
from django.db.models.functions import Cast, Coalesce, JSONObject

from billing.models import (
    BurnFactor,
    HourAccount,
    HourPackage,
    Invoice,
    InvoiceLine,
    LedgerRow,
    Offer,
    Retainer,
    RetainerPeriod,
    TimeEntry,
)
from billing.models.hours import pending_minutes
from billing.rules.accounts import Account, AccountKind, OveragePolicy
from billing.rules.burn import Burn
from billing.rules.coverage import Cover, OfferBasis, OfferTerms
from billing.rules.rates import HourlyPrice
from billing.rules.rollover import Month, claim_carried
from billing.services.overruns import CHARGED, Overrun, load_caps, load_overruns
from billing.services.rates import PriceList, load_prices
from billing.services.rounding import hold_days
from clients.models.client import holder_of, of_holders
from crm.db import MinutesField, Query
from crm.periods import add_months, month_start

ONE_DAY = timedelta(days=1)
REACH_MONTHS = 3
"""How far around a day allowances are read whose hours were carried on."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Minutes that expired, and those that were carried on into another account as far as they still lie there."""

    expired: int
    carried: int = 0
    carried_to: int | None = None

    @property
    def minutes(self) -> int:
        return self.expired + self.carried


@dataclass
class Terms:
    """`offers` is keyed by the id of the offer, `caps` by its first version, all else by the id of the hour account.

    `caps` holds what an offer in all its versions may still charge, `ended` the accounts from which hours expired or
    were carried over that may come back for late work, `recoverable` how many those were before anything was taken.
    """

    prices: PriceList
    accounts: dict[int, Account] = field(default_factory=dict)
    packages: dict[int, HourPackage] = field(default_factory=dict)
    allowances: dict[int, RetainerPeriod] = field(default_factory=dict)
    offers: dict[int, OfferTerms] = field(default_factory=dict)
    caps: dict[int, int] = field(default_factory=dict)
    overruns: dict[int, Overrun] = field(default_factory=dict)
    ended: dict[int, Ended] = field(default_factory=dict)
    recoverable: dict[int, int] = field(default_factory=dict)
    by_client: dict[int, list[int]] = field(default_factory=dict)

    def near(self, client_id: int, package_id: int | None) -> list[Account]:
        """The accounts that may cover work for a client: its own, and one that the work names, whosever it is."""
        if not self.by_client:
            for pk, account in self.accounts.items():
                self.by_client.setdefault(account.client_id, []).append(pk)
        own = self.by_client.get(client_id, [])
        named = [package_id] if package_id in self.accounts and package_id not in own else []
        return [self.accounts[pk] for pk in (*own, *named)]

    def in_force(self, *, on: date) -> set[int]:
        """Accounts of packages that are valid on the day."""
        return {
            pk
            for pk, row in self.packages.items()
            if row.valid_from <= on and (row.expires_on is None or row.expires_on >= on)
        }

    def over(self, *, on: date) -> list[int]:
        """Accounts with hours left that were over before the day, by what is known in memory."""
        lasts = {pk: account.expires_on for pk, account in self.accounts.items() if account.balance_minutes > 0}
        return [pk for pk, last in lasts.items() if last and last < on]

    def offer_of(self, entry: TimeEntry, *, billable: int | None = None) -> OfferTerms | None:
        """The terms of the entry's offer; `billable` minutes is what its place in worked order leaves to charge."""
        offer = self.offers.get(entry.offer_id) if entry.offer_id else None
        if offer is None or entry.offer is None:
            return None
        capped = offer.basis is OfferBasis.NOT_TO_EXCEED
        return replace(offer, left_minutes=self.caps[entry.offer.family_id] if capped else billable)

    @property
    def asks_seniority(self) -> bool:
        """Whether it matters who works: a burn factor of an account says so."""
        return any(burn.seniority for account in self.accounts.values() for burn in account.burns)

    @property
    def draw_on_log_ids(self) -> set[int]:
        return {pk for pk, package in self.packages.items() if package.draw_on_log}

    def hour_account(self, account_id: int) -> HourAccount | None:
        """The account's row, which knows its package or its retainer's period."""
        holder = self.packages.get(account_id) or self.allowances[account_id]
        return holder.account

    def copy(self) -> "Terms":
        return replace(self, accounts=dict(self.accounts), caps=dict(self.caps), ended=dict(self.ended))

    def take(self, covered: Cover, *, offer: Offer | None) -> None:
        """Lowers what is left by what a cover uses, so that the next entry meets the new state."""
        for row in covered.rows:
            if row.account_id is not None:
                self._draw(row.account_id, row.drawn_minutes)
        if offer and offer.family_id in self.caps:
            self.caps[offer.family_id] -= sum(row.covered_minutes for row in covered.rows if row.source in CHARGED)

    def _draw(self, account_id: int, minutes: int) -> None:
        """Lowers an account; hours that come back out of the following period are no longer there."""
        before = self.accounts[account_id]
        after = self.accounts[account_id] = before.after_draw(minutes)
        back = before.recoverable_minutes - after.recoverable_minutes
        ended = self.ended.get(account_id)
        if not back or ended is None:
            return
        fetched = max(0, back - ended.expired)
        self.ended[account_id] = replace(ended, expired=max(0, ended.expired - back), carried=ended.carried - fetched)
        if fetched and ended.carried_to:
            following = self.accounts[ended.carried_to]
            self.accounts[following.id] = replace(following, balance_minutes=following.balance_minutes - fetched)


def load_terms(entries: Sequence[TimeEntry], *, reserve: bool = False, lock: bool = False) -> Terms:
    """The terms of some entries: two queries, two more where an offer has a cap, three where it has a limit.

    `reserve` keeps what drafts and submitted entries plan to draw out of reach (a plan); `lock` locks offers, then
    accounts, then clients whose days are rounded as a whole, each in id order until the transaction ends (a booking,
    or a plan that may become one).
    """
    offers = {entry.offer.pk: entry.offer for entry in entries if entry.offer}
    if lock and offers:
        list(Offer.objects.filter(pk__in={offer.family_id for offer in offers.values()}).locked())
    terms = Terms(
        load_prices(entries),
        offers={pk: _offer_terms(offer) for pk, offer in offers.items()},
        caps=load_caps(offers.values()),
        overruns=load_overruns(offers.values()),
    )
    rows = list(_accounts(entries, lock=lock))
    unpaid = _unpaid(rows)
    for row in rows:
        held = row.pending_minutes if reserve else 0
        if hasattr(row, "package"):
            terms.packages[row.pk] = row.package
            terms.accounts[row.pk] = _package_account(row, held, unpaid=unpaid.get(row.pk, 0))
        else:
            terms.allowances[row.pk] = row.retainer_period
            terms.accounts[row.pk] = _allowance_account(row, held)
    _add_ended(terms, rows, reserve=reserve)
    if lock:
        hold_days(entries)
    return terms


def _add_ended(terms: Terms, rows: Iterable[Any], *, reserve: bool) -> None:
    """What may come back to ended accounts; of carried hours what the following period still holds.

    A plan (`reserve`) leaves to the earlier period what its pending work will fetch back.
    """
    months = {row.pk: read_month(row, held=row.pending_minutes if reserve else 0) for row in rows}
    claims = claim_carried(months) if reserve else {}
    for pk, month in months.items():
        ended = Ended(month.expired, month.lying(months), month.into)
        account = terms.accounts[pk]
        if pk in claims:
            account = terms.accounts[pk] = replace(account, balance_minutes=account.balance_minutes - claims[pk])
        if ended.minutes:
            terms.ended[pk], terms.recoverable[pk] = ended, ended.minutes
            terms.accounts[pk] = replace(account, recoverable_minutes=ended.minutes)


def read_month(row: Any, *, held: int) -> Month:
    """An account annotated with `recoverable_columns`, as the rule of carried hours reads it."""
    return Month(row.balance_minutes, held, row.expired_minutes, row.carried_minutes, row.carried_to)


def _accounts(entries: Sequence[TimeEntry], *, lock: bool) -> Iterable[Any]:
    """The accounts in reach; locked ones are read after the wait, because what was joined to a row may be older."""
    rows = _in_reach(entries)
    if lock:
        rows = rows.filter(pk__in=list(rows.locked().values_list("pk", flat=True)))
    return rows.select_related("package", "retainer_period__retainer").annotate(**_columns()).order_by("pk")


def _in_reach(entries: Sequence[TimeEntry]) -> Query[HourAccount]:
    days = [entry.worked_on for entry in entries]
    named = {entry.hour_package_id for entry in entries if entry.hour_package_id}
    clients = HourAccount.objects.filter(of_holders(entry.client.holder_id for entry in entries))
    return clients.filter(_package_in_reach(days) | Q(package__in=named) | _allowance_in_reach(days))


def _package_in_reach(days: Iterable[date]) -> Q:
    first, last = min(days), max(days)
    unexpired = Q(package__expires_on=None) | Q(package__expires_on__gte=first)
    return Q(unexpired, package__valid_from__lte=last, package__voided_on=None)


def _allowance_in_reach(days: Iterable[date]) -> Q:
    """Periods of these days; where hours are carried on also those around, out of which and into which they went."""
    first, last = min(days), max(days)
    monthly = Q(retainer_period__retainer__allowance_period=Retainer.AllowancePeriod.MONTH)
    carries = ~Q(retainer_period__retainer__rollover=Retainer.Rollover.NONE)
    before, after = (add_months(day, REACH_MONTHS * way) for day, way in ((first, -1), (last, 1)))
    return Q(
        ~monthly | Q(retainer_period__ends_on__gte=first) | carries & Q(retainer_period__ends_on__gte=before),
        Q(retainer_period__starts_on__lte=last) | carries & Q(retainer_period__starts_on__lte=after),
        ~Q(retainer_period__retainer__status=Retainer.Status.DRAFT),
    )


@cache
def _columns() -> dict[str, Any]:
    """What an account is read with; built once, because building costs as much as the query."""
    return {
        "holder_id": holder_of(),
        "pending_minutes": pending_minutes(),
        **recoverable_columns(),
        "package_burns": _burns(),
        "package_lines": _lines(HourPackage, "hourpackage", "package"),
        "retainer_lines": _lines(Retainer, "retainer", "retainer_period__retainer"),
    }


def recoverable_columns() -> dict[str, Any]:
    """Columns for what expired on the account, what was carried on from it, and to which account."""
    ended = LedgerRow.objects.recoverable().filter(account=OuterRef("pk")).order_by()
    sums = ended.values("kind").annotate(total=-Sum("minutes")).values("total")
    carried = LedgerRow.objects.carried(carried_from__account=OuterRef("pk"), carried_from__reversal=None)
    return {
        "expired_minutes": _minutes(sums.filter(kind=LedgerRow.Kind.EXPIRY)),
        "carried_minutes": _minutes(sums.filter(kind=LedgerRow.Kind.ROLLOVER_OUT)),
        "carried_to": Subquery(carried.order_by("pk").values("account")[:1]),
    }


def _burns() -> ArraySubquery:
    factor = JSONObject(factor=Cast("factor", TextField()), seniority="seniority", after_hours="after_hours")
    return ArraySubquery(BurnFactor.objects.filter(package=OuterRef("package")).order_by("pk").values_list(factor))


def _minutes(sums: QuerySet[Any, Any]) -> Coalesce:
    return Coalesce(Subquery(sums), Value(0), output_field=MinutesField())


def _lines(model: type[HourPackage] | type[Retainer], key: str, path: str) -> ArraySubquery:
    through = model.service_lines.through._default_manager
    return ArraySubquery(through.filter(**{key: OuterRef(path)}).values("serviceline_id"))


def _unpaid(rows: Iterable[HourAccount]) -> dict[int, int]:
    """Minutes by account that must be paid before use and are not: sales and top-ups without a paid invoice."""
    asked = {row.pk for row in rows if hasattr(row, "package") and row.package.pay_before_use}
    if not asked:
        return {}
    lines = InvoiceLine.objects.standing().filter(invoice__in=Invoice.objects.paid(), credits=None)
    paid = lines.filter(Q(package__account__in=asked) | Q(purchase__account__in=asked))
    settled: set[tuple[int | None, int | None]] = set(paid.values_list("package__account", "purchase"))
    bought = LedgerRow.objects.filter(account__in=asked, kind=LedgerRow.Kind.PURCHASE).order_by("account", "pk")
    unpaid: dict[int, int] = {}
    for account, sales in groupby(bought, key=lambda row: row.account_id):
        for place, sale in enumerate(sales):
            is_paid = (None, sale.pk) in settled or (place == 0 and (account, None) in settled)
            if sale.price and not is_paid:
                unpaid[account] = unpaid.get(account, 0) + sale.minutes
    return unpaid


def _package_account(row: Any, held: int, *, unpaid: int) -> Account:
    """Minutes that await their payment are out of reach; where no others are left, the package is."""
    package: HourPackage = row.package
    left = row.balance_minutes - held - unpaid
    return Account(
        id=row.pk,
        kind=AccountKind.PACKAGE,
        client_id=row.holder_id,
        balance_minutes=left,
        valid_from=package.valid_from,
        expires_on=package.expires_on,
        currency=package.currency,
        price_includes_tax=package.price_includes_tax,
        priority=package.priority,
        granted=package.kind == HourPackage.Kind.GRANTED,
        service_line_ids=frozenset(row.package_lines),
        seller_id=package.seller_id,
        factor=package.burn_factor,
        burns=tuple(
            Burn(Decimal(burn["factor"]), burn["seniority"], burn["after_hours"]) for burn in row.package_burns
        ),
        factor_on_overage=package.factor_on_overage,
        awaits_payment=unpaid > 0 and left <= 0,
        overage=OveragePolicy(package.overage_policy),
        overage_price=_overage(package),
        negative_limit_minutes=row.overdraft_minutes,
    )


def _allowance_account(row: Any, held: int) -> Account:
    period: RetainerPeriod = row.retainer_period
    retainer = period.retainer
    return Account(
        id=row.pk,
        kind=AccountKind.ALLOWANCE,
        client_id=row.holder_id,
        balance_minutes=row.balance_minutes - held,
        valid_from=period.starts_on,
        expires_on=allowance_end(period),
        currency=retainer.currency,
        price_includes_tax=retainer.price_includes_tax,
        service_line_ids=frozenset(row.retainer_lines),
        seller_id=retainer.seller_id,
        overage=OveragePolicy(retainer.overage_policy),
        overage_price=_overage(retainer),
        negative_limit_minutes=row.overdraft_minutes,
    )


def _overage(agreement: HourPackage | Retainer) -> HourlyPrice | None:
    if agreement.overage_rate is None:
        return None
    return HourlyPrice(agreement.overage_rate, agreement.currency, agreement.price_includes_tax)


def allowance_end(period: RetainerPeriod) -> date:
    """The last day that may draw on the period's account: an allowance may span several fee periods.

    A quarter ends with its calendar months, the last one with the term, unless that renews by itself; hours of a whole
    term end with the term that the period lies in.
    """
    retainer = period.retainer
    term = add_months(retainer.starts_on, retainer.term_months) - ONE_DAY
    while retainer.allowance_period == Retainer.AllowancePeriod.TERM and term < period.starts_on:
        term = add_months(term + ONE_DAY, retainer.term_months) - ONE_DAY
    if retainer.allowance_period == Retainer.AllowancePeriod.MONTH:
        last = period.ends_on
    elif retainer.allowance_period == Retainer.AllowancePeriod.TERM:
        last = term
    else:
        quarter = add_months(month_start(period.starts_on), 3) - ONE_DAY
        last = quarter if retainer.renewal_mode == Retainer.RenewalMode.AUTOMATIC else min(quarter, term)
    return min(last, retainer.ended_on) if retainer.ended_on else last


def _offer_terms(offer: Offer) -> OfferTerms:
    return OfferTerms(offer.pk, OfferBasis(offer.basis), offer.currency, offer.price_includes_tax)
