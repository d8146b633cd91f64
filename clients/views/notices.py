"""Notices: the list behind the bell, read and unread, and how one wants to be told."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.exports import NOTICES
from clients.forms.notice import NoticeChoiceForm
from clients.models import Notice, NoticeChoice
from clients.services.notices import read_notices, unread_notice
from clients.views.acting import act_once
from clients.views.edits import FORM
from crm.exports import export_response
from crm.web.fragments import flash, page, respond_422
from crm.web.pages import paginate, stable
from crm.web.rights import SignedIn, requires


@require_safe
@requires("notice.see")
def notice_list(request: SignedIn) -> HttpResponseBase:
    """Newest first; `?unread=1` only what one has not read."""
    rows = Notice.objects.visible_to(request.user).select_related("client")
    unread = rows.unread()
    shown = unread if request.GET.get("unread") else rows
    if form := request.GET.get("format"):
        return export_response(request, stable(shown), NOTICES, form=form)
    context = {"page": paginate(request, shown), "unread": unread.count(), "query": request.GET}
    return page(request, "clients/notice_list.html", context, fragment="rows")


@require_POST
@requires("notice.see")
def notice_open(request: SignedIn, pk: int) -> HttpResponse:
    """Reads one and goes where it leads."""
    notice = _own(request, pk)
    read_notices(request.user, at=timezone.now(), ids=[pk])
    return redirect(notice.url or "clients:notice_list")


@require_POST
@requires("notice.see")
def notice_unread(request: SignedIn, pk: int) -> HttpResponse:
    notice = _own(request, pk)
    return act_once(request, lambda: unread_notice(notice), _("Marked as unread."))


@require_POST
@requires("notice.see")
def notice_read_all(request: SignedIn) -> HttpResponse:
    return act_once(request, lambda: read_notices(request.user, at=timezone.now()), _("All read"))


@FORM
@requires("notice.see")
def notice_settings(request: SignedIn) -> HttpResponse:
    """A part of the profile, and a page of its own."""
    choice, _made = NoticeChoice.objects.get_or_create(user=request.user)
    form = NoticeChoiceForm(request.POST or None, instance=choice)
    if request.method != "POST":
        return page(request, "clients/notice_settings.html", {"form": form}, fragment="part")
    if not form.is_valid():
        return respond_422(request, "clients/notice_settings.html", {"form": form}, fragment="part")
    form.save()
    flash(request, _("Saved: this is how you are told."))
    return redirect("accounts:profile")


def _own(request: SignedIn, pk: int) -> Notice:
    return get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
