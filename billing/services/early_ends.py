"""A contract that ends before its term: notice, the settlement that is proposed, and a partner's decision."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing.models import Coverage, EarlyEnd, Invoice, InvoiceLine, Retainer, RetainerPeriod
from billing.models.time import BOOKED
from billing.rules.document_words import words_in
from billing.rules.retainers import Settlement, Term, end_by_notice, list_periods, settle_early_end
from billing.services.agreed_prices import AgreedPrices
from billing.services.alerts import responsible
from billing.services.allowances import refund_value
from billing.services.drafts import DraftTerms, LineDraft, open_draft
from billing.services.fee_rows import period_fee
from billing.services.renewals import settle_renewals
from billing.services.retainers import comparison_of, end_retainer, term_of
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
    row = end_retainer(retainer, on=last_on)
    settle_renewals(row, at=at)
    _open_loss_review(row, at)
    if row.ended_on is None or row.ended_on >= planned:
        return None
    early = _proposed(row, given_on, settlement_of(row, on=on))
    early.save(force_insert=True)
    _ask_partner(row, at)
    return early


def settlement_of(retainer: Retainer, *, on: date) -> Settlement:
    """Fees due to the last day against what was delivered, valued at the one-off price."""
    last_on = retainer.ended_on or term_of(retainer, on=on).last_on
    term = Term(retainer.starts_on, retainer.term_months, last_on)
    fees = sum((period_fee(retainer, period) for period in list_periods(term, months=retainer.fee_months)), Decimal(0))
    delivered = _delivered_minutes(retainer)
    left = _unused_by_period(retainer, last_on)
    return settle_early_end(
        fees_due=fees,
        fees_billed=_billed(retainer),
        delivered_minutes=delivered,
        delivered_value=_value_of(retainer, delivered),
        unused_minutes=sum(left.values()),
        unused_value=_refund_of(retainer, left),
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
        unused_value=found.unused_value,
        amount=found.amount,
    )


def _billed(retainer: Retainer) -> Decimal:
    """Fees of the contract on standing invoices, also on drafts."""
    lines = InvoiceLine.objects.standing().filter(retainer_period__retainer=retainer)
    return lines.aggregate(total=Sum("amount"))["total"] or Decimal(0)


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


def _unused_by_period(retainer: Retainer, last_on: date) -> dict[RetainerPeriod, int]:
    """What is left in the hour accounts of the periods that began."""
    begun = retainer.periods.filter(starts_on__lte=last_on, account__isnull=False).select_related("account", "retainer")
    return {period: max(0, period.account.balance_minutes) for period in begun if period.account}


def _refund_of(retainer: Retainer, left: Mapping[RetainerPeriod, int]) -> Decimal:
    """Unused hours at what was paid for them, where the contract gives them back; the fee is due otherwise."""
    if not retainer.refunds_unused:
        return Decimal(0)
    return sum((refund_value(period, minutes) for period, minutes in left.items() if minutes), Decimal(0))


def _draft(row: EarlyEnd, *, by: User, on: date) -> Invoice:
    retainer = row.retainer
    terms = DraftTerms(
        client=retainer.client,
        seller=retainer.seller,
        currency=retainer.currency,
        price_includes_tax=retainer.price_includes_tax,
    )
    taxes = AgreedPrices(retainer.client).taxes_of(retainer.seller)
    line = LineDraft(
        kind=InvoiceLine.Kind.FIXED,
        description=words_in(retainer.client.language)["settlement"].format(name=retainer.name),
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
