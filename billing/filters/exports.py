"""What the history of exports can be narrowed to."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import BooleanFilter, ChoiceFilter, DateFilter, ModelChoiceFilter

from billing.exports.formats import formats
from billing.models import ExportBatch
from clients.models import Seller
from crm.api.filters import RecordFilter


def format_choices() -> list[tuple[str, str]]:
    return [(each.code, str(each.label)) for each in formats().values()]


class ExportFilter(RecordFilter):
    """`from_on__gte` and `to_on__lte` find the exports of a period."""

    updated_after = None
    format = ChoiceFilter(choices=format_choices, label=_("Format"))
    seller = ModelChoiceFilter(queryset=Seller.objects.all(), label=_("Own company"))
    from_on__gte = DateFilter(field_name="from_on", lookup_expr="gte", label=_("Period from"))
    to_on__lte = DateFilter(field_name="to_on", lookup_expr="lte", label=_("Period until"))

    class Meta:
        model = ExportBatch
        fields: ClassVar = {"is_repeat": ["exact"], "client": ["exact"], "made_by": ["exact"]}


class ExportListFilter(ExportFilter):
    is_repeat = BooleanFilter(label=_("Repeats"))

    class Meta:
        model = ExportBatch
        fields = ()
