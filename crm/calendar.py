"""The calendar of a person: what each floor says of their days, written as ICS for programs that know a signed link.

The floors register what they know; the feed is read anew at each request, so it shows what the person may see now.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import override
from icalendar import Calendar, Event

from crm.access import may
from crm.links import make_link
from crm.models import SignedLink, User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

BACK, AHEAD = timedelta(days=31), timedelta(days=400)
VALID = timedelta(days=3 * 365)
READ_EVERY = timedelta(hours=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing on a day (`begins` is a date) or at a time. `key` such as `promise:12` names it for good."""

    key: str
    title: "str | _StrPromise"
    begins: date | datetime
    changed_at: datetime
    url: str
    minutes: int = 0

    @property
    def is_day(self) -> bool:
        return not isinstance(self.begins, datetime)


type Find = Callable[[User, date, date], Iterable[Happening]]


@dataclass(frozen=True, slots=True)
class Source:
    """What a floor knows: `find(user, first, last)` gives only what the person may see; the right is asked before."""

    code: str
    label: "str | _StrPromise"
    right: str
    find: Find


_sources: dict[str, Source] = {}


def register_happenings(*sources: Source) -> None:
    """From an app's `happenings` module; the same code again replaces one."""
    _sources.update({each.code: each for each in sources})


def happenings_of(user: User, *, on: date) -> list[tuple[Source, Happening]]:
    """A month back and a little over a year ahead, in the order of registration."""
    asked = [source for source in _sources.values() if may(user, source.right)]
    return [(source, each) for source in asked for each in source.find(user, on - BACK, on + AHEAD)]


def write_calendar(user: User, *, on: date) -> bytes:
    """The feed as RFC 5545, in the person's language; moments in UTC, so that no time zone needs describing."""
    with override(user.language):
        calendar = Calendar()
        calendar.add("prodid", "-//Anchor//Calendar//EN")
        calendar.add("version", "2.0")
        calendar.add("method", "PUBLISH")
        calendar.add("x-wr-calname", f"Anchor: {user}")
        calendar.add("x-published-ttl", f"PT{int(READ_EVERY.total_seconds() // 3600)}H")
        calendar.add("refresh-interval", READ_EVERY, parameters={"VALUE": "DURATION"})
        for source, happening in happenings_of(user, on=on):
            calendar.add_component(_event(source, happening))
    return bytes(calendar.to_ical())


def _event(source: Source, happening: Happening) -> Event:
    event = Event()
    event.add("uid", f"{happening.key.replace(':', '-')}@{urlsplit(settings.BASE_URL).hostname or 'anchor'}")
    event.add("dtstamp", happening.changed_at.astimezone(UTC))
    event.add("summary", str(happening.title))
    event.add("categories", [str(source.label)])
    event.add("url", settings.BASE_URL + happening.url)
    if isinstance(happening.begins, datetime):
        begins = happening.begins.astimezone(UTC)
        event.add("dtstart", begins)
        event.add("dtend", begins + timedelta(minutes=happening.minutes))
    else:
        event.add("dtstart", happening.begins)
        event.add("dtend", happening.begins + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
    return event


def make_feed(user: User, *, name: str, at: datetime) -> str:
    """The secret of a new feed, which nobody can read again; `name` says which program reads it."""
    _link, secret = make_link(
        SignedLink.Purpose.CALENDAR, subject_id=user.pk, recipient=name, by=user, at=at, expires_at=at + VALID
    )
    return secret
