"""Question lists: what a client asks after the work, with estimates, until it is worth an offer with a session."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms.expenses import QuestionForm, QuestionListForm, SessionForm
from billing.models import Question, QuestionList
from billing.services.follow_up import allowance_for
from billing.services.questions import add_question, close_list, offer_list, remove_question, start_list
from clients.models import Client
from clients.views.acting import act_once, attempt, own, valued_page
from crm.access import may
from crm.web.fragments import flash, page, respond_422
from crm.web.pages import asked_id
from crm.web.rights import SignedIn, requires

FORM = require_http_methods(["GET", "HEAD", "POST"])
PAGE = "billing/question_detail.html"


@require_safe
@requires("question.see")
def question_list(request: SignedIn) -> HttpResponse:
    """Open lists first; `?all=1` shows those that were offered or closed too."""
    rows = QuestionList.objects.visible_to(request.user).select_related("client", "offer").prefetch_related("questions")
    if not request.GET.get("all"):
        rows = rows.open()
    context = {"page": valued_page(request, rows), "query": request.GET}
    return page(request, "billing/question_list.html", context, fragment="rows")


@FORM
@requires("question.change")
def question_list_new(request: SignedIn) -> HttpResponse:
    client = Client.objects.visible_to(request.user).filter(pk=asked_id(request.GET.get("client"))).first()
    form = QuestionListForm(
        request.POST or None, user=request.user, initial={"client": client, "title": _("Questions after the work")}
    )
    if request.method == "POST" and form.is_valid():
        row = attempt(form, lambda: start_list(QuestionList(**form.cleaned_data), by=request.user))
        if row:
            return redirect("billing:question_detail", pk=row.pk)
    context = {"form": form, "title": _("New question list"), **_back()}
    respond = page if request.method != "POST" else respond_422
    return respond(request, "components/act.html", context, fragment="dialog")


@FORM
@requires("question.see")
def question_detail(request: SignedIn, pk: int) -> HttpResponse:
    """The list with its questions; a POST adds one."""
    rows = QuestionList.objects.select_related("client")
    row = get_object_or_404(rows.visible_to(request.user), pk=pk)
    if request.method == "POST":
        _check_writer(request, pk)
    form = QuestionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        on = timezone.localdate()
        if attempt(form, lambda: add_question(row, on=on, **form.cleaned_data)):
            return redirect("billing:question_detail", pk=pk)
    questions = list(row.questions.all())
    context = {
        "list": row,
        "questions": questions,
        "minutes": sum(question.estimated_minutes for question in questions),
        "form": form,
        "allowance": allowance_for(row.client, row.engagement, on=timezone.localdate()),
    }
    respond = respond_422 if form.errors else page
    return respond(request, PAGE, context, fragment="work")


@require_POST
@requires("question.change")
def question_delete(request: SignedIn, pk: int) -> HttpResponse:
    lists = QuestionList.objects.changeable_by(request.user)
    question = get_object_or_404(Question.objects.filter(list__in=lists).select_related("list"), pk=pk)
    return act_once(
        request,
        lambda: remove_question(question),
        _("Question taken off."),
        fallback=reverse("billing:question_detail", args=[question.list_id]),
    )


@FORM
@requires("question.change")
def question_offer(request: SignedIn, pk: int) -> HttpResponse:
    """Turns the list into an offer with a booked session."""
    row = own(QuestionList.objects.select_related("client", "engagement"), request.user, pk)
    form = SessionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        session_at = form.cleaned_data["session_at"]
        offer = attempt(form, lambda: offer_list(row, session_at=session_at, by=request.user, at=timezone.now()))
        if offer:
            flash(request, _("The offer is drafted and the session promised."))
            return redirect("billing:offer_detail", pk=offer.pk)
    context = {
        "form": form,
        "title": _("Offer with a session"),
        "lede": row.client.name,
        "button": _("Draft the offer"),
        "back": reverse("billing:question_detail", args=[pk]),
        "back_words": row.title,
    }
    respond = page if request.method != "POST" else respond_422
    return respond(request, "components/act.html", context, fragment="dialog")


@require_POST
@requires("question.change")
def question_close(request: SignedIn, pk: int) -> HttpResponse:
    row = own(QuestionList.objects.all(), request.user, pk)
    return act_once(
        request, lambda: close_list(row), _("The list is closed."), fallback=reverse("billing:question_list")
    )


def _check_writer(request: SignedIn, pk: int) -> None:
    """Seeing a list is not yet the right to add to it."""
    if not may(request.user, "question.change"):
        raise PermissionDenied
    own(QuestionList.objects.all(), request.user, pk)


def _back() -> dict[str, str]:
    return {"back": reverse("billing:question_list"), "back_words": _("Question lists")}
