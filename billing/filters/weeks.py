"""What the list of complete weeks can be narrowed to."""

from typing import ClassVar

from billing.models import CompleteWeek
from crm.api.filters import RecordFilter


class WeekFilter(RecordFilter):
    class Meta:
        model = CompleteWeek
        fields: ClassVar = {
            "employee": ["exact"],
            "client": ["exact"],
            "monday": ["exact", "gte", "lte"],
            "undone_at": ["isnull"],
        }
