"""The filter of requests to be erased, for page, export and API."""

from typing import Any

import django_filters as filters
from django.forms import CheckboxSelectMultiple as Checks
from django.utils.translation import gettext_lazy as _

from clients.models import Erasure
from crm.api.filters import Ordering, RecordFilter


class ErasureFilter(RecordFilter):
    search = filters.CharFilter(field_name="client__name", lookup_expr="unaccent__icontains", label=_("Client"))
    state = filters.MultipleChoiceFilter(choices=Erasure.State.choices, label=_("State"), widget=Checks)
    ordering = Ordering(fields={"asked_on": "asked_on", "client__name": "client", "updated_at": "updated_at"})

    class Meta:
        model = Erasure
        fields = {"client": ["exact"], "contact": ["exact"], "asked_on": ["exact", "gte", "lte"]}


class ErasureListFilter(ErasureFilter):
    """As the page shows it."""

    updated_after: Any = None

    class Meta:
        model = Erasure
        fields = ()
