"""A contract that ends before its term: notice, the settlement that is proposed, and a partner's decision."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing.models import Coverage, EarlyEnd, Invoice, InvoiceLine, Retainer
from billing.models.time import BOOKED
from billing.rules.document_words import words_in
from billing.rules.retainers import Settlement, end_by_notice, list_periods, settle_early_end
from billing.services.agreed_prices import AgreedPrices
from billing.services.alerts import responsible
from billing.services.checkpoints import drop_later_checkpoints
from billing.services.drafts import DraftTerms, LineDraft, delete_draft, open_draft, remove_line
from billing.services.fee_rows import period_fee
from billing.services.renewals import settle_renewals
from billing.services.retainers import comparison_of, end_retainer, open_periods, term_of
from clients.services.tasks import TaskDraft, open_task
from crm.access import Role
from crm.db import worded
from crm.models import User
from crm.money import quantise
from crm.web.formats import write_money

LOSS_REVIEW, SETTLE, GIVE_BACK = "loss_review", "settle_early_end", "early_end_give_back"


@transaction.atomic
def give_notice(
    retainer: Retainer, *, given_on: date, ends_on: date | None = None, on: date, at: datetime
) -> EarlyEnd | None:
    """Ends the contract by its notice, or on a day that was agreed, and proposes a settlement if that is early.

    None when it ends with its term. ValidationError `already_done` when its last day is set.
    """
    planned = term_of(retainer, on=on).last_on
    last_on = ends_on or end_by_notice(given_on, notice_days=retainer.notice_days, last_on=planned)
    _drop_drafts(retainer, last_on)
    row = end_retainer(retainer, on=last_on, given_on=given_on)
    if row.status == Retainer.Status.ACTIVE:
        open_periods(row, on=on, by=None, at=at)
    drop_later_checkpoints(row, last_on=last_on, at=at)
    settle_renewals(row, at=at)
    _open_loss_review(row, at)
    if row.ended_on is None or row.ended_on >= planned:
        return None
    early = _proposed(row, given_on, settlement_of(row, on=on))
    early.save(force_insert=True)
    _ask_partner(row, at)
    return early


def settlement_of(retainer: Retainer, *, on: date) -> Settlement:
    """Fees due to the last day against what was invoiced and delivered, which the one-off price values."""
    term = term_of(retainer, on=on)
    billed = _billed(retainer)
    fees = [
        _due(period_fee(retainer, period), billed.get(period.days.start))
        for period in list_periods(term, months=retainer.fee_months)
    ]
    delivered = _delivered_minutes(retainer)
    return settle_early_end(
        fees_due=quantise(sum(fees, Fraction(0)), retainer.currency),
        fees_billed=sum((fee.left for fee in billed.values()), Decimal(0)),
        delivered_minutes=delivered,
        delivered_value=_value_of(retainer, delivered),
        unused_minutes=_unused(retainer, term.last_on),
    )


@transaction.atomic
def decide_early_end(early: EarlyEnd, *, settled: bool, reason: str = "", by: User, on: date, at: datetime) -> EarlyEnd:
    """A partner settles, which drafts an invoice or asks finance to give back what is below zero, or waives.

    Waiving needs a reason. ValidationError `already_done` once it was decided.
    """
    if not by.is_in(Role.PARTNER):
        raise PermissionDenied
    row = EarlyEnd.objects.select_for_update().select_related("retainer__client", "retainer__seller").get(pk=early.pk)
    if row.decision != EarlyEnd.Decision.OPEN:
        raise ValidationError(_("This was decided already."), code="already_done")
    row.decision = EarlyEnd.Decision.SETTLED if settled else EarlyEnd.Decision.WAIVED
    row.reason, row.decided_by, row.decided_at = reason.strip(), by, at
    if settled and row.amount > 0:
        row.invoice_line = _draft(row, by=by, on=on).lines.get()
    if settled and row.amount < 0:
        _ask_finance(row, by, at)
    with worded():
        row.save()
    return row


def _proposed(retainer: Retainer, given_on: date, found: Settlement) -> EarlyEnd:
    return EarlyEnd(
        retainer=retainer,
        given_on=given_on,
        ends_on=retainer.ended_on or given_on,
        fees_due=found.fees_due,
        fees_billed=found.fees_billed,
        delivered_minutes=found.delivered_minutes,
        delivered_value=found.delivered_value,
        unused_minutes=found.unused_minutes,
        amount=found.amount,
    )


def _drop_drafts(retainer: Retainer, last_on: date) -> None:
    """Takes fees off drafts that pay for days after the last one; a period that it cuts is drafted anew."""
    rows = retainer.periods.filter(
        Q(ends_on__gt=last_on) | Q(invoice_line__supplied_to__gt=last_on),
        invoice_line__invoice__status=Invoice.Status.DRAFT,
    )
    for line in InvoiceLine.objects.filter(retainer_period__in=rows).select_related("invoice"):
        draft = line.invoice
        for gone in (*_discounts_of(line), line):
            remove_line(gone)
        if not draft.lines.exclude(kind__in=(InvoiceLine.Kind.EXTRA, InvoiceLine.Kind.PREPAID)).exists():
            delete_draft(draft)


def _discounts_of(fee: InvoiceLine) -> QuerySet[InvoiceLine]:
    """Lines of its document that take a discount off a fee."""
    return InvoiceLine.objects.filter(
        invoice=fee.invoice_id,
        kind=InvoiceLine.Kind.DISCOUNT,
        service_line=fee.service_line_id,
        supplied_from=fee.supplied_from,
        supplied_to=fee.supplied_to,
    )


class BilledFee(NamedTuple):
    """A fee on an issued invoice: as agreed, after its discounts, and what credit notes have left of that."""

    agreed: Decimal
    charged: Decimal
    left: Decimal


def _billed(retainer: Retainer) -> dict[date, BilledFee]:
    """Fees of the contract on issued invoices, by the first day of their period."""
    periods = retainer.periods.filter(invoice_line__invoice__status=Invoice.Status.ISSUED)
    rows = periods.select_related("invoice_line")
    return {row.starts_on: _billed_fee(row.invoice_line) for row in rows if row.invoice_line}


def _billed_fee(fee: InvoiceLine) -> BilledFee:
    lines = [fee, *_discounts_of(fee)]
    charged = sum((line.amount for line in lines), Decimal(0))
    notes = InvoiceLine.objects.filter(credits__in=lines, invoice__status=Invoice.Status.ISSUED)
    credited = notes.aggregate(total=Sum("amount"))["total"] or Decimal(0)
    return BilledFee(fee.amount, charged, charged - credited)


def _due(fee: Decimal, billed: BilledFee | None) -> Fraction:
    """A fee to the last day, less its discount; never more than what credit notes have left of it."""
    if billed is None or not billed.agreed:
        return Fraction(fee)
    return min(Fraction(fee) * Fraction(billed.charged) / Fraction(billed.agreed), Fraction(billed.left))


def _delivered_minutes(retainer: Retainer) -> int:
    """Booked minutes that the allowances of the contract paid for."""
    booked = Coverage.objects.filter(
        account__retainer_period__retainer=retainer,
        entry__status__in=BOOKED,
    )
    return booked.aggregate(total=Sum("minutes"))["total"] or 0


def _value_of(retainer: Retainer, minutes: int) -> Decimal | None:
    """Delivered minutes at the one-off price of an hour; None while nobody knows it."""
    comparison = comparison_of(retainer)
    if comparison is None or not retainer.one_off_minutes or retainer.one_off_price is None:
        return None
    return quantise(Fraction(retainer.one_off_price) * minutes / retainer.one_off_minutes, retainer.currency)


def _unused(retainer: Retainer, last_on: date) -> int:
    """What is left in the hour accounts of the periods that began."""
    begun = retainer.periods.filter(starts_on__lte=last_on, account__balance_minutes__gt=0)
    return begun.aggregate(total=Sum("account__balance_minutes"))["total"] or 0


def _draft(row: EarlyEnd, *, by: User, on: date) -> Invoice:
    retainer, client = row.retainer, row.retainer.client.holder
    terms = DraftTerms(
        client=client,
        seller=retainer.seller,
        currency=retainer.currency,
        price_includes_tax=retainer.price_includes_tax,
        agreement=retainer,
    )
    taxes = AgreedPrices(client).taxes_of(retainer.seller)
    line = LineDraft(
        kind=InvoiceLine.Kind.FIXED,
        description=words_in(client.language)["settlement"].format(name=retainer.name),
        tax=taxes.tax(on),
        unit_price=row.amount,
        supplied_to=on,
        agreed_percent=taxes.agreed_percent(on) if retainer.price_includes_tax else None,
    )
    return open_draft(terms, lines=[line], by=by, on=on)


def _open_loss_review(retainer: Retainer, at: datetime) -> None:
    """Why a client leaves is asked while somebody still knows."""
    keeper = responsible(retainer.client) or retainer.lead
    if keeper is None:
        return
    open_task(
        TaskDraft(
            kind=LOSS_REVIEW,
            source=f"retainer:{retainer.pk}",
            assignee=keeper,
            title=format_lazy(_("Review why {client} ends {name}"), client=retainer.client.name, name=retainer.name),
            due_at=at + timedelta(days=7),
            client=retainer.client,
            url=reverse("billing:retainer_detail", args=[retainer.pk]),
        )
    )


def _ask_finance(early: EarlyEnd, by: User, at: datetime) -> None:
    """Money to give back is a credit note on the fees, which is finance's to write."""
    retainer = early.retainer
    finance = User.objects.in_role(Role.FINANCE).filter(is_active=True).order_by("pk").first()
    open_task(
        TaskDraft(
            kind=GIVE_BACK,
            source=f"retainer:{retainer.pk}",
            assignee=finance or by,
            title=format_lazy(
                _("Give {client} {amount} back: credit fees of {name}"),
                client=retainer.client.name,
                amount=str(write_money(-early.amount, retainer.currency)),
                name=retainer.name,
            ),
            due_at=at + timedelta(days=3),
            client=retainer.client,
            url=reverse("billing:retainer_detail", args=[retainer.pk]),
        )
    )


def _ask_partner(retainer: Retainer, at: datetime) -> None:
    partner = retainer.client.executive_owner or User.objects.in_role(Role.PARTNER).filter(is_active=True).first()
    if partner is None:
        return
    open_task(
        TaskDraft(
            kind=SETTLE,
            source=f"retainer:{retainer.pk}",
            assignee=partner,
            title=format_lazy(_("Settle the early end of {name}"), name=retainer.name),
            due_at=at + timedelta(days=3),
            client=retainer.client,
            url=reverse("billing:retainer_detail", args=[retainer.pk]),
        )
    )
