"""A person asks what we hold, or to be erased: the file, the request, the page that says what goes, the receipt."""

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.documents.person import FORMS, person_export, written
from clients.exports import ERASURES
from clients.filters.erasures import ErasureListFilter
from clients.forms.erasure import CarryOutForm, ErasureForm
from clients.models import Contact, Erasure
from clients.models.erasure import ErasureQuery
from clients.reports.erasures import told_receipt
from clients.services.erasure import ask_erasure, erase_person, preview_erasure, withdraw_erasure
from clients.views.acting import act_once, answer, attempt, own, valued_page
from clients.views.edits import FORM
from crm.access import may
from crm.exports import export_response
from crm.models import User
from crm.trail import note_act
from crm.web.forms import posted
from crm.web.fragments import flash, page, respond_422
from crm.web.pages import stable
from crm.web.rights import SignedIn, requires


@require_safe
@requires("contact.export")
def contact_export(request: SignedIn, pk: int, form: str) -> HttpResponse:
    """Everything that is held about the person; that it was taken is on record."""
    if form not in FORMS:
        raise Http404
    person, at = own(Contact.objects.select_related("client"), request.user, pk), timezone.now()
    note_act("export", person, at=at, detail={"form": form})
    response = HttpResponse(written(person_export(person, request.user, at=at), form), content_type=FORMS[form])
    response["Content-Disposition"] = f'attachment; filename="person-{pk}.{form}"'
    return response


def _erasures(user: User) -> ErasureQuery:
    return Erasure.objects.visible_to(user).select_related("client", "contact", "noted_by", "decided_by")


@require_safe
@requires("erasure.see")
def erasure_list(request: SignedIn) -> HttpResponseBase:
    found = ErasureListFilter(request.GET, _erasures(request.user), request=request)
    if form := request.GET.get("format"):
        return export_response(request, stable(found.qs), ERASURES, form=form)
    context = {"filter": found, "page": valued_page(request, found.qs)}
    return page(request, "clients/erasure_list.html", context, fragment="rows")


@FORM
@requires("erasure.change")
def erasure_new(request: SignedIn, pk: int) -> HttpResponse:
    """Whoever keeps the client notes the request; a partner decides."""
    person = own(Contact.objects.select_related("client"), request.user, pk)
    form = ErasureForm(posted(request), instance=Erasure(contact=person), initial={"asked_on": timezone.localdate()})
    back = {"back": reverse("clients:contact", args=[pk]), "back_words": str(person)}
    lede = _("Note that the person asked for it. What goes and what stays is shown before a partner carries it out.")
    return answer(
        request,
        form,
        lambda: ask_erasure(form.save(commit=False), by=request.user, at=timezone.now()),
        template="components/act.html",
        context={"title": _("Erase %(person)s") % {"person": person}, "lede": lede, "button": _("Note the request")}
        | back,
        said=lambda _made: _("The request is noted; a partner carries it out."),
    )


@require_safe
@requires("erasure.see")
def erasure(request: SignedIn, pk: int) -> HttpResponse:
    """While it is asked for: what will go and what stays. Afterwards: the receipt."""
    row = get_object_or_404(_erasures(request.user), pk=pk)
    return page(request, "clients/erasure.html", _shown(row, request.user) | {"form": CarryOutForm()})


@require_POST
@requires("erasure.decide")
def erasure_carry_out(request: SignedIn, pk: int) -> HttpResponse:
    row, form = own(Erasure.objects.all(), request.user, pk), CarryOutForm(request.POST)
    if form.is_valid() and attempt(form, lambda: erase_person(row, by=request.user, at=timezone.now())) is not None:
        flash(request, _("The person is erased. This is the receipt."))
        return redirect("clients:erasure", pk)
    row = _erasures(request.user).get(pk=pk)
    return respond_422(request, "clients/erasure.html", _shown(row, request.user) | {"form": form})


@require_POST
@requires("erasure.change")
def erasure_withdraw(request: SignedIn, pk: int) -> HttpResponse:
    row = own(Erasure.objects.all(), request.user, pk)
    return act_once(
        request,
        lambda: withdraw_erasure(row, by=request.user, at=timezone.now()),
        _("The request is taken back."),
        fallback=reverse("clients:erasure", args=[pk]),
    )


def _shown(row: Erasure, user: User) -> dict[str, object]:
    is_open = row.state == Erasure.State.ASKED and row.contact is not None
    receipt = preview_erasure(row, at=timezone.now()) if is_open else row.receipt
    return {
        "erasure": row,
        "is_open": is_open,
        "told": told_receipt(receipt),
        "may_decide": is_open and may(user, "erasure.decide"),
    }
