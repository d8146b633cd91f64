"""What a list of offers can be narrowed to."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, MultipleChoiceFilter

from billing.models import Offer
from billing.models.offers import OfferQuery
from crm.api.filters import RecordFilter


class OfferFilter(RecordFilter):
    search = CharFilter(method="find", label=_("Search"), help_text=_("Number, title or client"))
    status = MultipleChoiceFilter(choices=Offer.Status.choices, label=_("Status"))

    class Meta:
        model = Offer
        fields: ClassVar = {
            "client": ["exact"],
            "seller": ["exact"],
            "author": ["exact"],
            "basis": ["exact"],
            "service_line": ["exact"],
            "valid_until": ["lte", "gte"],
        }

    def find(self, rows: OfferQuery, _name: str, text: str) -> OfferQuery:
        return rows.matching(text)
