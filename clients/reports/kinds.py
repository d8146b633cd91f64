"""The sections of Today and the kinds of task that stand in them; upper floors register their own.

A section gathers kinds under one heading; a kind says which act its row offers first.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

type Words = str | Promise


@dataclass(frozen=True, slots=True)
class Section:
    """`words` names so many rows in the strip of figures: "packages running out"."""

    code: str
    title: Words
    icon: str
    words: Callable[[int], str]
    hint: Words = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """`act` is the button that leads to the task's own page."""

    code: str
    section: str
    act: Words
    icon: str = "arrow-right"


@dataclass(slots=True)
class _Registry:
    sections: dict[str, Section] = field(default_factory=dict)
    kinds: dict[str, Kind] = field(default_factory=dict)


OTHER = "other"
_registry = _Registry()


def register_section(*sections: Section) -> None:
    """Adds headings, shown in the order of registration; call it from `AppConfig.ready`."""
    _registry.sections.update({section.code: section for section in sections})


def register_kind(*kinds: Kind) -> None:
    """Adds kinds of task; an unknown kind stands under "To do" with the act "Open"."""
    _registry.kinds.update({kind.code: kind for kind in kinds})


def sections() -> list[Section]:
    """All headings; "To do" comes last."""
    named = [section for code, section in _registry.sections.items() if code != OTHER]
    return [*named, _registry.sections[OTHER]]


def kind_of(code: str) -> Kind:
    return _registry.kinds.get(code, Kind(code, OTHER, _("Open")))


register_section(
    Section(
        "packages",
        _("Packages nearly used up"),
        "hourglass-low",
        lambda n: ngettext("package running out", "packages running out", n),
        _("low on hours, or soon empty"),
    ),
    Section(
        "renewals",
        _("Renewals"),
        "repeat",
        lambda n: ngettext("renewal", "renewals", n),
        _("contracts that end soon"),
    ),
    Section(
        "critics",
        _("Critics to call back"),
        "mood-sad",
        lambda n: ngettext("critic to call back", "critics to call back", n),
        _("answered 0 to 6"),
    ),
    Section(
        "broken",
        _("Second dates broken"),
        "number-2",
        lambda n: ngettext("second date broken", "second dates broken", n),
        _("yours as executive owner"),
    ),
    Section(
        "decisions",
        _("To decide"),
        "scale",
        lambda n: ngettext("suggestion to decide", "suggestions to decide", n),
        _("suggested from figures, decided by you"),
    ),
    Section(
        "birthdays",
        _("Birthdays and holidays"),
        "cake",
        lambda n: ngettext("greeting", "greetings", n),
        _("a greeting needs words of your own"),
    ),
    Section(OTHER, _("To do"), "checklist", lambda n: ngettext("thing to do", "things to do", n)),
)

register_kind(
    Kind("package_low", "packages", _("Send top-up offer"), "file-plus"),
    Kind("renewal", "renewals", _("Prepare renewal"), "file-plus"),
    Kind("detractor", "critics", _("Read the answer"), "message"),
    Kind("promise_broken", "broken", _("See the promise"), "checkbox"),
    Kind("tier", "decisions", _("Decide"), "stairs"),
    Kind("status", "decisions", _("Decide"), "user-question"),
    Kind("designation", "decisions", _("Decide"), "award"),
    Kind("designation_review", "decisions", _("Confirm"), "seedling"),
    Kind("channel_review", "decisions", _("Decide"), "phone-check"),
    Kind("boundary", "decisions", _("See the requests"), "fence"),
    Kind("erasure", "decisions", _("Decide"), "user-x"),
    Kind("gift_cap", "decisions", _("See"), "gift"),
    Kind("succession_write", OTHER, _("Write it"), "pencil"),
    Kind("succession_read", OTHER, _("Read it"), "book"),
    Kind("succession_unread", OTHER, _("See the note"), "transfer"),
    Kind("mention_services", OTHER, _("Tick them"), "list-check"),
    Kind("first_order", OTHER, _("Go"), "flag"),
    Kind("meeting", OTHER, _("Log the meeting"), "calendar-check"),
    Kind("birthday", "birthdays", _("Write a greeting"), "mail"),
    Kind("holiday", "birthdays", _("Write a greeting"), "mail"),
)
