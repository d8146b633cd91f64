"""What the list of internal handover notes can be narrowed to; shared by page, files and API."""

from typing import Any

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from billing.models import SuccessionNote
from crm.api.filters import Ordering, RecordFilter


class SuccessionFilter(RecordFilter):
    search = filters.CharFilter(
        field_name="engagement__client__name", lookup_expr="unaccent__icontains", label=_("Client")
    )
    is_unread = filters.BooleanFilter(field_name="read_at", lookup_expr="isnull", label=_("Not read yet"))
    is_unwritten = filters.BooleanFilter(field_name="written_at", lookup_expr="isnull", label=_("Not written yet"))
    ordering = Ordering(
        fields={"since_on": "since_on", "engagement__client__name": "client", "updated_at": "updated_at"}
    )

    class Meta:
        model = SuccessionNote
        fields = {"engagement": ["exact"], "predecessor": ["exact"], "successor": ["exact"]}


class SuccessionListFilter(SuccessionFilter):
    """As the page shows it."""

    updated_after: Any = None

    class Meta:
        model = SuccessionNote
        fields = ()
