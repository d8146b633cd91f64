"""The registry behind the command palette: each app says what it finds for a person, and what can be done with it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.utils.safestring import SafeString

from crm.models import User
from crm.web.navigation import Words, new_items, places


@dataclass(frozen=True, slots=True)
class Hit:
    """One line of the palette. `lead` and `trail` are finished marks (avatar, tier, value).

    `subject` such as `client:12` names what Tab asks actions for; a `dialog` opens over the page.
    """

    title: str
    url: str
    meta: str = ""
    icon: str = ""
    lead: SafeString | str = ""
    trail: SafeString | str = ""
    key: str = ""
    subject: str = ""
    dialog: bool = False


type Find = Callable[[User, str], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class Provider:
    """What an app finds: at most a handful of hits, best first, only what the person may see."""

    label: Words
    find: Find


@dataclass(frozen=True, slots=True)
class Answers:
    label: Words
    hits: list[Hit]


@dataclass(slots=True)
class _Registry:
    providers: list[Provider] = field(default_factory=list)
    actions: dict[str, tuple[Words, Find]] = field(default_factory=dict)


_registry = _Registry()
LIMIT = 6


def register_search(*providers: Provider) -> None:
    """Adds what the palette searches, in the order in which it is shown; call it from `AppConfig.ready`."""
    _registry.providers.extend(provider for provider in providers if provider not in _registry.providers)


def register_actions(kind: str, label: Words, find: Find) -> None:
    """What can be done with a subject `kind:id`: `find` gets the id and gives the actions as hits."""
    _registry.actions[kind] = (label, find)


def search(user: User, query: str) -> list[Answers]:
    """Groups of hits in the order of registration, then the pages and commands whose name matches."""
    groups = [
        Answers(provider.label, [*provider.find(user, query)][:LIMIT])
        for provider in (_registry.providers if query else ())
    ]
    return [group for group in groups if group.hits]


def actions_for(user: User, subject: str) -> list[Answers]:
    """The actions for what is chosen in the palette; empty when nobody offers any."""
    kind, _colon, key = subject.partition(":")
    if kind not in _registry.actions:
        return []
    label, find = _registry.actions[kind]
    hits = [*find(user, key)]
    return [Answers(label, hits)] if hits else []


def commands(user: User, query: str) -> list[Hit]:
    """New things and pages by name, all of them when nothing is asked yet."""
    asked = query.casefold()
    made = [
        Hit(str(item.label), item.url, icon=item.icon, key=item.key.upper(), dialog=item.dialog)
        for item in new_items(user)
    ]
    gone = [
        Hit(str(item.label), item.url, icon=item.icon, key=f"G {item.key.upper()}" if item.key else "")
        for item in places(user).values()
    ]
    return [hit for hit in (*made, *gone) if asked in hit.title.casefold()]
