"""What views share: loading with access, a form that leads to one act, and the answer after it."""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from clients.reports.shown import valued
from crm.db import Query
from crm.models import User
from crm.web.fragments import Button, after_act, flash, page, respond_422, warn
from crm.web.pages import Page, paginate
from crm.web.rights import SignedIn


def own[M: Model](rows: Query[M], user: User, pk: int) -> M:
    """The row, to be changed: 404 for what one may not see, 403 for what one sees but may not change.

    The queryset knows both `visible_to` and `changeable_by`.
    """
    guarded: Any = rows
    found: M = get_object_or_404(guarded.visible_to(user), pk=pk)
    if not guarded.changeable_by(user).filter(pk=pk).exists():
        raise PermissionDenied
    return found


def valued_page[M: Model](request: SignedIn, rows: QuerySet[M]) -> Page[M]:
    """A page of rows that name a client, each with what the client is worth as the person may see it."""
    shown = paginate(request, rows)
    valued(shown.rows, request.user)
    return shown


def attempt[T](form: BaseForm, act: Callable[[], T]) -> T | None:
    """The result of the act, or None with its refusal shown in the form at the field that it names."""
    try:
        return act()
    except ValidationError as refused:
        for field, errors in _by_field(refused).items():
            form.add_error(field if field in form.fields else None, errors)
        return None


def answer[T](
    request: HttpRequest,
    form: BaseForm,
    act: Callable[[], T],
    *,
    template: str,
    context: Mapping[str, Any],
    said: Callable[[T], object],
    undo: str | Callable[[T], str] = "",
    fallback: str = "/",
    then: Callable[[T], Button | None] = lambda _result: None,
) -> HttpResponse:
    """GET shows the form; a POST that is right acts and says so, else 422 with all that was typed.

    `then` is what may follow by one click from the words that say so.
    """
    shown = {**context, "form": form}
    if request.method != "POST":
        return page(request, template, shown, fragment="dialog")
    if form.is_valid():
        result = attempt(form, act)
        if result is not None:
            back = undo if isinstance(undo, str) else undo(result)
            return settled(request, said(result), undo=back, fallback=fallback, button=then(result))
    return respond_422(request, template, shown, fragment="dialog")


def settled(
    request: HttpRequest, words: object, *, fallback: str = "/", undo: str = "", button: Button | None = None
) -> HttpResponse:
    """After an act: htmx refreshes the parts that changed, a plain request returns to where it came from."""
    flash(request, words, undo=undo, button=button)
    return after_act(request, fallback)


def act_once(
    request: HttpRequest, act: Callable[[], object], words: object, *, undo: str = "", fallback: str = "/"
) -> HttpResponse:
    """A button without a form: the act, or in words why it was refused; either way back to where one was."""
    try:
        act()
    except ValidationError as refused:
        warn(request, " ".join(refused.messages))
        return after_act(request, fallback)
    return settled(request, words, fallback=fallback, undo=undo)


def _by_field(refused: ValidationError) -> dict[str | None, Any]:
    if not hasattr(refused, "error_dict"):
        return {None: refused.error_list}
    return {None if name == NON_FIELD_ERRORS else name: errors for name, errors in refused.error_dict.items()}
