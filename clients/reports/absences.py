"""Absences with what is wrong with them, and for whom a person stands in."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients.models import Absence, Client, Promise
from clients.models.client import KEEPERS, kept_by
from clients.rules.absences import Gap, Span, gaps
from crm.models import User


@dataclass(frozen=True, slots=True)
class Planned:
    """An absence and its gaps in words; `kept` is how many clients the person keeps."""

    absence: Absence
    words: Sequence[str]


def planned(rows: Sequence[Absence]) -> list[Planned]:
    """Four statements, however many absences."""
    away, kept, due = _away(rows), _kept(rows), _due(rows)
    return [Planned(row, _words(row, away[row.deputy_id], kept[row.user_id], due[row.pk])) for row in rows]


def covered(user: User, *, on: date) -> list[Absence]:
    """Absences now or later in which the person stands in, the next one first."""
    return list(Absence.objects.filter(deputy=user, to_on__gte=on).select_related("user").order_by("from_on", "pk"))


def _words(row: Absence, away: Sequence[Span], kept: int, due: int) -> list[str]:
    found = gaps(
        span_of(row),
        has_deputy=row.deputy_id is not None,
        deputy_away=away,
        keeps_clients=kept > 0,
        promises_due=due,
    )
    words = {
        Gap.DEPUTY_AWAY: _("the deputy is away as well"),
        Gap.NO_DEPUTY: ngettext("%(n)s client has no deputy", "%(n)s clients have no deputy", kept) % {"n": kept},
        Gap.PROMISES_DUE: ngettext("%(n)s promise is due", "%(n)s promises are due", due) % {"n": due},
    }
    return [words[gap] for gap in found]


def span_of(row: Absence) -> Span:
    return Span(row.from_on, row.to_on)


def _away(rows: Sequence[Absence]) -> defaultdict[int | None, list[Span]]:
    """When the deputies are away themselves."""
    found: defaultdict[int | None, list[Span]] = defaultdict(list)
    if rows:
        first, last = min(row.from_on for row in rows), max(row.to_on for row in rows)
        deputies = [row.deputy_id for row in rows if row.deputy_id]
        for other in Absence.objects.within(first, last).filter(user__in=deputies):
            found[other.user_id].append(span_of(other))
    return found


def _kept(rows: Sequence[Absence]) -> Counter[int | None]:
    """How many clients each person keeps."""
    people = [row.user_id for row in rows if row.deputy_id is None]
    clients = Client.objects.current().filter(kept_by(people)).values_list(*KEEPERS)
    return Counter(keeper for keepers in clients for keeper in set(keepers) if keeper in people)


def _due(rows: Sequence[Absence]) -> Counter[int]:
    """How many open promises of the person fall due while nobody stands in."""
    alone = [row for row in rows if row.deputy_id is None]
    if not alone:
        return Counter()
    first, last = _start(min(row.from_on for row in alone)), _start(max(row.to_on for row in alone) + timedelta(days=1))
    people = [row.user_id for row in alone]
    promises = Promise.objects.open().filter(made_by__in=people, current_due_at__gte=first, current_due_at__lt=last)
    days = [(maker, timezone.localdate(due_at)) for maker, due_at in promises.values_list("made_by", "current_due_at")]
    return Counter(
        row.pk for row in alone for maker, day in days if maker == row.user_id and row.from_on <= day <= row.to_on
    )


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
