"""What a list of time can be narrowed to."""

from typing import ClassVar

from django_filters.rest_framework import MultipleChoiceFilter

from billing.models import TimeEntry
from crm.api.filters import RecordFilter


class EntryFilter(RecordFilter):
    status = MultipleChoiceFilter(choices=TimeEntry.Status.choices)

    class Meta:
        model = TimeEntry
        fields: ClassVar = {
            "worked_on": ["exact", "gte", "lte"],
            "employee": ["exact"],
            "client": ["exact"],
            "seller": ["exact"],
            "engagement": ["exact"],
            "offer": ["exact"],
            "hour_package": ["exact"],
            "service_line": ["exact"],
            "billing_type": ["exact"],
            "needs_decision": ["exact"],
            "external_source": ["exact"],
            "external_id": ["exact"],
        }
