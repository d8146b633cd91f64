"""What billing shows on the pages of a client."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing.reports.client_hours import load_client_hours
from clients.models import Client
from crm.web.fragments import page
from crm.web.rights import SignedIn, requires


@require_safe
@requires("package.see")
def client_hours_panel(request: SignedIn, pk: int) -> HttpResponse:
    """Packages, free hours and the newest work; for clients that the person sees in full."""
    client = get_object_or_404(Client.objects.open_to(request.user), pk=pk)
    hours = load_client_hours(client, on=timezone.localdate())
    return page(request, "billing/client_hours_panel.html", {"client": client, "hours": hours}, fragment="panel")
