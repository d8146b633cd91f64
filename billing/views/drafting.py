"""Drafts made from work: of one client with a preview, or of everybody at once."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from billing.forms.invoices import DraftAllForm, DraftForm
from billing.reports.plans import to_draft, view_plans, view_skipped
from billing.reports.wip import name_rows, sum_by_basis
from billing.rules.lines import Grouping
from billing.services.drafting import draft_invoices, plan_drafts
from billing.tasks import ask_for_drafting
from billing.views.rate_questions import question_in
from clients.models import Client
from clients.models.client import ClientQuery
from clients.views.acting import attempt
from crm.access import may
from crm.db import by_name
from crm.web.fragments import flash, page, respond_422
from crm.web.rights import SignedIn, requires

TEMPLATE = "billing/invoice_draft.html"
DIALOG = "dialog"


@require_http_methods(["GET", "POST"])
@requires("invoice.draft")
def invoice_draft(request: SignedIn) -> HttpResponse:
    """Shows what would be drafted while the choices change, and drafts it."""
    form = _form(request)
    if request.method == "GET":
        context = _plan(request, form) if form.is_bound and form.is_valid() else {"form": form}
        return page(request, TEMPLATE, context | _question(request, form), fragment=DIALOG)
    url = attempt(form, lambda: _draft(request, form)) if form.is_valid() else None
    if url is None:
        return respond_422(request, TEMPLATE, {"form": form} | _question(request, form), fragment=DIALOG)
    return redirect(url)


@require_http_methods(["GET", "POST"])
@requires("invoice.issue")
def invoice_draft_all(request: SignedIn) -> HttpResponse:
    """Shows what would be drafted for whom, and drafts it in the background, with progress to look at."""
    today = timezone.localdate()
    form = DraftAllForm(request.POST or request.GET or {"through": today})
    chosen = form.cleaned_data if form.is_valid() else None
    waiting = to_draft(request.user, **_work(chosen)) if chosen else {}
    lines = urlencode({name: value for name, value in chosen.items() if value}) if chosen else ""
    context = {"form": form, "rows": name_rows(waiting), "sums": sum_by_basis(waiting), "lines": lines}
    if request.method == "GET" or not form.is_valid():
        show = page if request.method == "GET" else respond_422
        return show(request, "billing/invoice_draft_all.html", context, fragment=DIALOG)
    run = attempt(form, lambda: ask_for_drafting(**form.cleaned_data, by=request.user, at=timezone.now()))
    if run is None:
        return respond_422(request, "billing/invoice_draft_all.html", context, fragment=DIALOG)
    return redirect("crm:job_run", run.pk)


def _work(chosen: dict[str, Any]) -> dict[str, Any]:
    """What decides which work is drafted; how its lines are grouped does not."""
    return {name: chosen[name] for name in ("through", "complete_only")}


def _form(request: SignedIn) -> DraftForm:
    clients = Client.objects.visible_to(request.user).current().order_by(by_name("name"), "pk")
    if not request.POST and "client" not in request.GET:
        starting = {"through": timezone.localdate(), "grouping": Grouping.ENGAGEMENT}
        return DraftForm(initial=starting, clients=clients, client=None)
    given = (request.POST or request.GET).copy()
    given.setdefault("through", timezone.localdate().isoformat())
    given.setdefault("grouping", Grouping.ENGAGEMENT.value)
    return DraftForm(given, clients=clients, client=_named(clients, given.get("client", "")))


def _named(clients: ClientQuery, key: str) -> Client | None:
    return clients.filter(pk=key).first() if key.isdecimal() and len(key) < 19 else None


def _plan(request: SignedIn, form: DraftForm) -> dict[str, Any]:
    chosen = dict(form.cleaned_data)
    try:
        plans = plan_drafts(chosen.pop("client"), **chosen | {"grouping": Grouping(chosen["grouping"])})
    except ValidationError as error:
        form.add_error(None, error)
        return {"form": form}
    shown = {"plans": view_plans(plans, user=request.user), "skipped": view_skipped(plans.skipped)}
    return {"form": form, "is_planned": True, **shown}


def _question(request: SignedIn, form: DraftForm) -> dict[str, Any]:
    """The open question about a changed rate; after its answer the same preview goes on."""
    given = {name: form.data.get(name, "") for name in form.fields if form.data.get(name)}
    return question_in(form, user=request.user, back=f"{reverse('billing:invoice_draft')}?{urlencode(given)}")


def _draft(request: SignedIn, form: DraftForm) -> str:
    """Writes the drafts; says where to go: to the one draft, else to the list; a consultant stays outside."""
    chosen = dict(form.cleaned_data) | {"grouping": Grouping(form.cleaned_data["grouping"])}
    drafted = draft_invoices(chosen.pop("client"), **chosen, by=request.user, on=timezone.localdate())
    flash(request, _made(len(drafted.drafts)))
    if not may(request.user, "invoice.see"):
        return "/"
    if len(drafted.drafts) == 1:
        return reverse("billing:invoice_detail", args=[drafted.drafts[0].pk])
    return reverse("billing:invoice_list")


def _made(n: int) -> str:
    return ngettext("%(n)s draft made.", "%(n)s drafts made.", n) % {"n": n}
