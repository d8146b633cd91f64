"""Retainers: their periods with fee and hour account, laid as time passes; renewal, end and comparison."""

from collections.abc import Collection, Iterator
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models import Retainer, RetainerPeriod
from billing.models.hours import OveragePolicy
from billing.rules.comparison import ANNUAL_RATE, Comparison, RetainerTerms, compare, included_in_term
from billing.rules.retainers import BillIn, Period, Term, list_periods, term_allowance, terms_in
from billing.services import ledger
from billing.services.fee_rows import dated_fees, period_fee
from billing.services.first_orders import note_order
from clients.models import ServiceLine
from crm.db import worded
from crm.models import User

ONE_DAY = timedelta(days=1)
MONTHS = {Retainer.AllowancePeriod.MONTH: 1, Retainer.AllowancePeriod.QUARTER: 3}


@dataclass(frozen=True, slots=True)
class PeriodPlan:
    """A stretch of the contract that begins with a fee, an allowance, or both."""

    starts_on: date
    ends_on: date
    fee: Period | None
    allowance: Period | None


def term_of(retainer: Retainer, *, on: date) -> Term:
    """The term that is running on the day: one that renews by itself is as long as it takes to reach it, or its end."""
    term = Term(retainer.starts_on, retainer.term_months, retainer.ended_on)
    until = retainer.ended_on or on
    while retainer.renewal_mode == Retainer.RenewalMode.AUTOMATIC and term.last_on < until:
        term = Term(term.starts_on, term.months + retainer.term_months, retainer.ended_on)
    return term


def known_term(retainer: Retainer, *, on: date) -> Term:
    """The term as it was known on a day: an end of which notice was given later was not known yet."""
    if retainer.ended_on is None or (retainer.notice_given_on and retainer.notice_given_on <= on):
        return term_of(retainer, on=on)
    unended = copy(retainer)
    unended.ended_on = None
    return term_of(unended, on=on)


def plan_periods(retainer: Retainer, *, on: date) -> list[PeriodPlan]:
    """All periods of the running term, in order."""
    term = term_of(retainer, on=on)
    fees = {period.days.start: period for period in list_periods(term, months=retainer.fee_months)}
    allowances = {period.days.start: period for period in _allowances(retainer, term)}
    starts = sorted(fees | allowances)
    ends = [*(start - ONE_DAY for start in starts[1:]), term.last_on]
    return [
        PeriodPlan(start, end, fees.get(start), allowances.get(start)) for start, end in zip(starts, ends, strict=True)
    ]


@transaction.atomic
def open_periods(retainer: Retainer, *, on: date, by: User | None, at: datetime) -> list[RetainerPeriod]:
    """Lays the periods that have begun by the day, each once, with the hours it brings; says which are new.

    A period whose fee was not drafted yet follows changed terms.
    """
    row = Retainer.objects.locked().select_related("client").get(pk=retainer.pk)
    present = {period.starts_on: period for period in row.periods.select_for_update()}
    made = []
    for plan in plan_periods(row, on=on):
        if plan.starts_on in present:
            _follow_terms(present[plan.starts_on], row, plan)
        elif plan.starts_on <= on:
            made.append(_lay(row, plan, by=by, at=at))
    return made


@transaction.atomic
def agree_retainer(
    retainer: Retainer, *, service_lines: Collection[ServiceLine] = (), by: User | None, on: date, at: datetime
) -> Retainer:
    """Saves a new contract; one that is running brings its hours at once, its fees follow by the schedule."""
    if not retainer.seller_id and retainer.client.default_seller:
        retainer.seller = retainer.client.default_seller
    with worded():
        retainer.save(force_insert=True)
    retainer.service_lines.set(service_lines)
    if retainer.status == Retainer.Status.ACTIVE:
        open_periods(retainer, on=on, by=by, at=at)
        note_order(retainer, at=at)
    return retainer


@transaction.atomic
def change_retainer(
    retainer: Retainer,
    *,
    service_lines: Collection[ServiceLine] | None = None,
    by: User | None,
    on: date,
    at: datetime,
) -> Retainer:
    """Saves changed terms; fees that were not drafted yet follow them, hours that were given stay."""
    was_draft = Retainer.objects.filter(pk=retainer.pk, status=Retainer.Status.DRAFT).exists()
    with worded():
        retainer.save()
    if service_lines is not None:
        retainer.service_lines.set(service_lines)
    if retainer.status == Retainer.Status.ACTIVE:
        open_periods(retainer, on=on, by=by, at=at)
        if was_draft:
            note_order(retainer, at=at)
    return retainer


def comparison_of(retainer: Retainer, *, annual_rate: Decimal = ANNUAL_RATE) -> Comparison | None:
    """The contract against ordering the work once, over the months that the order would cover: the term as agreed.

    None while nobody knows the one-off price.
    """
    if retainer.one_off_price is None:
        return None
    term = min(retainer.one_off_months or retainer.term_months, retainer.term_months)
    months = MONTHS.get(Retainer.AllowancePeriod(retainer.allowance_period))
    included = included_in_term(retainer.included_minutes, period_months=months, term_months=term)
    terms = RetainerTerms(
        monthly_fee=retainer.monthly_fee,
        currency=retainer.currency,
        starts_on=retainer.starts_on,
        term_months=term,
        fee_months=retainer.fee_months,
        included_minutes=included,
        later_fees=tuple(dated_fees(retainer)[1:]),
    )
    return compare(
        terms,
        one_off_price=retainer.one_off_price,
        one_off_minutes=retainer.one_off_minutes,
        annual_rate=annual_rate,
    )


@transaction.atomic
def end_retainer(retainer: Retainer, *, on: date, given_on: date) -> Retainer:
    """Sets the last day, and since when it is known.

    Periods after it that were neither drafted nor used go; `already_done` a second time.
    """
    row = Retainer.objects.locked().get(pk=retainer.pk)
    if row.ended_on is not None:
        raise ValidationError(_("This contract has its last day already."), code="already_done")
    row.ended_on = max(on, row.starts_on)
    row.notice_given_on = given_on
    row.save(update_fields=["ended_on", "notice_given_on"])
    later = row.periods.filter(starts_on__gt=row.ended_on, invoice_line=None)
    later.exclude(account__ledger__kind="draw").delete()
    return row


def close_ended_retainers(*, on: date, at: datetime) -> int:
    """Marks contracts whose last day has passed as ended; says how many.

    Their last periods are laid before, so that fees of days on which the schedule did not run are still drafted.
    """
    closed = 0
    for retainer in Retainer.objects.filter(status=Retainer.Status.ACTIVE):
        last_on = term_of(retainer, on=on).last_on
        if last_on < on:
            open_periods(retainer, on=last_on, by=None, at=at)
            closed += Retainer.objects.filter(pk=retainer.pk).update(
                status=Retainer.Status.ENDED, ended_on=retainer.ended_on or last_on
            )
    return closed


def _allowances(retainer: Retainer, term: Term) -> Iterator[Period]:
    if not retainer.included_minutes:
        return
    months = MONTHS.get(Retainer.AllowancePeriod(retainer.allowance_period))
    if months:
        yield from list_periods(term, months=months)
    else:
        yield from (term_allowance(part) for part in terms_in(term, months=retainer.term_months))


def _lay(retainer: Retainer, plan: PeriodPlan, *, by: User | None, at: datetime) -> RetainerPeriod:
    period = RetainerPeriod(retainer=retainer, starts_on=plan.starts_on, ends_on=plan.ends_on)
    _set_fee(period, retainer, plan)
    if plan.allowance:
        period.account = ledger.open_account(retainer.client, overdraft_minutes=_overdraft(retainer))
        ledger.book_purchase(
            period.account,
            minutes=plan.allowance.allowance(retainer.included_minutes, prorated=retainer.prorates_allowance),
            granted=True,
            source=retainer.name,
            on=plan.starts_on,
            by=by,
            at=at,
        )
    period.save()
    return period


def _follow_terms(period: RetainerPeriod, retainer: Retainer, plan: PeriodPlan) -> None:
    before = (period.ends_on, period.fee, period.draft_on)
    period.ends_on = plan.ends_on
    if period.invoice_line_id is None:
        _set_fee(period, retainer, plan)
    if before != (period.ends_on, period.fee, period.draft_on):
        period.save(update_fields=["ends_on", "fee", "draft_on"])


def _set_fee(period: RetainerPeriod, retainer: Retainer, plan: PeriodPlan) -> None:
    """The part of the fee that falls on the period; one that only brings hours costs nothing."""
    period.fee, period.draft_on = Decimal(0), plan.starts_on
    if plan.fee:
        period.fee = period_fee(retainer, plan.fee)
        period.draft_on = plan.fee.draft_on(BillIn(retainer.bill_in))


def _overdraft(retainer: Retainer) -> int:
    allowed = retainer.overage_policy == OveragePolicy.ALLOW_NEGATIVE
    return retainer.negative_limit_minutes if allowed else 0
