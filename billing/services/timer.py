"""The running timer: one per person, kept in the database, so it survives a restart and a second device.

After ten hours it stops by itself; what it measured is saved and asks, because nobody forgets it on purpose.
"""

import logging
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import TimeEntry, Timer
from billing.services.time import log_entry, settle_entry
from crm.db import worded
from crm.models import User

log = logging.getLogger(__name__)
LONGEST = timedelta(hours=10)
STOPPED_BY_ITSELF = "timer_stopped"


def start_timer(timer: Timer, *, at: datetime) -> Timer:
    """Starts it now. Answers `already_done` if the person's timer is running.

    What could not be saved when it stops is refused now: an engagement of another client, a client of no company.
    """
    timer.started_at = at
    entry = _entry(timer, at)
    settle_entry(entry)
    entry.clean()
    with worded():
        _made, fresh = Timer.objects.get_or_create(user=timer.user, defaults=_terms(timer))
    if not fresh:
        raise ValidationError(_("Your timer is running already."), code="already_done")
    return timer


@transaction.atomic
def stop_timer(user: User, *, at: datetime, billing_type: str = "", reason: str = "") -> TimeEntry:
    """Stops the timer and saves what it measured, rounded to minutes, at least one. `wrong_status` if none runs."""
    timer = _locked(user)
    entry = _entry(timer, at)
    entry.billing_type = billing_type or entry.billing_type
    entry.reason = reason
    timer.delete()
    return log_entry(entry, by=user, at=at)


@transaction.atomic
def discard_timer(user: User) -> None:
    _locked(user).delete()


def stop_forgotten_timers(*, at: datetime) -> int:
    """Stops timers that run for ten hours or more, each in its own transaction; says how many.

    One that cannot be saved, because its day was closed since, waits for its person and holds no other up.
    """
    stopped = 0
    for timer in Timer.objects.filter(started_at__lte=at - LONGEST).select_related("user"):
        try:
            stop_timer(timer.user, at=at)
        except ValidationError as refused:
            log.warning("The timer of user %s was not stopped: %s", timer.user_id, "; ".join(refused.messages))
        else:
            stopped += 1
    return stopped


def _terms(timer: Timer) -> dict[str, object]:
    return {
        "client": timer.client,
        "engagement": timer.engagement,
        "description": timer.description,
        "started_at": timer.started_at,
    }


def _locked(user: User) -> Timer:
    timer = Timer.objects.select_for_update(of=("self",)).filter(user=user).first()
    if timer is None:
        raise ValidationError(_("No timer is running."), code="wrong_status")
    return timer


def _entry(timer: Timer, at: datetime) -> TimeEntry:
    forgotten = at - timer.started_at >= LONGEST
    ended_at = timer.started_at + LONGEST if forgotten else at
    minutes = max(1, round((ended_at - timer.started_at).total_seconds() / 60))
    return TimeEntry(
        employee=timer.user,
        client=timer.client,
        engagement=timer.engagement,
        description=timer.description,
        worked_on=timezone.localdate(timer.started_at),
        started_at=timer.started_at,
        ended_at=max(ended_at, timer.started_at + timedelta(minutes=1)),
        minutes=minutes,
        needs_decision=STOPPED_BY_ITSELF if forgotten else "",
    )
