"""What advance VAT invoices can be narrowed to."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import CharFilter, ChoiceFilter, DateFilter, ModelChoiceFilter, NumberFilter

from billing.models import AdvanceVatInvoice
from billing.models.advance_vat import AdvanceVatQuery
from billing.models.service_acts import WRITTEN_IN
from clients.models import Client, Seller
from crm.api.filters import Ordering, RecordFilter, VisibleChoice

STATES = [("open", _("VAT left to deduct")), ("deducted", _("deducted")), ("withdrawn", _("taken back"))]


class AdvanceVatFilter(RecordFilter):
    updated_after = None
    search = CharFilter(method="by_text", label=_("Number or client"))
    state = ChoiceFilter(choices=STATES, method="by_state", label=_("Deduction"))
    seller = ModelChoiceFilter(queryset=Seller.objects.filter(country=WRITTEN_IN), label=_("Own company"))
    client = VisibleChoice(queryset=Client.objects.all(), field_name="invoice__client", label=_("Client"))
    issued_on__gte = DateFilter(field_name="issued_on", lookup_expr="gte", label=_("Issued from"))
    issued_on__lte = DateFilter(field_name="issued_on", lookup_expr="lte", label=_("Issued until"))
    invoice = NumberFilter(field_name="invoice", label=_("Invoice"))
    payment = NumberFilter(field_name="payment", label=_("Payment"))
    ordering = Ordering(fields={"issued_on": "issued_on", "number": "sequence"})

    class Meta:
        model = AdvanceVatInvoice
        fields = ()

    def by_text(self, rows: AdvanceVatQuery, _name: str, text: str) -> AdvanceVatQuery:
        asked = text.strip()[:160]
        return rows.filter(
            Q(number__icontains=asked) | Q(invoice__number__icontains=asked) | Q(invoice__client__name__icontains=asked)
        )

    def by_state(self, rows: AdvanceVatQuery, _name: str, state: str) -> AdvanceVatQuery:
        if state == "withdrawn":
            return rows.exclude(withdrawal=None)
        return rows.with_open_rest() if state == "open" else rows.all_deducted()


class AdvanceVatListFilter(AdvanceVatFilter):
    invoice = None
    payment = None
