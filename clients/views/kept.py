"""Saved views: a person's own filters of any list, kept under a name, opened from its filters, deleted and restored."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.forms.client import ViewForm, filters_of
from clients.models import SavedView
from clients.views.acting import answer, settled
from clients.views.edits import FORM
from crm.models import User
from crm.web.fragments import page
from crm.web.navigation import places
from crm.web.rights import SignedIn, signed_in

SALT = "clients.kept_view"
UNDO_SECONDS = 600
NAME_LENGTH = 60
FIRST = "clients:client_list"


def kept_views(user: User, name: str, query: str) -> tuple[list[SavedView], SavedView | None]:
    """One's own views of a list, and the one that shows just what the address asks for."""
    saved = list(SavedView.objects.visible_to(user).filter(page=name))
    return saved, next((row for row in saved if row.query == query), None)


@require_safe
@signed_in
def view_list(request: SignedIn) -> HttpResponse:
    """All of one's views with the lists that they are of; `?of=` names one list, as its filters show them."""
    labels = {item.url_name: item.label for item in places(request.user).values()}
    rows = SavedView.objects.visible_to(request.user).order_by("page", "pk")
    context: dict[str, Any] = {"labels": labels}
    if name := request.GET.get("of", ""):
        url, query = _list_url(name), _shown_query(request, name)
        rows = rows.filter(page=name)
        context |= {"of": name, "list_url": url, "query": query, "new_query": query}
    context["views"] = [(row, labels.get(row.page, row.page), _address(row)) for row in rows]
    return page(request, "clients/view_list.html", context, fragment="menu")


@FORM
@signed_in
def view_new(request: SignedIn) -> HttpResponse:
    """Keeps a list as it is filtered and sorted now; `?of=` names it."""
    name = request.GET.get("of") or FIRST
    back, query = _list_url(name), _shown_query(request, name)
    form = ViewForm(
        request.POST or None, instance=SavedView(owner=request.user, page=name, query=query), initial={"query": query}
    )
    return answer(
        request,
        form,
        form.save,
        template="clients/view_new.html",
        context={"back": f"{back}?{query}" if query else back},
        said=lambda made: _("The view “%(name)s” is kept.") % {"name": made},
        undo=lambda made: reverse("clients:view_delete", args=[made.pk]),
    )


@require_POST
@signed_in
def view_delete(request: SignedIn, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)
    said = [request.user.pk, view.page, view.name, view.query]
    token = signing.dumps(said, salt=SALT, compress=True)
    view.delete()
    return settled(
        request,
        _("The view “%(name)s” is gone.") % {"name": view},
        undo=reverse("clients:view_restore", args=[token]),
        fallback=reverse("clients:view_list"),
    )


@require_POST
@signed_in
def view_restore(request: SignedIn, token: str) -> HttpResponse:
    """Undo of the deletion, for ten minutes; a view that has the name by now stays as it is."""
    try:
        person, name, label, query = signing.loads(token, salt=SALT, max_age=UNDO_SECONDS)
    except signing.BadSignature as refused:
        raise Http404 from refused
    if person != request.user.pk:
        raise Http404
    SavedView.objects.get_or_create(owner=request.user, page=name, name=label, defaults={"query": query})
    return settled(request, _("The view “%(name)s” is back.") % {"name": label}, fallback=reverse("clients:view_list"))


def _list_url(name: str) -> str:
    """The address of a list that stands by itself; 404 for what is none."""
    if url := _known(name):
        return url
    raise Http404


def _known(name: str) -> str:
    """The same, empty for what is none: a list may have got another name since a view of it was kept."""
    try:
        return reverse(name) if ":" in name and len(name) <= NAME_LENGTH else ""
    except NoReverseMatch:
        return ""


def _shown_query(request: SignedIn, name: str) -> str:
    """What the list shows now: filters move the address of the page under a dialog, so that counts where it is sent."""
    asked = request.GET.get("query", "")
    with suppress(ValueError):  # a header may hold anything
        current = urlsplit(request.headers.get("HX-Current-URL", ""))
        asked = current.query if current.path == _list_url(name) else asked
    return filters_of(asked)


def _address(row: SavedView) -> str:
    url = _known(row.page)
    return f"{url}?{row.query}" if url else ""
