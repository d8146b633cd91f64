"""The plan of a first order: a part of the card, and a page of its own."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients.models import Client
from clients.reports.first_orders import shown_plan
from crm.web.fragments import page
from crm.web.rights import SignedIn, requires


@require_safe
@requires("task.see")
def client_first_order(request: SignedIn, pk: int) -> HttpResponse:
    client = get_object_or_404(Client.objects.visible_to(request.user).open_to(request.user), pk=pk)
    plan = shown_plan(client, request.user, on=timezone.localdate())
    if plan is None:
        raise Http404
    return page(request, "clients/client_first_order.html", {"client": client, "plan": plan}, fragment="panel")
