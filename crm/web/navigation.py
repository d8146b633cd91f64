"""The sidebar, the phone tabs, the New menu and the top bar, filled by what each app registers.

The foundation knows no business: an app hands in its places, and a person sees those that a role of theirs may
see. What one may not see is absent, never disabled. The order per role is the shell's own.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Protocol

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.access import Role
from crm.models import User
from crm.web.addresses import address

type Words = str | Promise


class Section(Enum):
    """Headings of the sidebar, in their order; WORK has none, TOP stands in the top bar."""

    WORK = _("Work")
    DELIVERY = _("Delivery")
    MONEY = _("Money")
    INSIGHT = _("Insight")
    FIRM = _("Firm")
    TOP = _("Top bar")


@dataclass(frozen=True, slots=True)
class Badge:
    """Work to do, as a number or 26:30; `late` paints it red; `words` say it to a screen reader."""

    text: str
    late: bool = False
    words: str = ""


class Rolled(Protocol):
    """Whoever has roles: that is all on which the places of a person depend."""

    @property
    def roles(self) -> Collection[str]: ...


type Count = Callable[[User, date], Badge | None]


@dataclass(frozen=True, slots=True)
class NavItem:
    """A place to go. `key` is the letter after G; an empty `roles` means everybody on the staff."""

    code: str
    label: Words
    icon: str
    url_name: str
    section: Section = Section.WORK
    roles: frozenset[Role] = frozenset()
    badge: Count | None = None
    key: str = ""
    short: Words = ""

    @property
    def url(self) -> str:
        return address(self.url_name)


@dataclass(frozen=True, slots=True)
class NewItem:
    """An entry of the New menu; `key` is its single letter; a dialog opens over the page by htmx."""

    code: str
    label: Words
    icon: str
    url_name: str
    roles: frozenset[Role] = frozenset()
    key: str = ""
    dialog: bool = True

    @property
    def url(self) -> str:
        return address(self.url_name)


@dataclass(frozen=True, slots=True)
class Group:
    heading: Words
    items: tuple[NavItem, ...]


# What stands first for each role, and the five places of the phone; unknown codes are passed over.
LEADS: Mapping[Role, tuple[str, ...]] = {
    Role.PARTNER: ("portfolio", "lost", "loyalty", "clients", "today"),
    Role.ACCOUNT_MANAGER: ("today", "clients", "promises", "packages", "offers", "loyalty"),
    Role.FINANCE: ("finance", "invoices", "retainers", "packages", "clients", "approvals"),
    Role.CONSULTANT: ("time", "today", "packages", "offers", "clients"),
}
TABS: Mapping[Role, tuple[str, ...]] = {
    Role.PARTNER: ("portfolio", "clients", "today", "loyalty"),
    Role.ACCOUNT_MANAGER: ("today", "clients", "time", "promises"),
    Role.CONSULTANT: ("time", "today", "clients", "packages"),
    Role.FINANCE: ("finance", "invoices", "clients", "time"),
}
HEADED = (Section.DELIVERY, Section.MONEY, Section.INSIGHT, Section.FIRM)

_places: dict[str, NavItem] = {}
_new: dict[str, NewItem] = {}
_slots: dict[str, str] = {}
_profile_parts: dict[str, None] = {}


def register(*items: NavItem) -> None:
    """Adds places; call it from `AppConfig.ready`. The same code again replaces the place."""
    _places.update({item.code: item for item in items})


def register_new(*items: NewItem) -> None:
    """Adds entries to the New menu, in the order of registration."""
    _new.update({item.code: item for item in items})


def register_slot(code: str, url_name: str) -> None:
    """Names the fragment that a page loads into a slot: `timer` in the top bar, `views` in the filters of a list."""
    _slots[code] = url_name


def register_profile_part(url_name: str) -> None:
    """Names a page whose fragment stands in everybody's profile, in the order of registration."""
    _profile_parts.setdefault(url_name)


def profile_parts() -> list[str]:
    """Addresses of what the apps add to the profile."""
    return [address(url_name) for url_name in _profile_parts if _leads_somewhere(url_name)]


def leading_role(user: Rolled) -> Role | None:
    """The role that gives the order to a person who holds several: the first one in LEADS."""
    return next((role for role in LEADS if role in user.roles), None)


def _open_to(user: Rolled, roles: frozenset[Role]) -> bool:
    allowed: Iterable[Role] = roles or LEADS
    return not set(allowed).isdisjoint(user.roles)


def _leads_somewhere(url_name: str) -> bool:
    """An app may name a page that is switched off or not yet there; then the place is absent, and the rest stands."""
    try:
        return bool(address(url_name))
    except NoReverseMatch:
        return False


def places(user: Rolled) -> dict[str, NavItem]:
    """Every place that the person may see, by code."""
    return {
        code: item for code, item in _places.items() if _open_to(user, item.roles) and _leads_somewhere(item.url_name)
    }


def new_items(user: Rolled) -> list[NewItem]:
    return [item for item in _new.values() if _open_to(user, item.roles) and _leads_somewhere(item.url_name)]


def sidebar(user: Rolled) -> list[Group]:
    """The leading places and the daily work without a heading, then the rest under theirs."""
    seen = places(user)
    leads = LEADS.get(leading_role(user) or Role.CONSULTANT, ())
    first = tuple(seen.pop(code) for code in leads if code in seen)
    parts = {section: tuple(item for item in seen.values() if item.section is section) for section in Section}
    groups = (Group("", first + parts[Section.WORK]), *(Group(part.value, parts[part]) for part in HEADED))
    return [group for group in groups if group.items]


def tabs(user: Rolled) -> list[NavItem]:
    """The places of the phone's tab bar; More follows them."""
    seen = places(user)
    return [seen[code] for code in TABS.get(leading_role(user) or Role.CONSULTANT, ()) if code in seen]


def top_items(user: Rolled) -> list[NavItem]:
    """What stands as icons in the top bar: the bell."""
    return [item for item in places(user).values() if item.section is Section.TOP]


def badges(user: User, *, on: date) -> dict[str, Badge]:
    """Counts of every place that has one; this asks the database, so pages load it after they are drawn."""
    counted = {code: item.badge(user, on) for code, item in places(user).items() if item.badge}
    return {code: badge for code, badge in counted.items() if badge}


def slot_url(code: str) -> str:
    """Address of a slot's fragment, empty when no app fills it."""
    url_name = _slots.get(code, "")
    return reverse(url_name) if url_name and _leads_somewhere(url_name) else ""


type Start = Callable[[User], str]

_starts: list[Start] = []


def register_start(start: Start) -> None:
    """What comes before everything else, such as the guide of a new firm; it gives no address when it is over."""
    _starts.append(start)


def home_url(user: User) -> str:
    """Where a person starts: what comes before everything else, then the first place of their leading role."""
    waiting = next(filter(None, (start(user) for start in _starts)), "")
    if waiting:
        return waiting
    seen = places(user)
    leads = LEADS.get(leading_role(user) or Role.CONSULTANT, ())
    first = next((seen[code] for code in leads if code in seen), None)
    return first.url if first else reverse("accounts:profile")
