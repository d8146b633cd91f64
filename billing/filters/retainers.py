"""What a list of retainers can be narrowed to."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, MultipleChoiceFilter

from billing.models import RateChangeAnswer, Retainer
from billing.models.retainers import RetainerQuery
from crm.api.filters import RecordFilter


class RetainerFilter(RecordFilter):
    search = CharFilter(method="find", label=_("Search"), help_text=_("Name or client"))
    status = MultipleChoiceFilter(choices=Retainer.Status.choices, label=_("Status"))

    class Meta:
        model = Retainer
        fields: ClassVar = {
            "client": ["exact"],
            "seller": ["exact"],
            "lead": ["exact"],
            "renewal_mode": ["exact"],
            "starts_on": ["lte", "gte"],
        }

    def find(self, rows: RetainerQuery, _name: str, text: str) -> RetainerQuery:
        return rows.matching(text)


class RateChangeFilter(RecordFilter):
    class Meta:
        model = RateChangeAnswer
        fields = ("client", "agreement", "choice")
