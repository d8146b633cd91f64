"""What a list of offers can be narrowed to."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, CharFilter, MultipleChoiceFilter

from billing.models import Offer
from billing.models.offers import OfferQuery
from crm.api.filters import RecordFilter


class OfferFilter(RecordFilter):
    search = CharFilter(method="find", label=_("Search"), help_text=_("Number, title or client"))
    status = MultipleChoiceFilter(choices=Offer.Status.choices, label=_("Status"))

    to_invoice = BooleanFilter(
        method="open", label=_("To invoice"), help_text=_("Fixed prices that are not invoiced, or not in full")
    )

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

    def open(self, rows: OfferQuery, _name: str, wanted: bool) -> OfferQuery:
        fixed = Offer.objects.fixed_to_invoice().values("pk")
        return rows.filter(pk__in=fixed) if wanted else rows.exclude(pk__in=fixed)

    def find(self, rows: OfferQuery, _name: str, text: str) -> OfferQuery:
        return rows.matching(text)
