"""What stands on a draft beside hours: each kind of thing that is billed hands in its lines here.

A source only reads. What must happen when the line is written, such as marking an expense as billed, it gives along
as `then`, which runs in the transaction of the draft.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from billing.models import Engagement, InvoiceLine
from billing.services.drafts import LineDraft
from billing.services.wip import WipKey
from clients.models import Client


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A line, the work that will stand on it, and what happens once it is written."""

    line: LineDraft
    coverages: tuple[int, ...] = ()
    shown: tuple[int, ...] = ()
    then: Callable[[InvoiceLine], None] | None = None


class Wanted(NamedTuple):
    """Whose lines are asked for, and of which period."""

    client: Client
    through: date
    since: date | None = None
    engagement: Engagement | None = None


type Source = Callable[[Wanted], Mapping[WipKey, Sequence[PlannedLine]]]

_sources: dict[str, Source] = {}


def register_source(name: str, source: Source) -> None:
    """From where the source stands; the same name again replaces one."""
    _sources[name] = source


def other_lines(wanted: Wanted) -> dict[WipKey, list[PlannedLine]]:
    """The lines of all sources, by the draft that they belong on, sources in the order of their names."""
    found: dict[WipKey, list[PlannedLine]] = defaultdict(list)
    for name in sorted(_sources):
        for key, lines in _sources[name](wanted).items():
            found[key] += lines
    return dict(found)
