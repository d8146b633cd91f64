"""The page of settings: what each app lets people set, by what their roles may see."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from crm.access import may
from crm.models import User
from crm.web.rights import SignedIn, signed_in

type Words = str | Promise

FIRM = _("Firm")


@dataclass(frozen=True, slots=True)
class Setting:
    """A page where something is set; `text` says what, in one sentence."""

    code: str
    label: Words
    text: Words
    icon: str
    url_name: str
    right: str
    group: Words = FIRM

    @property
    def url(self) -> str:
        return reverse(self.url_name)


_settings: dict[str, Setting] = {}


def register_setting(*items: Setting) -> None:
    """From an app's `ready()`, in the order in which they are shown; the same code again replaces one."""
    _settings.update({item.code: item for item in items})


def settings_for(user: User) -> dict[Words, list[Setting]]:
    """What the person may open, by group."""
    groups: dict[Words, list[Setting]] = {}
    for item in _settings.values():
        if may(user, item.right) and _is_there(item):
            groups.setdefault(str(item.group), []).append(item)
    return groups


def _is_there(item: Setting) -> bool:
    try:
        return bool(item.url)
    except NoReverseMatch:
        return False


@require_safe
@signed_in
def settings_page(request: SignedIn) -> HttpResponse:
    return render(request, "crm/settings_page.html", {"groups": settings_for(request.user)})
