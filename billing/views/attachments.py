"""Files: all of a client on its card, those of one thing on its page; adding, saving and deleting them."""

from django import forms
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.api.attachments import attached_file
from billing.exports.files import FILES
from billing.filters.attachments import FileListFilter
from billing.forms.attachments import AttachForm
from billing.models import Attachment
from billing.models.attachments import GRACE, HOLDERS, Holder, changeable_holders, seen_holders
from billing.reports.files import PLACES, files_of
from billing.reports.files import client_files as all_files
from billing.services.attachments import attach_files, delete_attachment
from clients.models import Client
from clients.views.acting import act_once, answer, own
from crm.access import Role
from crm.exports import export_response
from crm.models import User
from crm.web.fragments import page
from crm.web.pages import paginate_rows
from crm.web.rights import SignedIn, requires

FORM = require_http_methods(["GET", "HEAD", "POST"])
SALT = "billing.attachment_undo"


@require_safe
@requires("attachment.see")
def client_files(request: SignedIn, pk: int) -> HttpResponseBase:
    """`?kind=&search=`; finance sees those of agreements and invoices of every client."""
    user = request.user
    clients = Client.objects.visible_to(user)
    client = get_object_or_404(clients if user.is_in(Role.FINANCE) else clients.open_to(user), pk=pk)
    found = FileListFilter(request.GET, Attachment.objects.visible_to(user).for_client(client).light(), request=request)
    asked = found.form.cleaned_data if found.is_valid() else {}
    rows = all_files(client, user, found.qs, kind=asked.get("kind") or "", text=asked.get("search") or "")
    if form := request.GET.get("format"):
        return export_response(request, rows, FILES, form=form, of=Attachment)
    context = {
        "client": client,
        "filter": found,
        "is_narrowed": any(asked.values()),
        "page": paginate_rows(request, rows),
        "may_add": _may_add(user, "client", pk),
    }
    return page(request, "billing/client_files.html", context, fragment="panel")


@require_safe
@requires("attachment.see")
def attachment_panel(request: SignedIn, of: str, pk: int) -> HttpResponse:
    """On the page of an offer, a retainer or an invoice."""
    holder = _holder(of, pk, request.user)
    context = {
        "of": of,
        "holder": holder,
        "back": reverse(PLACES[of], args=[pk]),
        "files": files_of(holder, request.user, at=timezone.now()),
        "may_add": _may_add(request.user, of, pk),
    }
    return page(request, "billing/attachment_panel.html", context, fragment="panel")


@FORM
@requires("attachment.change")
def attachment_new(request: SignedIn, of: str, pk: int) -> HttpResponse:
    """Several files of one kind; what was just added can be taken back for ten minutes."""
    holder = _own_holder(of, pk, request.user)
    form = AttachForm(request.POST or None, request.FILES or None)
    back = reverse(PLACES[of], args=[pk])

    def act() -> list[Attachment]:
        told = dict(form.cleaned_data)
        return attach_files(holder, told.pop("uploads"), **told, by=request.user, at=timezone.now())

    return answer(
        request,
        form,
        act,
        template="components/act.html",
        context={"title": _("Add files"), "lede": str(holder), "back": back, "back_words": str(holder)},
        said=lambda rows: ngettext("%(n)s file added.", "%(n)s files added.", len(rows)) % {"n": len(rows)},
        undo=lambda rows: reverse("billing:attachment_undo", args=[_token(request.user, rows)]),
        fallback=back,
    )


@require_safe
@requires("attachment.see")
def attachment_file(request: SignedIn, pk: int) -> HttpResponse:
    return attached_file(get_object_or_404(Attachment.objects.visible_to(request.user), pk=pk))


@FORM
@requires("attachment.change")
def attachment_delete(request: SignedIn, pk: int) -> HttpResponse:
    """Asks once more, because a deleted file does not come back."""
    row = own(Attachment.objects.light(), request.user, pk)
    back = reverse(PLACES[row.holder_name], args=[row.holder.pk])

    def act() -> bool:
        delete_attachment(row, by=request.user, at=timezone.now())
        return True

    return answer(
        request,
        forms.Form(request.POST if request.method == "POST" else None),
        act,
        template="components/act.html",
        context={
            "title": _("Delete this file?"),
            "lede": row.name,
            "back": back,
            "back_words": str(row.holder),
            "button": _("Delete"),
        },
        said=lambda _gone: _("File deleted."),
        fallback=back,
    )


@require_POST
@requires("attachment.change")
def attachment_undo(request: SignedIn, token: str) -> HttpResponse:
    """Takes an upload back, whatever the files are, for ten minutes and by whoever made it."""
    try:
        person, ids = signing.loads(token, salt=SALT, max_age=GRACE)
    except signing.BadSignature as refused:
        raise Http404 from refused
    if person != request.user.pk:
        raise Http404
    rows = Attachment.objects.changeable_by(request.user).filter(pk__in=ids).light()

    def act() -> None:
        for row in rows:
            delete_attachment(row, by=request.user, at=timezone.now())

    return act_once(request, act, _("Undone."), fallback=reverse("clients:client_list"))


def _token(user: User, rows: list[Attachment]) -> str:
    return signing.dumps([user.pk, [row.pk for row in rows]], salt=SALT)


def _holder(of: str, pk: int, user: User) -> Holder:
    """What the person sees with its files; 404 for anything else."""
    if of not in HOLDERS:
        raise Http404
    found: Holder = get_object_or_404(seen_holders(user)[of], pk=pk)
    return found


def _own_holder(of: str, pk: int, user: User) -> Holder:
    """The same, to add files: 403 for what one may not change."""
    holder = _holder(of, pk, user)
    if not _may_add(user, of, pk):
        raise PermissionDenied
    return holder


def _may_add(user: User, of: str, pk: int) -> bool:
    return changeable_holders(user)[of].filter(pk=pk).exists()
