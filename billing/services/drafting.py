"""Invoices drafted from work: one draft per seller, currency and tax basis; what others or nobody pays stands at 0.00.

`plan_drafts` only reads and is what a person sees before; `draft_invoices` writes the same plans.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from billing.models import BilledCoverage, Coverage, Engagement, Invoice, InvoiceLine, Offer, ShownEntry, TimeEntry
from billing.rules.lines import Grouping, PieceGroup, group_pieces
from billing.services.discounts import discount_lines, with_contracts
from billing.services.drafts import DraftTerms, check_engagement, open_draft
from billing.services.line_sources import PlannedLine, Wanted, other_lines
from billing.services.redeemed_hours import not_redeemed, redeemed_lines
from billing.services.shown_extras import extras_to_show, plan_extras
from billing.services.wip import Wip, WipKey, load_wip
from billing.services.worked_lines import goodwill_line, offered_lines, prepaid_lines, time_line
from clients.models import Client
from crm.models import User


@dataclass(frozen=True, slots=True)
class DraftPlan:
    terms: DraftTerms
    lines: tuple[PlannedLine, ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry of the period that goes on no draft, and why (a code)."""

    entry: TimeEntry
    reason: str


@dataclass(frozen=True, slots=True)
class Plans:
    plans: list[DraftPlan] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Drafted:
    drafts: list[Invoice]
    skipped: list[Skipped]


def plan_drafts(
    client: Client,
    *,
    through: date,
    since: date | None = None,
    engagement: Engagement | None = None,
    grouping: Grouping = Grouping.ENGAGEMENT,
    complete_only: bool = False,
) -> Plans:
    """What would be drafted for the work of a period; `complete_only` leaves weeks out that finance has not completed.

    ValidationError `needs_decision` for an open VAT question.
    """
    check_engagement(engagement, client)
    wip = load_wip(client, through=through, since=since, engagement=engagement, complete_only=complete_only)
    others = other_lines(Wanted(client, through, since, engagement))
    redeemed = redeemed_lines(wip)
    for home, more in redeemed.items():
        others.setdefault(home, []).extend(more)
    keys = sorted({*wip.keys, *others}, key=lambda key: (key.seller.pk, key.currency, key.price_includes_tax))
    homes = _homes(keys, wip)
    plans = [_plan(client, key, wip, grouping, others.get(key, [])) for key in keys]
    plans = [
        replace(plan, lines=(*plan.lines, *(_unpriced(wip, key) if homes[key.seller.pk] == key else ())))
        for key, plan in zip(keys, plans, strict=True)
    ]
    skipped = [Skipped(entry, reason) for entry, reason in wip.skipped(drafted=homes)]
    skipped += [Skipped(entry, "sale_not_issued") for entry in not_redeemed(wip, redeemed)]
    return Plans(_with_extras(plans, client, through), skipped)


def _homes(keys: Sequence[WipKey], wip: Wip) -> dict[int, WipKey]:
    """The draft of each seller on which prepaid, included and free work stands: one with priced work, if there is."""
    homes: dict[int, WipKey] = {}
    for key in sorted(keys, key=lambda key: key not in wip.pieces):
        homes.setdefault(key.seller.pk, key)
    return homes


@transaction.atomic
def draft_invoices(
    client: Client,
    *,
    through: date,
    by: User | None,
    on: date,
    since: date | None = None,
    engagement: Engagement | None = None,
    grouping: Grouping = Grouping.ENGAGEMENT,
    complete_only: bool = False,
) -> Drafted:
    """Drafts all unbilled work of a client of a period; nothing is drafted twice, however many ask at once.

    Work of a merged client goes on the draft of the one that stayed, whichever of the two is asked for.
    ValidationError `nothing_to_invoice` if no work has a price yet, `needs_decision` for an open VAT question.
    """
    client = Client.objects.locked().get(pk=client.holder_id)
    planned = plan_drafts(
        client,
        through=through,
        since=since,
        engagement=engagement,
        grouping=grouping,
        complete_only=complete_only,
    )
    if not planned.plans:
        raise ValidationError(_("There is no approved work to invoice."), code="nothing_to_invoice")
    return Drafted([write_plan(plan, by=by, on=on) for plan in planned.plans], planned.skipped)


def write_plan(plan: DraftPlan, *, by: User | None, on: date) -> Invoice:
    invoice = open_draft(plan.terms, lines=[planned.line for planned in plan.lines], by=by, on=on)
    rows = list(invoice.lines.order_by("position"))
    pairs = list(zip(rows, plan.lines, strict=True))
    _bill({pk: row for row, planned in pairs for pk in planned.coverages})
    for row, planned in pairs:
        if planned.then is not None:
            planned.then(row)
    ShownEntry.objects.bulk_create(ShownEntry(line=row, entry_id=pk) for row, planned in pairs for pk in planned.shown)
    return invoice


def _bill(lines: Mapping[int, InvoiceLine]) -> None:
    """Puts coverages on their lines. ValidationError `changed` if somebody changes one of them meanwhile."""
    entries = TimeEntry.objects.filter(coverages__in=lines, status=TimeEntry.Status.APPROVED).values("pk")
    held = TimeEntry.objects.filter(pk__in=entries).select_for_update(of=("self",), no_key=True, skip_locked=True)
    kept = {entry.pk for entry in held}
    coverages = list(Coverage.objects.filter(pk__in=lines, entry__in=kept, is_billed=False))
    if len(coverages) < len(lines):
        raise ValidationError(_("Some of this work is being changed: look again and draft it anew."), code="changed")
    BilledCoverage.objects.bulk_create(
        BilledCoverage(line=lines[row.pk], coverage=row, entry_id=row.entry_id, minutes=row.minutes)
        for row in coverages
    )
    Coverage.objects.filter(pk__in=lines).update(is_billed=True)


def _plan(client: Client, key: WipKey, wip: Wip, grouping: Grouping, others: Sequence[PlannedLine]) -> DraftPlan:
    """Priced lines; prepaid, included and free work comes after them on one draft of its seller."""
    terms = DraftTerms(
        client=client,
        seller=key.seller,
        currency=key.currency,
        price_includes_tax=key.price_includes_tax,
        engagement=_only_engagement(key, wip, others),
        agreement=_only_offer(key, wip, others),
    )
    pieces = with_contracts(client, wip.pieces.get(key, ()), wip.entries)
    lines = [_worked(group, wip, terms, grouping) for group in group_pieces(pieces, grouping)]
    with translation.override(client.language):
        off = discount_lines(client, [planned.line for planned in lines], currency=terms.currency)
    lines += [PlannedLine(line) for line in off]
    lines += others
    return DraftPlan(terms, tuple(lines))


def _with_extras(plans: Sequence[DraftPlan], client: Client, through: date) -> list[DraftPlan]:
    """The client's extras go on the first draft in their currency, of the client's own company if there is one."""
    left = list(extras_to_show(client, through=through)) if plans else []
    done = list(plans)
    for place in sorted(range(len(done)), key=lambda n: done[n].terms.seller.pk != client.default_seller_id):
        terms = done[place].terms
        mine = [extra for extra in left if extra.currency == terms.currency]
        left = [extra for extra in left if extra.currency != terms.currency]
        shown = plan_extras(mine, client=client, seller=terms.seller)
        done[place] = replace(done[place], lines=(*done[place].lines, *shown))
    return done


def _only_offer(key: WipKey, wip: Wip, others: Sequence[PlannedLine]) -> Offer | None:
    """The offer of all priced work and all fixed prices of a draft, if it is one."""
    found = {planned.line.offer for planned in others}
    found |= {wip.entries[piece.entry_id].offer for piece in wip.pieces.get(key, ())}
    families = {offer.family_id if offer else None for offer in found}
    return max(found, key=lambda offer: offer.version if offer else 0) if len(families) == 1 else None


def _only_engagement(key: WipKey, wip: Wip, others: Sequence[PlannedLine]) -> Engagement | None:
    """What all work and all fixed prices of a draft belong to, if it is one engagement."""
    found = {planned.line.offer.engagements.first() for planned in others if planned.line.offer}
    if key in wip.pieces:
        found.add(wip.only_engagement(key))
    return found.pop() if len(found) == 1 else None


def _worked(group: PieceGroup, wip: Wip, terms: DraftTerms, grouping: Grouping) -> PlannedLine:
    line = time_line(group, wip, currency=terms.currency, grouping=grouping)
    return PlannedLine(line, coverages=tuple(piece.coverage_id for piece in group.pieces))


def _unpriced(wip: Wip, key: WipKey) -> list[PlannedLine]:
    seller = key.seller.pk
    paid = [*prepaid_lines(wip.prepaid[seller], wip, key), *offered_lines(wip.offered[seller], wip, key)]
    free = wip.free[seller]
    shown = [PlannedLine(goodwill_line(free, wip, key), shown=_ids(free))] if free else []
    return [PlannedLine(line, coverages=_ids(rows)) for line, rows in paid] + shown


def _ids(rows: Iterable[Coverage] | Sequence[TimeEntry]) -> tuple[int, ...]:
    return tuple(row.pk for row in rows)
