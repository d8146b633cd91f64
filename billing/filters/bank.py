"""What bank entries and statements can be narrowed to."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import CharFilter, ChoiceFilter, DateFilter, ModelChoiceFilter

from billing.models import BankEntry, BankStatement
from billing.models.bank import EntryQuery
from clients.models import BankAccount, Client
from crm.api.filters import Ordering, RecordFilter, VisibleChoice

TO_DO = "to_do"
STATES = [(TO_DO, _("to decide")), *BankEntry.State.choices]
ORDERINGS = {"booked_on": "booked_on", "amount": "amount"}


class EntryFilter(RecordFilter):
    """`state=to_do` is what waits for a person: suggested, unmatched and held."""

    search = CharFilter(method="by_text", label=_("Party or purpose"))
    state = ChoiceFilter(choices=STATES, method="by_state", label=_("State"))
    account = ModelChoiceFilter(queryset=BankAccount.objects.all(), label=_("Account"))
    client = VisibleChoice(queryset=Client.objects.all(), label=_("Client"))
    booked_on__gte = DateFilter(field_name="booked_on", lookup_expr="gte", label=_("Booked from"))
    booked_on__lte = DateFilter(field_name="booked_on", lookup_expr="lte", label=_("Booked until"))
    ordering = Ordering(fields=ORDERINGS)

    class Meta:
        model = BankEntry
        fields = ("statement", "is_credit", "currency", "payment")

    def by_text(self, rows: EntryQuery, _name: str, text: str) -> EntryQuery:
        asked = text.strip()[:140]
        return rows.filter(
            Q(payer_name__icontains=asked) | Q(purpose__icontains=asked) | Q(payer_account__icontains=asked)
        )

    def by_state(self, rows: EntryQuery, _name: str, state: str) -> EntryQuery:
        return rows.to_do() if state == TO_DO else rows.filter(state=state)


class EntryListFilter(EntryFilter):
    updated_after = None

    class Meta:
        model = BankEntry
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """A client is asked for by the search, never picked out of thousands."""
        super().__init__(*args, **kwargs)
        del self.filters["client"]


class StatementFilter(RecordFilter):
    class Meta:
        model = BankStatement
        fields = ("account", "state", "problem", "format", "sha256")
