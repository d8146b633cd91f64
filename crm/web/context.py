"""What every page needs around its content; nothing is asked of the database before a template asks for it."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.translation import get_language, get_language_info, pgettext
from django.utils.translation import gettext as _

from crm.access import Role
from crm.models import User
from crm.web import navigation
from crm.web.navigation import Badge, Group, NavItem, NewItem

BADGES_KEPT = 300


@dataclass(frozen=True, slots=True)
class Menu:
    """All that the shell's links depend on, so that they are drawn once for everybody who stands alike."""

    roles: frozenset[str]
    current: str
    badges: frozenset[tuple[str, Badge]] = frozenset()

    @property
    def groups(self) -> list[Group]:
        return navigation.sidebar(self)

    @property
    def tabs(self) -> list[NavItem]:
        return navigation.tabs(self)

    @property
    def top(self) -> list[NavItem]:
        return navigation.top_items(self)

    @property
    def new(self) -> list[NewItem]:
        return navigation.new_items(self)

    @property
    def places(self) -> list[NavItem]:
        return [item for item in navigation.places(self).values() if item.key]

    @property
    def counts(self) -> dict[str, Badge]:
        return dict(self.badges)

    @property
    def timer(self) -> str:
        return navigation.slot_url("timer")


class Shell:
    """The shell of one person's page; each part is made when a template first asks for it."""

    def __init__(self, user: User, path: str) -> None:
        self.user = user
        self.path = path

    @cached_property
    def menu(self) -> Menu:
        """The links without their counts."""
        return Menu(frozenset(self.user.roles), self._current())

    @cached_property
    def counted(self) -> Menu:
        """The links with the counts as last taken; the page refreshes them by itself once it stands."""
        kept: dict[str, Badge] = cache.get(badges_key(self.user), {})
        return replace(self.menu, badges=frozenset(kept.items()))

    @property
    def roles(self) -> list[str]:
        return [str(role.label) for role in Role if role in self.user.roles]

    def _current(self) -> str:
        """Code of the place that the address belongs to: the longest one that it begins with."""
        urls = {item.code: item.url for item in navigation.places(self.user).values()}
        under = [code for code, url in urls.items() if self.path == url or (url != "/" and self.path.startswith(url))]
        return max(under, key=lambda code: len(urls[code]), default="")


def badges_key(user: User) -> str:
    return f"badges:{user.pk}"


def count_badges(user: User, *, on: date) -> dict[str, Badge]:
    """Counts now, and keeps the counts for the next page to start with."""
    counted = navigation.badges(user, on=on)
    cache.set(badges_key(user), counted, BADGES_KEPT)
    return counted


@dataclass(frozen=True, slots=True)
class Scripts:
    """What scripts need to know: whether somebody is signed in, and the words that they say."""

    inside: bool

    @property
    def words(self) -> dict[str, str]:
        return shell_words()

    @property
    def chart_words(self) -> dict[str, str]:
        return chart_words()


def shell_words() -> dict[str, str]:
    """Words that scripts say."""
    return {
        "offline": _("No connection. Nothing was saved; what you typed is still here."),
        "e400": _("That did not work. Nothing was changed."),
        "e403": _("You may see this, but not change it."),
        "e404": _("This is no longer there."),
        "e429": _("Too many requests. Wait a minute and try again."),
        "e500": _("Something broke on our side. Nothing was changed; what you typed is still here."),
    }


def chart_words() -> dict[str, str]:
    """Words inside charts."""
    return {
        "low": pgettext("chart", "Low"),
        "today": pgettext("chart", "Today"),
        "balance": pgettext("chart", "Balance"),
        "forecast": pgettext("chart", "Forecast"),
        "cumulative": pgettext("chart", "Cumulative share"),
        "equal": pgettext("chart", "Equal shares"),
        "revenue": pgettext("chart", "Revenue"),
        "interval": pgettext("chart", "95% interval"),
        "median": pgettext("chart", "median"),
        "half": pgettext("chart", "middle half"),
        "as_is": pgettext("chart", "As it is"),
        "after_loss": pgettext("chart", "After the loss"),
        "cash_gone": pgettext("chart", "Cash gone"),
        "hours": pgettext("unit", "h"),
        "percent": pgettext("unit", "%"),
    }


def languages() -> list[dict[str, Any]]:
    """The languages of the product, each in its own words."""
    return [get_language_info(code) for code, _name in settings.LANGUAGES]


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context processor: `shell`, `today` and `now` in the firm's time, theme, languages, words."""
    user = request.user if hasattr(request, "user") and request.user.is_authenticated else None
    now = timezone.localtime()
    return {
        "shell": SimpleLazyObject(lambda: Shell(user, request.path)) if user else None,
        "LANGUAGE_CODE": get_language(),
        "theme": getattr(user, "theme", "auto"),
        "now": now,
        "today": now.date(),
        "languages": languages,
        "scripts": Scripts(inside=user is not None),
    }
