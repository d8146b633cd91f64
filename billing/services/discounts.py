"""Discounts asked for, decided by another person where they exceed the tier's ceiling, and put on drafts as lines."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import Discount, InvoiceLine, RevenueDay, TimeEntry
from billing.models.discounts import CONTRACTS
from billing.rules.document_words import words_in
from billing.rules.lines import Piece
from billing.rules.spread import margin_after
from billing.services.drafts import LineDraft
from clients.models import Client, ClientFigure, TierPolicy
from clients.models.client import of_holders
from clients.rules.tiers import DEFAULT_TIERS
from clients.services.distance import check_distance, is_close
from crm.access import may
from crm.db import worded
from crm.models import Firm, User
from crm.money import quantise
from crm.periods import trailing_months
from crm.web.formats import write_number

HOURS = frozenset({InvoiceLine.Kind.TIME})
OFF = {
    Discount.Covers.HOURS: HOURS,
    Discount.Covers.SERVICES: HOURS | {InvoiceLine.Kind.FIXED, InvoiceLine.Kind.RETAINER},
}


def ceiling_of(tier: str) -> Decimal:
    """Per cent that nobody has to approve, by the policy of the tier."""
    policy = TierPolicy.objects.filter(tier=tier).first()
    return policy.discount_ceiling_percent if policy else Decimal(DEFAULT_TIERS[tier]["discount_ceiling_percent"])


@transaction.atomic
def ask_for_discount(discount: Discount, *, by: User, at: datetime) -> Discount:
    """Keeps a discount; within the ceiling of the tier it holds at once, above it waits. ValidationError `overlap`.

    Where one of us is close to the client every discount waits for a second person.
    """
    if discount.covers == Discount.Covers.PRICE:
        raise ValidationError({"covers": ValidationError(_("A low price is agreed as a rate or an offer."))})
    tier = discount.client.tier if discount.client else discount.tier
    discount.made_by = by
    if discount.contract and not (discount.client and discount.client.has(discount.contract)):
        error = ValidationError(_("This belongs to another client."), code="wrong_party")
        raise ValidationError({name: error for name in CONTRACTS if getattr(discount, f"{name}_id")})
    discount.margin_after = margin_of(discount, on=timezone.localdate(at))
    if discount.percent <= ceiling_of(tier) and not (discount.client and is_close(discount.client)):
        discount.approved, discount.decided_at = True, at
    with worded():
        discount.save(force_insert=True)
    return discount


@transaction.atomic
def decide_discount(discount: Discount, *, approved: bool, by: User, at: datetime) -> Discount:
    """A partner who did not ask says yes or no. `already_done` the second time, PermissionDenied for who asked."""
    row = Discount.objects.locked().get(pk=discount.pk)
    if row.decided_at is not None:
        raise ValidationError(_("This was decided already."), code="already_done")
    if row.client:
        check_distance(row.client, by=by, asked_by=row.made_by_id)
    own = row.made_by_id == by.pk and not Firm.load().small_firm
    if own or not may(by, "discount.approve"):
        raise PermissionDenied(_("Another person approves a discount: a partner who did not ask for it."))
    row.approved, row.decided_by, row.decided_at = approved, by, at
    row.margin_after = margin_of(row, on=timezone.localdate(at))
    row.save(update_fields=["approved", "decided_by", "decided_at", "margin_after"])
    if row.rate:
        row.rate.approved = approved
        row.rate.save(update_fields=["approved"])
    return row


def margin_of(discount: Discount, *, on: date) -> Decimal | None:
    """What is left of the revenue of twelve months once the discount is off it; None where nothing is known.

    The revenue of a service is that of its invoices; a discount by contract counts as if it held for all of it.
    """
    wanted = {"pk": discount.client.holder_id} if discount.client else {"tier": discount.tier}
    clients = Client.objects.current().filter(**wanted)
    known = ClientFigure.objects.filter(client__in=clients, revenue_12m__isnull=False, margin_12m__isnull=False)
    sums = known.aggregate(revenue=Sum("revenue_12m"), margin=Sum("margin_12m"))
    if sums["revenue"] is None:
        return None
    base = sums["revenue"] if discount.service_line_id is None else _revenue_of(discount, known, on)
    off = quantise(Fraction(base) * Fraction(discount.percent) / 100)
    return margin_after(sums["revenue"], sums["margin"], off=off)


def _revenue_of(discount: Discount, known: "QuerySet[ClientFigure]", on: date) -> Decimal:
    """Of the same clients, with those merged into them, and of the same months as their figures."""
    days = RevenueDay.objects.within(trailing_months(on, 12)).filter(of_holders(known.values_list("client", flat=True)))
    rows = days.filter(service_line=discount.service_line_id)
    return rows.aggregate(total=Sum("net_amount"))["total"] or Decimal(0)


@transaction.atomic
def end_discount(discount: Discount, *, on: date) -> Discount:
    """The discount holds until that day. ValidationError `invalid` before its first day, or after its last one."""
    row = Discount.objects.locked().get(pk=discount.pk)
    if row.valid_to and on > row.valid_to:
        error = ValidationError(_("It ends earlier already; a longer discount is a new one."), code="invalid")
        raise ValidationError({"valid_to": error})
    if on < row.valid_from:
        raise ValidationError({"valid_to": ValidationError(_("It ends before it begins."), code="invalid")})
    row.valid_to = on
    row.save(update_fields=["valid_to"])
    return row


def discounts_of(clients: Collection[Client]) -> dict[int, list[Discount]]:
    """What is in force for each of some clients, the most specific first, in one query."""
    rows = list(Discount.objects.in_force(clients=clients))
    return {
        client.pk: [
            row
            for row in rows
            if (row.client.holder_id == client.pk if row.client is not None else row.tier == client.tier)
        ]
        for client in clients
    }


def with_contracts(client: Client, pieces: Sequence[Piece], entries: Mapping[int, TimeEntry]) -> list[Piece]:
    """Work that a contract discounts says so, so that no line mixes it with other work."""
    known = [row for row in discounts_of([client])[client.pk] if row.contract]
    return [
        replace(piece, discount_id=row.pk) if (row := _of_work(known, piece, entries[piece.entry_id])) else piece
        for piece in pieces
    ]


def discount_lines(
    client: Client,
    lines: Iterable[LineDraft],
    *,
    currency: str,
    retainer_id: int | None = None,
    known: Sequence[Discount] | None = None,
) -> list[LineDraft]:
    """What is taken off the lines of a draft: one line for each discount and tax, rounded once.

    `known` are the client's discounts in force, where they were read for many clients before.
    """
    known = discounts_of([client])[client.pk] if known is None else known
    groups: dict[tuple[object, ...], tuple[Discount, list[LineDraft]]] = {}
    for line in lines:
        found = _of_line(known, line, retainer_id)
        if found is not None:
            key = (found.pk, line.tax, line.agreed_percent, line.change, line.service_line_id)
            groups.setdefault(key, (found, []))[1].append(line)
    return [_line(found, own, client, currency) for found, own in groups.values()]


def _of_work(known: Sequence[Discount], piece: Piece, entry: TimeEntry) -> Discount | None:
    for row in known:
        named = entry.offer_id == row.offer_id if row.offer_id else entry.engagement_id == row.engagement_id
        fits = named and not row.retainer_id and row.service_line_id in (None, piece.service_line_id)
        if fits and row.holds_on(piece.worked_on):
            return row
    return None


def _of_line(known: Sequence[Discount], line: LineDraft, retainer_id: int | None) -> Discount | None:
    if line.supplied_to is None:
        return None
    for discount in known:
        fits = (
            discount.service_line_id in (None, line.service_line_id)
            and line.kind in OFF[Discount.Covers(discount.covers)]
            and _is_for(discount, line, retainer_id)
        )
        if fits and discount.holds_on(line.supplied_to):
            return discount
    return None


def _is_for(discount: Discount, line: LineDraft, retainer_id: int | None) -> bool:
    """A contract's discount is for what is billed under it, every other one for what no contract discounts."""
    if discount.pk == line.discount_id:
        return True
    if discount.contract is None:
        return line.discount_id is None
    if line.kind == InvoiceLine.Kind.TIME:
        return False
    offer = line.offer
    same = (offer and offer.pk == discount.offer_id) or (retainer_id and retainer_id == discount.retainer_id)
    return bool(same or (offer and discount.engagement and discount.engagement.offer_id == offer.pk))


def _line(discount: Discount, lines: list[LineDraft], client: Client, currency: str) -> LineDraft:
    total = sum((line.worth(currency) for line in lines), Decimal(0))
    days = [day for line in lines for day in (line.supplied_from, line.supplied_to) if day]
    amount = -quantise(Fraction(total) * Fraction(discount.percent) / 100, currency)
    first = lines[0]
    percent = write_number(discount.percent, 2, trim=True)
    return LineDraft(
        kind=InvoiceLine.Kind.DISCOUNT,
        description=words_in(client.language)["discount"].format(percent=percent),
        tax=first.tax,
        unit_price=amount,
        amount=amount,
        service_line_id=first.service_line_id,
        supplied_from=min(days),
        supplied_to=max(days),
        agreed_percent=first.agreed_percent,
        change=first.change,
        lowers=tuple(lines),
    )
