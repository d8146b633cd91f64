"""What acts of services can be narrowed to."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import CharFilter, ChoiceFilter, DateFilter, ModelChoiceFilter, NumberFilter

from billing.models import ServiceAct
from billing.models.service_acts import WRITTEN_IN, ServiceActQuery
from clients.models import Client, Seller
from crm.api.filters import Ordering, RecordFilter, VisibleChoice

STATES = [
    ("unsigned", _("not signed")),
    ("late", _("not signed after a month")),
    ("signed", _("signed")),
    ("withdrawn", _("taken back")),
]


class ServiceActFilter(RecordFilter):
    updated_after = None
    search = CharFilter(method="by_text", label=_("Number or client"))
    state = ChoiceFilter(choices=STATES, method="by_state", label=_("Signature"))
    seller = ModelChoiceFilter(queryset=Seller.objects.filter(country=WRITTEN_IN), label=_("Own company"))
    client = VisibleChoice(queryset=Client.objects.all(), field_name="invoice__client", label=_("Client"))
    acted_on__gte = DateFilter(field_name="acted_on", lookup_expr="gte", label=_("Dated from"))
    acted_on__lte = DateFilter(field_name="acted_on", lookup_expr="lte", label=_("Dated until"))
    invoice = NumberFilter(field_name="invoice", label=_("Invoice"))
    ordering = Ordering(fields={"acted_on": "acted_on", "number": "sequence"})

    class Meta:
        model = ServiceAct
        fields = ()

    def by_text(self, rows: ServiceActQuery, _name: str, text: str) -> ServiceActQuery:
        asked = text.strip()[:160]
        return rows.filter(
            Q(number__icontains=asked) | Q(invoice__number__icontains=asked) | Q(invoice__client__name__icontains=asked)
        )

    def by_state(self, rows: ServiceActQuery, _name: str, state: str) -> ServiceActQuery:
        if state == "signed":
            return rows.signed()
        if state == "withdrawn":
            return rows.exclude(withdrawal=None)
        return rows.late(on=timezone.localdate()) if state == "late" else rows.unsigned()


class ServiceActListFilter(ServiceActFilter):
    invoice = None
