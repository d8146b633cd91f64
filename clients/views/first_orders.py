"""First orders: the list of their plans; and each plan as a part of the card and a page of its own."""

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients.exports import FIRST_ORDERS
from clients.filters.first_orders import FirstOrderListFilter
from clients.models import Client, FirstOrder
from clients.reports.first_orders import plans_of, shown_plan
from clients.views.acting import valued_page
from crm.exports import export_response
from crm.web.fragments import page
from crm.web.pages import stable
from crm.web.rights import SignedIn, requires


@require_safe
@requires("task.see")
def first_order_list(request: SignedIn) -> HttpResponseBase:
    """How far each plan has come; `?format=` gives the same rows as a file."""
    rows = FirstOrder.objects.visible_to(request.user).select_related("client__account_manager")
    found = FirstOrderListFilter(request.GET, rows, request=request)
    if form := request.GET.get("format"):
        plans = plans_of(list(stable(found.qs)), request.user)
        return export_response(request, plans, FIRST_ORDERS, form=form, of=FirstOrder)
    shown = valued_page(request, found.qs)
    context = {"filter": found, "page": shown, "plans": plans_of(shown.rows, request.user)}
    return page(request, "clients/first_order_list.html", context, fragment="rows")


@require_safe
@requires("task.see")
def client_first_order(request: SignedIn, pk: int) -> HttpResponse:
    client = get_object_or_404(Client.objects.visible_to(request.user).open_to(request.user), pk=pk)
    plan = shown_plan(client, request.user, on=timezone.localdate())
    if plan is None:
        raise Http404
    return page(request, "clients/client_first_order.html", {"client": client, "plan": plan}, fragment="panel")
