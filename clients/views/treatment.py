"""How clients are treated: complaints, praise and extras as lists; and who of us is away."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients.exports import ABSENCES, COMPLAINTS, EXTRAS, PRAISE
from clients.filters.treatment import AbsenceListFilter, ComplaintListFilter, ExtraListFilter, PraiseListFilter
from clients.forms.needs import DropForm
from clients.forms.treatment import AbsenceForm, ComplaintForm, ExtraForm, PraiseForm, praised_words
from clients.models import Absence, Client, Complaint, Extra, Praise
from clients.reports.absences import covered, planned
from clients.reports.complaints import praised_before
from clients.reports.shown import valued
from clients.services.absences import save_absence
from clients.services.extras import change_extra, close_extra, give_extra, withdraw_extra
from clients.services.feedback import change_complaint, log_complaint, log_praise
from clients.views.acting import act_once, answer, own
from crm.access import Role
from crm.exports import Table, export_response
from crm.web.fragments import page
from crm.web.pages import asked_id, paginate, stable
from crm.web.rights import SignedIn, requires

FORM = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@requires("complaint.see")
def complaint_list(request: SignedIn) -> HttpResponseBase:
    """Open complaints first."""
    rows = Complaint.objects.visible_to(request.user).with_may_change(Complaint.objects.changeable_by(request.user))
    rows = rows.select_related("client", "contact", "about", "promise").order_by("resolved_on", "-received_on", "-pk")
    return _listed(request, ComplaintListFilter, rows, COMPLAINTS, "clients/complaint_list.html", tell=_praised)


def _praised(request: SignedIn, rows: Sequence[Complaint]) -> None:
    """Marks those whose writer had praised the same employee before."""
    valued(rows, request.user)
    found = praised_before(request.user, rows)
    for row in rows:
        vars(row)["praise_before"] = found.get(row.pk)


def _listed(
    request: SignedIn,
    kind: Any,
    rows: Any,
    table: Table,
    template: str,
    context: dict[str, Any] | None = None,
    tell: Callable[[SignedIn, Sequence[Any]], None] = lambda _request, _rows: None,
) -> HttpResponseBase:
    """The rows as they are filtered and sorted: a page of them, or with `?format=` all of them as a file."""
    found = kind(request.GET, rows, request=request)
    rows = found.qs if found.is_valid() else found.queryset.none()
    if form := request.GET.get("format"):
        return export_response(request, stable(rows), table, form=form)
    shown = {"filter": found, "page": paginate(request, rows), **(context or {})}
    tell(request, shown["page"].rows)
    return page(request, template, shown, fragment="rows")


@FORM
@requires("complaint.change")
def complaint_new(request: SignedIn) -> HttpResponse:
    client = _asked(request)
    row = Complaint(client=client) if client else Complaint()
    form = ComplaintForm(request.POST or None, instance=row, user=request.user, initial=_first(client, "received_on"))
    return answer(
        request,
        form,
        lambda: _complain(request, form),
        template="components/act.html",
        context={"title": _("New complaint"), **_back("complaint_list", _("Complaints"))},
        said=lambda _row: _("The complaint is on record."),
    )


def _complain(request: SignedIn, form: ComplaintForm) -> Complaint:
    due_at = form.cleaned_data["answer_due_at"]
    return log_complaint(form.filled(), by=request.user, at=timezone.now(), answer_due_at=due_at)


@require_safe
@requires("complaint.change")
def complaint_praise(request: SignedIn) -> HttpResponse:
    """Whether the person who complains had praised the employee, while both are being chosen."""
    form = ComplaintForm(request.GET, instance=Complaint(), user=request.user)
    words = praised_words(form.praise) if form.praise else ""
    return page(request, "clients/complaint_praise.html", {"words": words})


@FORM
@requires("complaint.change")
def complaint_edit(request: SignedIn, pk: int) -> HttpResponse:
    row = own(Complaint.objects.select_related("client", "promise"), request.user, pk)
    form = ComplaintForm(request.POST or None, instance=row, user=request.user, initial={"client": row.client})
    return answer(
        request,
        form,
        lambda: change_complaint(form.filled(), at=timezone.now()),
        template="components/act.html",
        context={"title": _("Complaint"), "lede": row.client.name, **_back("complaint_list", _("Complaints"))},
        said=lambda _row: _("The complaint is saved."),
    )


@require_safe
@requires("complaint.see")
def praise_list(request: SignedIn) -> HttpResponseBase:
    rows = Praise.objects.visible_to(request.user).select_related("client", "contact", "about")
    return _listed(request, PraiseListFilter, rows, PRAISE, "clients/praise_list.html")


@FORM
@requires("complaint.change")
def praise_new(request: SignedIn) -> HttpResponse:
    client = _asked(request)
    row = Praise(client=client) if client else Praise()
    form = PraiseForm(request.POST or None, instance=row, user=request.user, initial=_first(client, "received_on"))
    return answer(
        request,
        form,
        lambda: log_praise(form.filled(), by=request.user),
        template="components/act.html",
        context={"title": _("New praise"), **_back("praise_list", _("Praise"))},
        said=lambda _row: _("The praise is on record."),
    )


@require_safe
@requires("extra.see")
def extra_list(request: SignedIn) -> HttpResponseBase:
    rows = Extra.objects.visible_to(request.user).select_related("client", "given_by")
    changeable = set(
        Extra.objects.changeable_by(request.user).filter(closed_on=None).values_list("pk", flat=True)[:1000]
    )
    shows_cost = request.user.is_in(Role.PARTNER, Role.ACCOUNT_MANAGER, Role.FINANCE)
    context = {"changeable": changeable, "shows_cost": shows_cost}
    return _listed(request, ExtraListFilter, rows, EXTRAS, "clients/extra_list.html", context)


@FORM
@requires("extra.change")
def extra_new(request: SignedIn) -> HttpResponse:
    client = _asked(request)
    row = Extra(given_by=request.user, **({"client": client} if client else {}))
    first = {**_first(client, "given_on"), "currency": client.currency if client else "EUR"}
    form = ExtraForm(request.POST or None, instance=row, user=request.user, initial=first)
    return answer(
        request,
        form,
        lambda: give_extra(form.filled(), at=timezone.now()),
        template="components/act.html",
        context={"title": _("New extra"), "gives": True, **_back("extra_list", _("Extras"))},
        said=lambda made: (
            _("Given %(n)s times by now: price it or stop.") % {"n": made.times} if made.is_expected else _("Noted.")
        ),
    )


@FORM
@requires("extra.change")
def extra_edit(request: SignedIn, pk: int) -> HttpResponse:
    row = own(Extra.objects.select_related("client"), request.user, pk)
    form = ExtraForm(request.POST or None, instance=row, user=request.user, initial={"client": row.client})
    return answer(
        request,
        form,
        lambda: change_extra(form.filled()),
        template="components/act.html",
        context={"title": row.name, "lede": row.client.name, **_back("extra_list", _("Extras"))},
        said=lambda _row: _("The extra is saved."),
    )


@require_POST
@requires("extra.change")
def extra_close(request: SignedIn, pk: int) -> HttpResponse:
    """Refused in words while the client was not told."""
    row = own(Extra.objects.all(), request.user, pk)
    return act_once(request, lambda: close_extra(row, on=timezone.localdate()), _("The extra is closed."))


@FORM
@requires("extra.change")
def extra_withdraw(request: SignedIn, pk: int) -> HttpResponse:
    """It was not given after all: the reason stays with it."""
    row = own(Extra.objects.select_related("client"), request.user, pk)
    form = DropForm(request.POST or None)
    return answer(
        request,
        form,
        lambda: withdraw_extra(row, **form.cleaned_data, on=timezone.localdate()),
        template="components/act.html",
        context={
            "title": _("Withdraw the extra"),
            "lede": f"{row.name}, {row.client.name}",
            "button": _("Withdraw"),
            **_back("extra_list", _("Extras")),
        },
        said=lambda _row: _("The extra is withdrawn."),
    )


@require_safe
@requires("absence.see")
def absence_list(request: SignedIn) -> HttpResponseBase:
    """Who is or will be away; `?all=1` shows the past too."""
    rows = Absence.objects.visible_to(request.user).with_shown_reason(request.user).select_related("user", "deputy")
    if not request.GET.get("all"):
        rows = rows.filter(to_on__gte=timezone.localdate()).order_by("from_on", "pk")
    found = AbsenceListFilter(request.GET, rows, request=request)
    if form := request.GET.get("format"):
        return export_response(request, stable(found.qs), ABSENCES, form=form)
    shown = paginate(request, found.qs)
    context = {
        "filter": found,
        "page": shown,
        "planned": planned(shown.rows),
        "query": request.GET,
        "sees_reason": request.user.is_in(Role.PARTNER),
    }
    return page(request, "clients/absence_list.html", context, fragment="rows")


@require_safe
@requires("absence.see")
def absence_mine(request: SignedIn) -> HttpResponse:
    """One's own absences now and later, and for whom one stands in: a part of the profile."""
    today = timezone.localdate()
    mine = request.user.absences.filter(to_on__gte=today).select_related("deputy").order_by("from_on", "pk")
    context = {"planned": planned(list(mine)), "covered": covered(request.user, on=today)}
    return page(request, "clients/absence_mine.html", context, fragment="part")


@FORM
@requires("absence.change")
def absence_new(request: SignedIn) -> HttpResponse:
    form = AbsenceForm(request.POST or None, user=request.user, initial={"user": request.user})
    return _absence(request, form, _("New absence"))


@FORM
@requires("absence.change")
def absence_edit(request: SignedIn, pk: int) -> HttpResponse:
    row = own(Absence.objects.all(), request.user, pk)
    return _absence(request, AbsenceForm(request.POST or None, instance=row, user=request.user), _("Absence"))


@require_POST
@requires("absence.change")
def absence_delete(request: SignedIn, pk: int) -> HttpResponse:
    row = own(Absence.objects.all(), request.user, pk)
    return act_once(request, row.delete, _("The absence is deleted."))


def _absence(request: SignedIn, form: AbsenceForm, title: str) -> HttpResponse:
    return answer(
        request,
        form,
        lambda: save_absence(form.instance),
        template="components/act.html",
        context={"title": title, **_back("absence_list", _("Absences"))},
        said=lambda _row: _("The absence is saved."),
    )


def _asked(request: SignedIn) -> Client | None:
    return Client.objects.visible_to(request.user).filter(pk=asked_id(request.GET.get("client"))).first()


def _first(client: Client | None, day: str) -> dict[str, Any]:
    return {day: timezone.localdate(), **({"client": client} if client else {})}


def _back(name: str, words: str) -> dict[str, str]:
    return {"back": reverse(f"clients:{name}"), "back_words": words}
