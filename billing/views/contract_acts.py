"""Acts on a running retainer: another fee, checkpoints, notice with its settlement."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from billing.forms.contract_acts import CheckpointDoneForm, CheckpointForm, FeeForm, NoticeOfEndForm, SettlementForm
from billing.models import Checkpoint, EarlyEnd, Retainer
from billing.services.checkpoints import finish_checkpoint, plan_checkpoint
from billing.services.early_ends import decide_early_end, give_notice
from billing.services.fee_rows import change_fee
from billing.services.retainers import open_periods
from clients.views.acting import answer, own
from crm.web.rights import SignedIn, requires


@require_http_methods(["GET", "POST"])
@requires("retainer.change")
def retainer_fee(request: SignedIn, pk: int) -> HttpResponse:
    row, at, on = own(Retainer.objects.all(), request.user, pk), timezone.now(), timezone.localdate()
    form = FeeForm(request.POST or None)

    def act() -> object:
        change_fee(row, **form.cleaned_data, by=request.user, at=at)
        return open_periods(row, on=on, by=request.user, at=at)

    return _act(request, row, form, act, "retainer_fee", _("The new fee is agreed."))


@require_http_methods(["GET", "POST"])
@requires("retainer.change")
def retainer_checkpoint(request: SignedIn, pk: int) -> HttpResponse:
    row, at, on = own(Retainer.objects.all(), request.user, pk), timezone.now(), timezone.localdate()
    form = CheckpointForm(request.POST or None)
    return _act(
        request,
        row,
        form,
        lambda: plan_checkpoint(row, **form.cleaned_data, on=on, at=at),
        "retainer_checkpoint",
        _("Checkpoint planned."),
    )


@require_http_methods(["GET", "POST"])
@requires("retainer.checkpoint")
def checkpoint_done(request: SignedIn, pk: int) -> HttpResponse:
    """Whoever works for the client looks and says what was found."""
    row = get_object_or_404(Checkpoint.objects.visible_to(request.user).select_related("retainer__client"), pk=pk)
    form, at = CheckpointDoneForm(request.POST or None), timezone.now()
    return answer(
        request,
        form,
        lambda: finish_checkpoint(row, **form.cleaned_data, done_at=at, by=request.user, at=at),
        template="billing/checkpoint_done.html",
        context={"checkpoint": row, "retainer": row.retainer},
        said=lambda _row: _("Checkpoint done."),
        fallback=reverse("billing:retainer_detail", args=[row.retainer_id]),
    )


@require_http_methods(["GET", "POST"])
@requires("retainer.change")
def retainer_end(request: SignedIn, pk: int) -> HttpResponse:
    """Notice: the last day follows from the contract, an early one brings a settlement for a partner to decide."""
    row, at, on = own(Retainer.objects.all(), request.user, pk), timezone.now(), timezone.localdate()
    form = NoticeOfEndForm(request.POST or None, initial={"given_on": on})

    def act() -> object:
        said = form.cleaned_data
        return give_notice(row, given_on=said["given_on"], ends_on=said["ended_on"], on=on, at=at) or row

    return _act(request, row, form, act, "retainer_end", _("The last day is set."))


@require_http_methods(["GET", "POST"])
@requires("retainer.settle")
def retainer_settle(request: SignedIn, pk: int) -> HttpResponse:
    row = get_object_or_404(EarlyEnd.objects.select_related("retainer__client"), retainer=pk)
    form, at, on = SettlementForm(request.POST or None), timezone.now(), timezone.localdate()
    return answer(
        request,
        form,
        lambda: decide_early_end(row, **form.cleaned_data, by=request.user, on=on, at=at),
        template="billing/retainer_settle.html",
        context={"early": row, "retainer": row.retainer},
        said=lambda _row: _("Decided."),
        fallback=reverse("billing:retainer_detail", args=[pk]),
    )


def _act(request: SignedIn, row: Retainer, form: Any, act: Callable[[], object], name: str, words: str) -> HttpResponse:
    return answer(
        request,
        form,
        act,
        template=f"billing/{name}.html",
        context={"retainer": row},
        said=lambda _result: words,
        fallback=reverse("billing:retainer_detail", args=[row.pk]),
    )
