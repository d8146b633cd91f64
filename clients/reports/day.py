"""What a person has on one day, for "can you hold it?": promises, absence, and the work that upper floors know of."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from clients.models import Absence, Promise
from crm.models import User

if TYPE_CHECKING:
    from django.utils.functional import Promise as Lazy

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class DayFact:
    """One sentence; `is_full` where the day has no room for more."""

    icon: str
    words: "str | Lazy"
    is_full: bool = False


type Source = Callable[[User, date, User], Iterable[DayFact]]
_sources: list[Source] = []


def register_day_source(*sources: Source) -> None:
    """Adds what an upper floor knows: `source(person, on, viewer)` names clients only as far as the viewer may."""
    _sources.extend(source for source in sources if source not in _sources)


@dataclass(frozen=True, slots=True)
class Day:
    on: date
    others: Sequence[Promise]
    unnamed: int
    away: Absence | None
    facts: Sequence[DayFact]

    @property
    def promised(self) -> int:
        return len(self.others) + self.unnamed

    @property
    def is_weekend(self) -> bool:
        return self.on.weekday() >= SATURDAY


def day_of(promise: Promise, on: date, *, viewer: User) -> Day:
    """The day of the promise's maker, without the promise itself; what the viewer may not read is only counted."""
    person = promise.made_by
    others = Promise.objects.due_on(on).filter(made_by=person).exclude(pk=promise.pk)
    away = Absence.objects.current(on=on).filter(user=person).select_related("user", "deputy").first()
    facts = [fact for source in _sources for fact in source(person, on, viewer)]
    named = list(others.visible_to(viewer).select_related("client"))
    return Day(on, named, others.count() - len(named), away, facts)
