"""What lists of invoices and payments can be narrowed to; computed states are filters like stored ones."""

from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import (
    BooleanFilter,
    CharFilter,
    ChoiceFilter,
    DateFilter,
    ModelChoiceFilter,
    MultipleChoiceFilter,
)

from billing.models import Invoice, Payment, WriteOffRequest
from billing.models.invoices import InvoiceQuery, State
from clients.models import Client, Seller
from crm.api.filters import Ordering, RecordFilter, VisibleChoice
from crm.web.pages import asked_id

INVOICE_ORDERINGS = {
    "number": "number",
    "client__name": "client",
    "issued_on": "issued_on",
    "due_on": "due_on",
    "gross_amount": "gross_amount",
    "balance_amount": "balance_amount",
    "updated_at": "updated_at",
}
PAYMENT_ORDERINGS = {"received_on": "received_on", "client__name": "client", "amount": "amount"}
STATUSES = [(Invoice.Status.ISSUED.value, Invoice.Status.ISSUED.label), *State.choices]
READINESS = [("ready", _("ready to issue")), ("broken", _("needs attention")), ("free", _("without charge"))]
SETTLED = [("open", _("with an open rest")), ("settled", _("applied in full"))]


class InvoiceFilter(RecordFilter):
    """`status` knows stored and computed states; balances are asked for only where something needs them."""

    search = CharFilter(method="by_text", label=_("Number or client"))
    status = MultipleChoiceFilter(
        choices=STATUSES,
        method="by_state",
        label=_("Status"),
        help_text="Stored or computed; several may hold at once: one that is part paid may be overdue as well.",
    )
    state = MultipleChoiceFilter(
        choices=State.choices, method="by_shown_state", help_text="The one state that a document shows as `state`."
    )
    client = VisibleChoice(queryset=Client.objects.all(), label=_("Client"))
    seller = ModelChoiceFilter(queryset=Seller.objects.all(), label=_("Own company"))
    issued_on__gte = DateFilter(field_name="issued_on", lookup_expr="gte", label=_("Issued from"))
    issued_on__lte = DateFilter(field_name="issued_on", lookup_expr="lte", label=_("Issued until"))
    in_dispute = BooleanFilter(method="by_dispute", label=_("In dispute"))
    ordering = Ordering(fields=INVOICE_ORDERINGS)

    class Meta:
        model = Invoice
        fields = ("kind", "currency", "number", "engagement", "corrects", "external_source", "external_id")

    def by_text(self, rows: InvoiceQuery, _name: str, text: str) -> InvoiceQuery:
        asked = text.strip()[:100]
        return rows.filter(Q(number__icontains=asked) | Q(client__name__icontains=asked))

    def by_dispute(self, rows: InvoiceQuery, _name: str, disputed: bool) -> InvoiceQuery:
        found = Invoice.objects.in_dispute().values("pk")
        return rows.filter(pk__in=found) if disputed else rows.exclude(pk__in=found)

    def by_shown_state(self, rows: InvoiceQuery, _name: str, states: list[str]) -> InvoiceQuery:
        return rows.with_state(on=timezone.localdate()).filter(Q(("state__in", states))) if states else rows

    def by_state(self, rows: InvoiceQuery, _name: str, states: list[str]) -> InvoiceQuery:
        """`issued` is stored, all other states are computed; one of those asked for is enough."""
        if not states:
            return rows
        computed = rows.in_states([state for state in states if state != "issued"], on=timezone.localdate())
        return rows.with_balance().issued() | computed if "issued" in states else computed


class InvoiceListFilter(InvoiceFilter):
    """The same set as a page shows it: without the fields that only integrations ask for."""

    updated_after = state = None
    status = MultipleChoiceFilter(choices=State.choices, method="by_state", label=_("Status"))

    class Meta:
        model = Invoice
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """A client is asked for by a link or by the search, never picked out of thousands."""
        super().__init__(*args, **kwargs)
        if asked := asked_id(self.data.get("client")):
            self.filters["client"].queryset = Client.objects.filter(pk=asked)
        else:
            del self.filters["client"]


class DraftFilter(RecordFilter):
    """Drafts by what they are for; `state` is judged for each of them, so the list gives its ids."""

    updated_after = None
    search = CharFilter(field_name="client__name", lookup_expr="unaccent__icontains", label=_("Client"))
    state = ChoiceFilter(choices=READINESS, method="keep", label=_("State"))
    seller = ModelChoiceFilter(queryset=Seller.objects.all(), label=_("Own company"))
    currency = CharFilter(lookup_expr="iexact", label=_("Currency"))
    drafted_on__gte = DateFilter(field_name="drafted_on", lookup_expr="gte", label=_("Drafted from"))
    drafted_on__lte = DateFilter(field_name="drafted_on", lookup_expr="lte", label=_("Drafted until"))

    class Meta:
        model = Invoice
        fields = ()

    def keep(self, rows: InvoiceQuery, _name: str, _state: str) -> InvoiceQuery:
        return rows


class PaymentFilter(RecordFilter):
    search = CharFilter(method="by_text", label=_("Client or reference"))
    client = VisibleChoice(queryset=Client.objects.all(), label=_("Client"))
    seller = ModelChoiceFilter(queryset=Seller.objects.all(), label=_("Own company"))
    received_on__gte = DateFilter(field_name="received_on", lookup_expr="gte", label=_("Received from"))
    received_on__lte = DateFilter(field_name="received_on", lookup_expr="lte", label=_("Received until"))
    rest = ChoiceFilter(choices=SETTLED, method="by_rest", label=_("Rest"))
    ordering = Ordering(fields=PAYMENT_ORDERINGS)

    class Meta:
        model = Payment
        fields = ("currency", "external_source", "external_id")

    def by_text(self, rows: Any, _name: str, text: str) -> Any:
        asked = text.strip()[:140]
        return rows.filter(Q(reference__icontains=asked) | Q(client__name__icontains=asked))

    def by_rest(self, rows: Any, _name: str, rest: str) -> Any:
        rows = rows.with_unapplied()
        return rows.filter(unapplied_amount__gt=0) if rest == "open" else rows.filter(unapplied_amount__lte=0)


class WriteOffFilter(RecordFilter):
    """`is_open` lists what waits for a decision."""

    is_open = BooleanFilter(field_name="decided_at", lookup_expr="isnull")

    class Meta:
        model = WriteOffRequest
        fields = ("invoice", "requested_by", "decided_by", "approved")


class PaymentListFilter(PaymentFilter):
    updated_after = None

    class Meta:
        model = Payment
        fields = ()
