"""Fixed prices on invoices: advances while the work goes on, and a last invoice that sets them off; each part once.

The last invoice shows the hours that the price paid for, which stand on it from then on. What stands on invoices is
read from their lines, over all versions of an offer: a revised price adds its rest only.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models import Coverage, Invoice, InvoiceLine, Offer, TimeEntry
from billing.models.lines import LineQuery
from billing.rules.document_words import words_in
from billing.services.advances import OpenAdvance, set_off_line
from billing.services.agreed_prices import AgreedPrices, offer_agreement
from billing.services.credits import left_on_lines
from billing.services.discounts import discount_lines
from billing.services.drafting import DraftPlan, write_plan
from billing.services.drafts import DraftTerms, LineDraft
from billing.services.line_sources import PlannedLine, Wanted, register_source
from billing.services.shown_extras import show_extras
from billing.services.wip import WipKey
from billing.services.worked_lines import work_detail
from clients.models import Client
from crm.models import User
from crm.money import quantise


def register_fixed_offers() -> None:
    register_source("fixed_offers", delivered_offer_lines)


@transaction.atomic
def draft_fixed_offer(offer: Offer, *, by: User | None, on: date) -> Invoice:
    """The last invoice of a fixed price: what stands on none yet, less the advances.

    ValidationError `wrong_status` before it is accepted or while an advance is a draft, `already_done` when all of it
    is invoiced, `needs_decision` for an open VAT question.
    """
    row = _locked(offer)
    if advances_of(row).filter(invoice__status=Invoice.Status.DRAFT).exists():
        raise ValidationError(_("An advance is still a draft: issue it, or delete it first."), code="wrong_status")
    draft = write_plan(DraftPlan(_terms(row), tuple(_last_lines(row, row.client.holder, on=on))), by=by, on=on)
    show_extras(draft)
    return draft


@transaction.atomic
def draft_offer_advance(offer: Offer, *, amount: Decimal, by: User | None, on: date) -> Invoice:
    """An advance of a fixed price, in its own tax basis; the last invoice sets it off.

    ValidationError `wrong_status` before it is accepted, `already_done` when all of it is invoiced, `advance_too_much`.
    """
    row = _locked(offer)
    left = rest_of(row) - row.advance_amount
    if not 0 < quantise(amount, row.currency) <= left:
        error = ValidationError(_("At most %(left)s is left."), code="advance_too_much", params={"left": str(left)})
        raise ValidationError({"amount": error})
    line = _line(row, row.client.holder, InvoiceLine.Kind.ADVANCE, quantise(amount, row.currency), on=on)
    return write_plan(DraftPlan(_terms(row), (PlannedLine(line),)), by=by, on=on)


def delivered_offer_lines(wanted: Wanted) -> Mapping[WipKey, Sequence[PlannedLine]]:
    """Fixed prices of delivered offers; one whose advance is still a draft waits for it."""
    mine = Q(client=wanted.client) | Q(client__merged_into=wanted.client)
    rows = Offer.objects.delivered().fixed_to_invoice().without_draft_advance()
    rows = rows.filter(mine, closed_on__lte=wanted.through)
    if wanted.since:
        rows = rows.filter(closed_on__gte=wanted.since)
    if wanted.engagement:
        rows = rows.filter(engagements=wanted.engagement)
    found: dict[WipKey, list[PlannedLine]] = defaultdict(list)
    for offer in rows.select_related("seller").order_by("closed_on", "pk"):
        key = WipKey(offer.seller, offer.currency, offer.price_includes_tax)
        found[key] += _last_lines(offer, wanted.client, on=offer.closed_on or wanted.through)
    return found


def advances_of(offer: Offer) -> LineQuery:
    """Standing lines that ask for a part of the price ahead, in whatever version, the oldest first."""
    versions = Offer.objects.family_of(offer).values("pk")
    rows = InvoiceLine.objects.standing().filter(kind=InvoiceLine.Kind.ADVANCE, offer__in=versions)
    return rows.select_related("invoice").order_by("invoice__issued_on", "pk")


def rest_of(offer: Offer) -> Decimal:
    """What stands on no last invoice. ValidationError `already_done` when nothing is left."""
    rest = Decimal(offer.fixed_price or 0) - offer.billed_amount
    if rest <= 0:
        raise ValidationError(_("This was invoiced already."), code="already_done")
    return rest


def _locked(offer: Offer) -> Offer:
    """The offer with its client locked first, as drafts of work do, so that nothing is drafted twice."""
    Client.objects.locked().get(pk=offer.client.holder_id)
    rows = Offer.objects.with_billed_amounts().select_related("client", "seller")
    row = rows.get(pk=Offer.objects.locked().get(pk=offer.pk).pk)
    if (
        row.hour_package_id
        or row.basis != Offer.Basis.FIXED
        or row.status not in (Offer.Status.ACCEPTED, Offer.Status.CLOSED)
    ):
        raise ValidationError(_("Only an accepted fixed price is invoiced so."), code="wrong_status")
    return row


def _terms(offer: Offer) -> DraftTerms:
    return DraftTerms(
        client=offer.client.holder,
        seller=offer.seller,
        currency=offer.currency,
        price_includes_tax=offer.price_includes_tax,
        engagement=offer.engagements.first(),
        agreement=offer,
    )


def _last_lines(offer: Offer, client: Client, *, on: date) -> list[PlannedLine]:
    rest = rest_of(offer)
    work = _work_of(offer)
    last = _with_work(_line(offer, client, InvoiceLine.Kind.FIXED, rest, on=on), work)
    off = discount_lines(client, [last], currency=offer.currency)
    worked = tuple(row.pk for row in work)
    lines = [PlannedLine(last, worked, then=partial(_mark, offer.pk)), *(PlannedLine(line) for line in off)]
    rest += sum((line.amount or Decimal(0) for line in off), Decimal(0))
    for line in advances_of(offer).filter(invoice__status=Invoice.Status.ISSUED):
        advance = OpenAdvance(line, left_on_lines(line.invoice)[line])
        part = min(advance.left.amount, rest)
        if part > 0:
            rest -= part
            lines.append(PlannedLine(set_off_line(advance, part, language=client.language), then=_check_left))
    return lines


def _line(offer: Offer, client: Client, kind: InvoiceLine.Kind, amount: Decimal, *, on: date) -> LineDraft:
    price = AgreedPrices(client).of_agreement(
        offer.seller, offer_agreement(offer), includes_tax=offer.price_includes_tax, supplied_on=on
    )
    ahead = kind == InvoiceLine.Kind.ADVANCE
    return LineDraft(
        kind=kind,
        description=words_in(client.language)["advance_of"].format(name=offer.title) if ahead else offer.title,
        tax=price.tax,
        unit_price=amount,
        amount=amount,
        service_line_id=offer.service_line_id,
        supplied_to=on,
        agreed_percent=price.agreed_percent,
        change=price.change,
        offer=offer,
    )


def _work_of(offer: Offer) -> list[Coverage]:
    """Approved hours, on whatever version, that the price pays for and no document shows yet."""
    versions = Offer.objects.family_of(offer).values("pk")
    hours = Coverage.objects.filter(source=Coverage.Source.OFFER, is_billed=False, entry__offer__in=versions)
    approved = hours.filter(entry__status=TimeEntry.Status.APPROVED)
    return list(approved.select_related("entry__employee").order_by("entry__worked_on", "entry", "position"))


def _with_work(line: LineDraft, work: Sequence[Coverage]) -> LineDraft:
    """The line with its hours under it; the price stays one piece, and the day that decides its VAT stays."""
    if not work:
        return line
    shown = [work_detail(row.entry, row.minutes) for row in work]
    return replace(line, supplied_from=work[0].entry.worked_on, details={"entries": shown})


def _mark(offer_id: int, line: InvoiceLine) -> None:
    Offer.objects.filter(pk=offer_id).update(invoice_line=line)


def _check_left(line: InvoiceLine) -> None:
    """Somebody else may have set the advance off in the meantime."""
    advance = line.sets_off
    if advance is None:
        return
    invoice = Invoice.objects.locked().get(pk=advance.invoice_id)
    if left_on_lines(invoice)[advance].amount < 0:
        raise ValidationError(_("This advance was set off on another draft just now."), code="already_done")
