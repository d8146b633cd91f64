"""What upper floors show on a client's pages: they register a panel, the page loads it by its URL name.

So each app renders its own facts and nothing here imports upwards. A panel's view checks its own access; the
table here only says what is worth asking for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from django.urls import reverse
from django.utils.functional import Promise

from clients.models import Client, Interaction
from crm.access import Role, may
from crm.models import User

type Words = str | Promise


class Place(Enum):
    """Where a panel stands; the URL takes the client's id, except for the last two."""

    VALUE = "value"  # in the head of the card, while no value is written yet
    HOW = "how"  # in the popover of the value: how it came about
    NEXT = "next"  # next best action, above the figures
    TAB = "tab"  # a tab of its own
    MAIN = "main"  # overview, wide column
    ASIDE = "aside"  # overview, rail
    INQUIRY = "inquiry"  # on the page of an inquiry; the URL takes the inquiry's id
    NEW_CLIENT = "new_client"  # beside the form of a new client; ?industry=&country=&currency=


@dataclass(frozen=True, slots=True)
class Panel:
    """`anywhere` names roles that may see it on clients that are otherwise not open to them (finance: invoices)."""

    code: str
    title: Words
    url_name: str
    right: str
    place: Place
    icon: str = ""
    anywhere: frozenset[Role] = frozenset()

    def url_for(self, client: Client) -> str:
        return reverse(self.url_name, args=[client.pk])

    @property
    def url(self) -> str:
        return reverse(self.url_name)


_panels: dict[str, Panel] = {}


def register_panel(*panels: Panel) -> None:
    """Adds panels in the order in which they are shown; the same code again replaces one."""
    _panels.update({panel.code: panel for panel in panels})


def panels_for(user: User, place: Place, *, is_open: bool = True) -> list[Panel]:
    """The panels of a place that the person may ask for."""
    return [panel for panel in _panels.values() if panel.place is place and _wanted(panel, user, is_open)]


def panel_named(code: str, user: User, *, is_open: bool) -> Panel | None:
    """A tab by its code, if the person may ask for it."""
    panel = _panels.get(code)
    return panel if panel and panel.place is Place.TAB and _wanted(panel, user, is_open) else None


def _wanted(panel: Panel, user: User, is_open: bool) -> bool:
    return may(user, panel.right) and (is_open or not panel.anywhere.isdisjoint(user.roles))


@dataclass(frozen=True, slots=True)
class Act:
    """A button of the card that leads to an upper floor's page for this client: new offer."""

    code: str
    label: Words
    icon: str
    url_name: str
    right: str
    dialog: bool = False


@dataclass(frozen=True, slots=True)
class ShownAct:
    label: Words
    icon: str
    url: str
    is_done: bool = False
    dialog: bool = False


_acts: dict[str, Act] = {}


def register_act(*acts: Act) -> None:
    """Adds buttons to the card; their page is asked with `?client=<id>`."""
    _acts.update({act.code: act for act in acts})


def acts_for(user: User, client: Client) -> list[ShownAct]:
    wanted = [act for act in _acts.values() if may(user, act.right)]
    return [
        ShownAct(act.label, act.icon, f"{reverse(act.url_name)}?client={client.pk}", dialog=act.dialog)
        for act in wanted
    ]


type TouchActs = Callable[[User, Sequence[Interaction]], Mapping[int, ShownAct]]
"""Of several logged contacts at once: what a person may make of each by one click (a POST), or has made of it."""

_touch_acts: list[TouchActs] = []


def register_touch_acts(*acts: TouchActs) -> None:
    _touch_acts.extend(each for each in acts if each not in _touch_acts)


def touch_acts_for(user: User, rows: Sequence[Interaction]) -> dict[int, list[ShownAct]]:
    """The buttons of each interaction by its id, in as many statements for many rows as for one."""
    shown: dict[int, list[ShownAct]] = {}
    for acts in _touch_acts:
        for pk, act in acts(user, rows).items():
            shown.setdefault(pk, []).append(act)
    return shown
