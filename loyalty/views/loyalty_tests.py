"""Loyalty tests: who is known how well this quarter, and the six questions of one client."""

from typing import Any

from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clients.models import Client
from clients.views.acting import attempt
from crm.exports import export_response
from crm.models import User
from crm.periods import quarter_start
from crm.web.fragments import flash, page, respond_422
from crm.web.pages import paginate
from crm.web.rights import SignedIn, requires
from loyalty.exports import ANSWERS
from loyalty.forms import LoyaltyTestForm
from loyalty.models import LoyaltyAnswer, LoyaltyTest
from loyalty.reports.loyalty_tests import counts_of, history_of, known_rows
from loyalty.services.loyalty_tests import earlier_answers, hold_test


@require_safe
@requires("loyalty_test.see")
def test_list(request: SignedIn) -> HttpResponse:
    show, quarter = request.GET.get("show", ""), quarter_start(timezone.localdate())
    found = paginate(request, known_rows(request.user, quarter=quarter, show=show))
    context = {"page": found, "show": show, "quarter": quarter, "counts": counts_of(request.user, quarter=quarter)}
    return page(request, "loyalty/test_list.html", context, fragment="rows")


@require_safe
@requires("loyalty_test.see")
def test_export(request: SignedIn) -> FileResponse:
    tests = LoyaltyTest.objects.visible_to(request.user)
    rows = LoyaltyAnswer.objects.filter(test__in=tests).order_by("-test__quarter_on", "test__client__name", "pk")
    return export_response(request, rows, ANSWERS, form=request.GET.get("format", "csv"))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("loyalty_test.change")
def test_edit(request: SignedIn, pk: int) -> HttpResponse:
    """The test of this quarter; what was said before stands beside each question."""
    client, today = _client(request.user, pk), timezone.localdate()
    quarter = quarter_start(today)
    test = LoyaltyTest.objects.filter(client=client).of_quarter(quarter).first()
    form = LoyaltyTestForm(request.POST or None, test=test, earlier=earlier_answers(client, quarter=quarter))
    if request.method == "POST" and form.is_valid() and _held(request, form, client):
        flash(request, _("The test is saved."))
        return redirect("loyalty:test_list")
    context = {"client": client, "form": form, "test": test, "quarter": quarter, "history": history_of(client)}
    return (respond_422 if form.is_bound else page)(request, "loyalty/test_edit.html", context)


def _held(request: SignedIn, form: LoyaltyTestForm, client: Client) -> Any:
    by, on, at = request.user, timezone.localdate(), timezone.now()
    return attempt(form, lambda: hold_test(client, answers=form.said(), by=by, on=on, at=at))


def _client(user: User, pk: int) -> Client:
    owned = Client.objects.current().visible_to(user).open_to(user)
    return get_object_or_404(owned.filter(pk__in=Client.objects.changeable_by(user).values("pk")), pk=pk)
