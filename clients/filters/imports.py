"""The filter of imported files, for the API."""

import django_filters as filters

from clients.models import ImportBatch
from crm.api.filters import RecordFilter


class ImportFilter(RecordFilter):
    state = filters.MultipleChoiceFilter(choices=ImportBatch.State.choices)

    class Meta:
        model = ImportBatch
        fields = {"kind": ["exact"], "made_by": ["exact"]}
