"""A retention measure: of which kind, for whom, from when."""

from typing import Any

from django import forms

from clients.models import ServiceLine
from crm.models import User
from crm.web.forms import offer
from loyalty.models import RetentionMeasure


class MeasureForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = RetentionMeasure
        fields = ["kind", "name", "description", "tier", "service_line", "started_on", "ended_on", "owner"]
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = {"owner": User.objects.working(), "service_line": ServiceLine.objects.filter(is_active=True)}
        for name, rows in offered.items():
            offer(self, name, rows)
