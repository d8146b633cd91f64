"""The end of a retainer's allowance: unused hours are carried on, lapse or are refunded, as the contract says.

Carried hours are drawn before the next period's own and end with it, so nothing compounds. What was carried or ended
before counts, so that closing a period again books only what has changed since.
"""

from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from billing.models import EarlyEnd, HourAccount, LedgerRow, Retainer, RetainerPeriod
from billing.models.hours import pending_minutes
from billing.rules.expiry import refund_limit
from billing.rules.retainers import fee_of_period, list_periods
from billing.rules.rollover import AllowanceUse, Rollover, RolloverRule, claim_carried, close_period
from billing.services import ledger
from billing.services.alerts import responsible
from billing.services.fee_rows import dated_fees, period_fee
from billing.services.retainers import plan_periods, term_of
from billing.services.terms import ONE_DAY, REACH_MONTHS, allowance_end, read_month, recoverable_columns
from clients.services.tasks import TaskDraft, open_task
from crm.db import worded
from crm.models import User
from crm.periods import add_months
from crm.web.formats import write_hours, write_money

UNUSED = "retainer_unused_hours"
Kind = LedgerRow.Kind
OWN = (Kind.PURCHASE, Kind.GRANT, Kind.ADJUSTMENT)


class Ending(NamedTuple):
    """What closing a period books now, in minutes."""

    carried: int
    ended: int
    deficit: int


@transaction.atomic
def close_allowance(period: RetainerPeriod, *, by: User | None, at: datetime) -> Ending | None:
    """Divides what is left of an allowance that is over; None where nothing is to be booked.

    While the following period of a running contract is not laid yet, everything waits for it.
    """
    following = following_allowance(period)
    if following is None and _is_followed(period):
        return None
    accounts = ledger.lock_accounts([row.account_id for row in (period, following) if row and row.account_id])
    ending = _ending(period, accounts, following)
    if not any(ending):
        return None
    with worded():
        _book_carried(period, following, ending, by=by, at=at)
        _book_end(period, ending.ended, by=by, at=at)
    return ending


def following_allowance(period: RetainerPeriod) -> RetainerPeriod | None:
    later = period.retainer.periods.filter(account__isnull=False, starts_on__gt=allowance_end(period))
    return later.order_by("starts_on").first()


def _is_followed(period: RetainerPeriod) -> bool:
    """Whether the contract goes on to bring hours after this allowance."""
    last = allowance_end(period)
    if period.retainer.status != Retainer.Status.ACTIVE:
        return False
    plans = plan_periods(period.retainer, on=last + ONE_DAY)
    return any(plan.allowance and plan.starts_on > last for plan in plans)


def _ending(period: RetainerPeriod, accounts: dict[int, HourAccount], following: RetainerPeriod | None) -> Ending:
    account = accounts[period.account_id or 0]
    sums, reserved = _sums(account), ledger.reserved_minutes(account.pk) + _claimed(period)
    use = AllowanceUse(
        included=sum(sums[kind] for kind in OWN),
        used=-sums[Kind.DRAW],
        carried_in=sums[Kind.ROLLOVER_IN],
        reserved=reserved,
    )
    end = close_period(use, _rule(period.retainer))
    free = max(0, account.balance_minutes - reserved)
    if following is None:
        return Ending(0, free, 0)
    there = accounts[following.account_id or 0]
    carried = min(free, max(0, end.carried + sums[Kind.ROLLOVER_OUT]))
    room = max(0, there.balance_minutes + there.overdraft_minutes)
    return Ending(carried, free - carried, min(end.deficit, max(0, -account.balance_minutes), room))


def _claimed(period: RetainerPeriod) -> int:
    """Minutes that were carried into the period and that pending work of the one before will fetch back."""
    around = HourAccount.objects.filter(
        retainer_period__retainer=period.retainer_id,
        retainer_period__starts_on__lte=period.starts_on,
        retainer_period__ends_on__gte=add_months(period.starts_on, -REACH_MONTHS),
    )
    rows = around.annotate(held=pending_minutes(rejected=False), **recoverable_columns()).order_by("pk")
    return claim_carried({row.pk: read_month(row, held=row.held) for row in rows})[period.account_id or 0]


def _rule(retainer: Retainer) -> RolloverRule:
    return RolloverRule(Rollover(retainer.rollover), retainer.rollover_cap_minutes, retainer.carries_deficit)


def _sums(account: HourAccount) -> Counter[str]:
    """Minutes by kind, a reversal counted with what it takes back."""
    rows = LedgerRow.objects.filter(account=account).annotate(what=Coalesce("reverses__kind", "kind"))
    return Counter(dict(rows.order_by().values_list("what").annotate(total=Sum("minutes"))))


def _book_carried(
    period: RetainerPeriod, following: RetainerPeriod | None, ending: Ending, *, by: User | None, at: datetime
) -> None:
    if following is None or following.account is None or period.account is None:
        return
    if ending.carried:
        out = ledger.book_rows([_end(period, Kind.ROLLOVER_OUT, ending.carried, by=by, at=at)])[0]
        ledger.book_rows([ledger.carried_row(out, account_id=following.account.pk)])
    if ending.deficit:
        words = _("Hours below zero, carried on")
        for account, minutes in ((period.account, ending.deficit), (following.account, -ending.deficit)):
            ledger.adjust_balance(account, minutes=minutes, reason=words, on=following.starts_on, by=by, at=at)


def _book_end(period: RetainerPeriod, minutes: int, *, by: User | None, at: datetime) -> None:
    """The rest lapses; where the contract refunds it, its share of the fee is asked of whoever answers for it.

    A settlement of an early end that counted unused hours has asked for them already.
    """
    if not minutes:
        return
    value = refund_value(period, minutes) if period.retainer.refunds_unused else Decimal(0)
    if not value:
        ledger.book_rows([_end(period, Kind.EXPIRY, minutes, by=by, at=at)])
        return
    row = _end(period, Kind.REFUND, minutes, by=by, at=at)
    row.price = value
    ledger.book_rows([row])
    told = responsible(period.retainer.client)
    if told and not EarlyEnd.objects.filter(retainer=period.retainer, unused_value__gt=0).exists():
        open_task(_refund_task(period, row, told, at))


def refund_value(period: RetainerPeriod, minutes: int) -> Decimal:
    """Unused hours at the price of the fees that paid for them.

    Of a period that an early end cut, the fee to the last day counts, and hours that it does not bring are worth none.
    """
    retainer = period.retainer
    fees = _share_of_fee(period) if _shares_a_fee(retainer) else _fees_of(period)
    brought = _brought(period)
    unused = minutes - max(0, _given(period) - brought)
    return refund_limit(unused, purchased=brought, price=fees, currency=retainer.currency)


def _shares_a_fee(retainer: Retainer) -> bool:
    """Whether one fee pays for several allowances: hours by the month, fees by the quarter."""
    return retainer.allowance_period == Retainer.AllowancePeriod.MONTH and retainer.fee_months > 1


def _share_of_fee(period: RetainerPeriod) -> Decimal:
    """What the month's days cost of a longer fee, whose row is that of its first month."""
    retainer = period.retainer
    plans = plan_periods(retainer, on=period.starts_on)
    month = next((plan.allowance for plan in plans if plan.starts_on == period.starts_on), None)
    fees = dated_fees(retainer)
    return fee_of_period(month, fees, months=1, currency=retainer.currency) if month else Decimal(0)


def _fees_of(period: RetainerPeriod) -> Decimal:
    """The fees that fall into the days of the allowance."""
    paid = period.retainer.periods.filter(starts_on__range=(period.starts_on, allowance_end(period)))
    return sum((_fee_to_the_end(period.retainer, row) for row in paid), Decimal(0))


def _fee_to_the_end(retainer: Retainer, row: RetainerPeriod) -> Decimal:
    fee: Decimal = row.fee
    if retainer.ended_on is None:
        return fee
    last = list_periods(term_of(retainer, on=row.starts_on), months=retainer.fee_months)[-1]
    return min(fee, period_fee(retainer, last)) if row.starts_on == last.days.start else fee


def _brought(period: RetainerPeriod) -> int:
    """The hours that belong to the days of the period; a contract that cuts them cuts them at an early end too."""
    retainer = period.retainer
    plans = plan_periods(retainer, on=period.starts_on) if retainer.prorates_allowance else ()
    days = next((plan.allowance for plan in plans if plan.starts_on == period.starts_on), None)
    return days.allowance(retainer.included_minutes, prorated=True) if days else int(retainer.included_minutes)


def _given(period: RetainerPeriod) -> int:
    """The hours that the period brought when it was laid."""
    if not period.retainer.prorates_allowance:
        return int(period.retainer.included_minutes)
    rows = LedgerRow.objects.filter(account=period.account_id, kind__in=(Kind.PURCHASE, Kind.GRANT))
    return rows.aggregate(total=Sum("minutes"))["total"] or 0


def _end(period: RetainerPeriod, kind: LedgerRow.Kind, minutes: int, *, by: User | None, at: datetime) -> LedgerRow:
    account_id = period.account_id or 0
    number = ledger.next_generation(account_id, kind)
    on = allowance_end(period) + ONE_DAY
    return ledger.end_row(account_id, kind, minutes=minutes, generation=number, on=on, by=by, at=at)


def _refund_task(period: RetainerPeriod, row: LedgerRow, told: User, at: datetime) -> TaskDraft:
    retainer = period.retainer
    return TaskDraft(
        kind=UNUSED,
        source=f"retainer-refund:{row.pk}",
        assignee=told,
        title=_refund_words(period.retainer, row, told),
        due_at=at,
        client=retainer.client,
        url=reverse("billing:retainer_detail", args=[retainer.pk]),
    )


def _refund_words(retainer: Retainer, row: LedgerRow, told: User) -> str:
    with translation.override(told.language):
        hours, amount = write_hours(-row.minutes), write_money(row.price or 0, retainer.currency)
        return _("%(retainer)s: %(hours)s were not used, credit %(amount)s") % {
            "retainer": retainer.name,
            "hours": hours,
            "amount": amount,
        }
