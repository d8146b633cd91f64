"""Renewals of retainers: reminded of 90, 60 and 30 days before the term ends, and settled once somebody has acted."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing.models import Retainer
from billing.rules.retainers import reminders_due
from billing.services.currencies import convert_to_base
from billing.services.fees import keeper_of
from billing.services.retainers import term_of
from clients.models import Task
from clients.services.promises import end_of_day
from clients.services.tasks import TaskDraft, open_task, settle_tasks
from crm.models import User
from crm.web.formats import lazy_day

RENEWAL = "retainer_renewal"
TO_ACT = timedelta(days=3)  # a reminder stands among today's work at once, not when the term is over


def remind_renewals(*, on: date, at: datetime) -> int:
    """Opens a task 90, 60 and 30 days before a term ends, each distance once; says how many are new."""
    opened = 0
    for retainer in Retainer.objects.running(on=on).select_related("client__account_manager", "lead"):
        last_on = term_of(retainer, on=on).last_on
        told = _told(retainer, last_on)
        due = reminders_due(last_on, on=on, sent=told)
        keeper = keeper_of(retainer) if due else None
        if keeper and open_task(_reminder(retainer, keeper, last_on, min(due), on)):
            settle_tasks(RENEWAL, *(_source(retainer, last_on, days) for days in told if days != min(due)), at=at)
            opened += 1
    return opened


@transaction.atomic
def renew_retainer(retainer: Retainer, *, months: int, at: datetime, by: User | None = None) -> Retainer:
    """Adds months to the term and settles its reminders.

    The one-off order goes on being compared with the term that it was priced for.

    ValidationError `wrong_status` for a contract that has ended.
    """
    row = Retainer.objects.locked().get(pk=retainer.pk)
    if row.status == Retainer.Status.ENDED:
        raise ValidationError(_("This contract has ended; make a new one."), code="wrong_status")
    row.one_off_months = row.one_off_months or row.term_months
    row.term_months += months
    row.save(update_fields=["term_months", "one_off_months"])
    settle_renewals(row, at=at, by=by)
    return row


def settle_renewals(retainer: Retainer, *, at: datetime, by: User | None = None) -> None:
    """The question is answered: renewed, or the last day is set."""
    open_rows = Task.objects.unfinished().filter(kind=RENEWAL, source__startswith=f"retainer:{retainer.pk}:")
    settle_tasks(RENEWAL, *open_rows.values_list("source", flat=True), at=at, by=by)


def _told(retainer: Retainer, last_on: date) -> list[int]:
    prefix = _source(retainer, last_on, "")
    sources = Task.objects.filter(kind=RENEWAL, source__startswith=prefix).values_list("source", flat=True)
    return [int(source.rpartition(":")[2]) for source in sources]


def _source(retainer: Retainer, last_on: date, days: int | str) -> str:
    return f"retainer:{retainer.pk}:{last_on.isoformat()}:{days}"


def _reminder(retainer: Retainer, keeper: User, last_on: date, days: int, on: date) -> TaskDraft:
    return TaskDraft(
        kind=RENEWAL,
        source=_source(retainer, last_on, days),
        assignee=keeper,
        title=format_lazy(_("Renew {name}: it ends on {day}"), name=retainer.name, day=lazy_day(last_on)),
        due_at=end_of_day(min(last_on, on + TO_ACT)),
        client=retainer.client,
        url=reverse("billing:retainer_detail", args=[retainer.pk]),
        value_at_stake=_value(retainer, on),
    )


def _value(retainer: Retainer, on: date) -> Decimal | None:
    """What another term would bring, in the base currency where its rate is known."""
    found = convert_to_base(retainer.monthly_fee * retainer.term_months, retainer.currency, on=on)
    return found.amount if found else None
