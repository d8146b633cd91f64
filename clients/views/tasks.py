"""Tasks: done, put away, passed on or not relevant, each with Undo by a signed snapshot."""

from collections.abc import Callable

from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clients.forms.task import DelegateForm, DismissForm, SnoozeForm
from clients.models import Task
from clients.services.tasks import (
    Snapshot,
    delegate_task,
    dismiss_task,
    finish_task,
    restore_task,
    snapshot_task,
    snooze_task,
)
from clients.views.acting import act_once, answer
from clients.views.edits import FORM
from crm.web.rights import SignedIn, requires

SALT = "clients.task_undo"
UNDO_SECONDS = 600


@require_POST
@requires("task.change")
def task_done(request: SignedIn, pk: int) -> HttpResponse:
    task = _seen(request, pk)
    undo = _undo_url(request, task)
    return act_once(request, lambda: finish_task(task, by=request.user, at=timezone.now()), _("Done."), undo=undo)


@FORM
@requires("task.change")
def task_snooze(request: SignedIn, pk: int) -> HttpResponse:
    form = SnoozeForm(request.POST or None, today=timezone.localdate())
    return _asked(
        request,
        pk,
        form,
        lambda task: snooze_task(task, until=form.until_at, reason=form.cleaned_data["reason"], at=timezone.now()),
        "clients/task_snooze.html",
        _("Put away."),
    )


@FORM
@requires("task.change")
def task_delegate(request: SignedIn, pk: int) -> HttpResponse:
    form = DelegateForm(request.POST or None, user=request.user)
    return _asked(
        request,
        pk,
        form,
        lambda task: delegate_task(task, to=form.cleaned_data["to"], by=request.user),
        "clients/task_delegate.html",
        _("Passed on."),
    )


@FORM
@requires("task.change")
def task_dismiss(request: SignedIn, pk: int) -> HttpResponse:
    form = DismissForm(request.POST or None)
    return _asked(
        request,
        pk,
        form,
        lambda task: dismiss_task(task, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now()),
        "clients/task_dismiss.html",
        _("Noted as not relevant."),
    )


@require_POST
@requires("task.change")
def task_undo(request: SignedIn, token: str) -> HttpResponse:
    """Only the person who acted, within ten minutes: the token carries what to restore."""
    try:
        pk, person, snapshot = signing.loads(token, salt=SALT, max_age=UNDO_SECONDS)
    except signing.BadSignature as wrong:
        raise Http404 from wrong
    if person != request.user.pk:
        raise Http404
    task = get_object_or_404(Task, pk=pk)
    return act_once(request, lambda: restore_task(task, snapshot=snapshot), _("Taken back."))


def _seen(request: SignedIn, pk: int) -> Task:
    """Whoever sees a task may act on it: its assignee, and who keeps the client."""
    return get_object_or_404(Task.objects.visible_to(request.user), pk=pk)


def _asked(
    request: SignedIn,
    pk: int,
    form: SnoozeForm | DelegateForm | DismissForm,
    act: Callable[[Task], Task],
    template: str,
    words: str,
) -> HttpResponse:
    task = _seen(request, pk)
    undo = _undo_url(request, task)
    return answer(
        request,
        form,
        lambda: act(task),
        template=template,
        context={"task": task},
        said=lambda _task: words,
        undo=undo,
    )


def _undo_url(request: SignedIn, task: Task) -> str:
    snapshot: Snapshot = snapshot_task(task)
    token = signing.dumps([task.pk, request.user.pk, snapshot], salt=SALT, compress=True)
    return reverse("clients:task_undo", args=[token])
