"""One document: a draft that can be written, or an issued one with what became of it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing.models import Invoice
from crm.web.fragments import page
from crm.web.rights import SignedIn, requires


@require_safe
@requires("invoice.see")
def invoice_detail(request: SignedIn, pk: int) -> HttpResponse:
    rows = Invoice.objects.visible_to(request.user).with_state(on=timezone.localdate())
    invoice = get_object_or_404(rows.select_related("client", "seller"), pk=pk)
    return page(request, "billing/invoice_detail.html", {"invoice": invoice, "lines": invoice.lines.all()})
