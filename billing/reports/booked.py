"""Time that a person has booked on a day, for whoever asks whether the day still holds a promise."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Sum
from django.utils.translation import gettext as _

from billing.models import TimeEntry
from clients.reports.day import DayFact
from crm.models import User
from crm.web.formats import write_clock

WORKING_DAYS = 5
NAMED = 3


def booked_time(person: User, on: date, viewer: User) -> Iterator[DayFact]:
    """The minutes of everybody's clients, the names only of those whose time the viewer may read."""
    entries = TimeEntry.objects.filter(employee=person, worked_on=on)
    minutes = entries.aggregate(minutes=Sum("minutes"))["minutes"] or 0
    a_day = person.weekly_minutes // WORKING_DAYS
    said = {"person": person, "booked": write_clock(minutes), "day": write_clock(a_day)}
    if not minutes:
        yield DayFact("clock", _("%(person)s has booked no time on that day.") % said)
        return
    words = _("%(person)s has booked %(booked)s of %(day)s hours on that day.") % said
    seen = entries.visible_to(viewer).order_by("client__name").values_list("client__name", flat=True).distinct()
    names = ", ".join(seen[:NAMED])
    yield DayFact("clock-hour-4", f"{words} {names}".strip(), is_full=minutes >= a_day)
