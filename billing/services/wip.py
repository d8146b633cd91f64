"""Work that waits for an invoice: what has a price, what prepaid hours cover, what was free, and what must wait."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q

from billing.models import Coverage, Engagement, Offer, Retainer, ShownEntry, TimeEntry
from billing.rules.lines import Piece
from billing.services.agreed_prices import AgreedPrices
from billing.services.weeks import in_complete_weeks
from clients.models import Client, Seller

PREPAID = (Coverage.Source.PACKAGE, Coverage.Source.RETAINER)
FREE = (TimeEntry.BillingType.GOODWILL, TimeEntry.BillingType.WARRANTY)
SHOWN_BEFORE = timedelta(days=31)  # free and included work is printed beside the paid work of its time, not years later


class WipKey(NamedTuple):
    """What one draft has one of."""

    seller: Seller
    currency: str
    price_includes_tax: bool


@dataclass
class Wip:
    """A client's uninvoiced work up to a day; `prepaid`, `offered` and `free` are keyed by seller.

    `redeemed` are drawn hours whose VAT falls due with their use.

    `open_weeks` are ids of approved entries that must wait until finance has completed their week.
    """

    client: Client
    entries: dict[int, TimeEntry]
    prices: AgreedPrices
    pieces: dict[WipKey, list[Piece]] = field(default_factory=lambda: defaultdict(list))
    prepaid: dict[int, list[Coverage]] = field(default_factory=lambda: defaultdict(list))
    redeemed: list[Coverage] = field(default_factory=list)
    offered: dict[int, list[Coverage]] = field(default_factory=lambda: defaultdict(list))
    free: dict[int, list[TimeEntry]] = field(default_factory=lambda: defaultdict(list))
    waiting: list[tuple[TimeEntry, str]] = field(default_factory=list)
    open_weeks: set[int] = field(default_factory=set)

    @property
    def keys(self) -> list[WipKey]:
        return sorted(self.pieces, key=lambda key: (key.seller.pk, key.currency, key.price_includes_tax))

    def only_engagement(self, key: WipKey) -> Engagement | None:
        """The engagement that all priced work of a draft belongs to, if it is one."""
        found = {self.entries[piece.entry_id].engagement for piece in self.pieces.get(key, ())}
        return found.pop() if len(found) == 1 else None

    def skipped(self, *, drafted: Collection[int]) -> Iterator[tuple[TimeEntry, str]]:
        """Entries that stay behind: not approved, waiting for a top-up, or paid by others with no draft of the seller.

        `drafted` are the sellers with a draft.
        """
        yield from self.waiting
        for reason, by_seller in (("prepaid", self.prepaid), ("offer_pays", self.offered)):
            for seller_id, rows in by_seller.items():
                if seller_id not in drafted:
                    yield from ((self.entries[row.entry_id], reason) for row in rows)

    @cached_property
    def balances(self) -> dict[int, int]:
        """The balance of each hour account after the last draw shown, by account."""
        rows = [row for rows in (*self.prepaid.values(), self.redeemed) for row in rows if row.ledger_row]
        rows.sort(key=lambda row: row.ledger_row_id or 0)
        return {row.account_id: row.ledger_row.balance_minutes for row in rows if row.account_id and row.ledger_row}


def load_wip(
    client: Client,
    *,
    through: date,
    since: date | None = None,
    engagement: Engagement | None = None,
    complete_only: bool = False,
) -> Wip:
    """The work of a client of a period, or up to a day, that stands on no live document.

    `complete_only` lets work wait whose week finance has not completed.
    """
    entries = TimeEntry.objects.for_client(client).filter(worked_on__lte=through)
    if since is not None:
        entries = entries.filter(worked_on__gte=since)
    if engagement is not None:
        entries = entries.filter(engagement=engagement)
    rows = entries.filter(_unfinished()).select_related("employee", "engagement", "service_line", "seller", "offer")
    wip = Wip(client, {entry.pk: entry for entry in rows.distinct().order_by("worked_on", "id")}, AgreedPrices(client))
    if complete_only:
        approved = entries.filter(pk__in=wip.entries, status=TimeEntry.Status.APPROVED)
        wip.open_weeks = set(approved.values_list("pk", flat=True)) - in_complete_weeks(approved)
    _place_coverages(wip)
    _place_entries(wip, through)
    return wip


def load_contract_hours(retainer: Retainer, *, since: date, through: date) -> Wip:
    """Approved hours of these days that a contract covers, `prepaid`, and its free work, that no live document shows.

    Those approved late are shown too, but not years later. Where nobody looks before the issue, what is in a week that
    finance has not completed waits.
    """
    days = Q(worked_on__range=(since - SHOWN_BEFORE, through), seller=retainer.seller_id)
    entries = TimeEntry.objects.filter(days, status=TimeEntry.Status.APPROVED)
    rows = Coverage.objects.filter(
        account__retainer_period__retainer=retainer,
        is_billed=False,
        entry__in=entries,
    ).select_related("ledger_row", "entry__employee", "account__retainer_period__retainer")
    covered = list(rows.order_by("entry__worked_on", "entry", "position"))
    free = entries.filter(_not_shown(), engagement__retainer=retainer, billing_type__in=FREE)
    client = retainer.client.holder
    wip = Wip(client, {row.entry_id: row.entry for row in covered}, AgreedPrices(client))
    wip.prepaid[retainer.seller_id] = covered
    wip.free[retainer.seller_id] = list(free.select_related("employee").order_by("worked_on", "pk"))
    return _complete_only(wip, retainer.seller_id) if retainer.auto_issue else wip


def _complete_only(wip: Wip, seller: int) -> Wip:
    known = {*wip.entries, *(entry.pk for entry in wip.free[seller])}
    complete = in_complete_weeks(TimeEntry.objects.filter(pk__in=known)) if known else set()
    wip.prepaid[seller] = [row for row in wip.prepaid[seller] if row.entry_id in complete]
    wip.free[seller] = [entry for entry in wip.free[seller] if entry.pk in complete]
    return wip


def _not_shown() -> Q:
    return Q(~Exists(ShownEntry.objects.filter(entry=OuterRef("pk"), released_by=None)))


def _unfinished() -> Q:
    """Entries that could go on an invoice now or later: billable ones, and free ones that were not shown yet."""
    unbilled = Q(status=TimeEntry.Status.APPROVED, coverages__is_billed=False)
    unapproved = Q(status__in=[TimeEntry.Status.DRAFT, TimeEntry.Status.SUBMITTED], billing_type="billable")
    free = Q(_not_shown(), status=TimeEntry.Status.APPROVED, billing_type__in=FREE)
    return unbilled | unapproved | free


def _place_coverages(wip: Wip) -> None:
    rows = Coverage.objects.filter(entry__in=wip.entries, is_billed=False)
    rows = rows.select_related("ledger_row", "offer", "account__package")
    for row in rows.order_by("entry__worked_on", "entry", "position"):
        entry = wip.entries[row.entry_id]
        if entry.status != TimeEntry.Status.APPROVED or entry.pk in wip.open_weeks:
            continue
        if row.source == Coverage.Source.TIME_AND_MATERIALS:
            key = WipKey(entry.seller, row.currency, row.price_includes_tax)
            wip.pieces[key].append(_piece(row, entry, wip.prices))
        elif row.source in PREPAID:
            (wip.redeemed if row.is_multi_purpose else wip.prepaid[entry.seller_id]).append(row)
        elif row.source == Coverage.Source.OFFER:
            wip.offered[entry.seller_id].append(row)
        elif row.source == Coverage.Source.NONE:
            wip.waiting.append((entry, "unannounced_overrun" if row.offer_id else "awaiting_top_up"))
    if wip.offered:
        _leave_to_price(wip)
        _leave_long_ago(wip)


def _leave_to_price(wip: Wip) -> None:
    """Hours of a fixed price stand under it on its last invoice; only those that come after it stand alone."""
    offers = [row.offer for rows in wip.offered.values() for row in rows if row.offer]
    families = {offer.family_id for offer in offers if offer.basis == Offer.Basis.FIXED}
    invoiced = Offer.objects.in_families(families).fixed_invoiced() if families else ()
    waiting = families - {offer.family_id for offer in invoiced}
    for seller_id, rows in wip.offered.items():
        wip.offered[seller_id] = [row for row in rows if row.offer and row.offer.family_id not in waiting]


def _leave_long_ago(wip: Wip) -> None:
    first = _first_priced(wip)
    if first is None:
        return
    for seller_id, rows in wip.offered.items():
        wip.offered[seller_id] = [row for row in rows if _is_of_its_time(wip.entries[row.entry_id], first)]


def _first_priced(wip: Wip) -> date | None:
    return min((piece.worked_on for pieces in wip.pieces.values() for piece in pieces), default=None)


def _is_of_its_time(entry: TimeEntry, first: date) -> bool:
    return entry.worked_on >= first - SHOWN_BEFORE


def _place_entries(wip: Wip, through: date) -> None:
    first = _first_priced(wip) or through
    followed = [entry.pk for entry in wip.entries.values() if entry.follow_up_minutes]
    standing = ShownEntry.objects.filter(entry__in=followed, released_by=None)
    shown = set(standing.values_list("entry", flat=True)) if followed else set()
    for entry in wip.entries.values():
        if entry.status != TimeEntry.Status.APPROVED:
            wip.waiting.append((entry, "needs_decision" if entry.needs_decision else "not_approved"))
        elif entry.pk in wip.open_weeks:
            wip.waiting.append((entry, "week_open"))
        elif entry.given_minutes and entry.pk not in shown and _is_of_its_time(entry, first):
            wip.free[entry.seller_id].append(entry)


def _piece(row: Coverage, entry: TimeEntry, prices: AgreedPrices) -> Piece:
    price = prices.of_entry(entry, includes_tax=row.price_includes_tax)
    return Piece(
        coverage_id=row.pk,
        entry_id=entry.pk,
        worked_on=entry.worked_on,
        minutes=row.minutes,
        price=row.rate_amount or Decimal(0),
        tax=price.tax,
        employee_id=entry.employee_id,
        engagement_id=entry.engagement_id,
        service_line_id=entry.service_line_id,
        factor=row.factor,
        agreed_percent=price.agreed_percent,
        change=price.change,
    )
