"""Filters of scope requests."""

from typing import Any

import django_filters as filters
from django.forms import CheckboxSelectMultiple as Checks
from django.utils.translation import gettext_lazy as _

from clients.filters.channels import colleagues
from clients.filters.treatment import containing
from clients.models import ScopeRequest
from crm.api.filters import Ordering, RecordFilter
from crm.models import User


class ScopeFilter(RecordFilter):
    search = filters.CharFilter(method="by_text", label=_("Client or request"))
    answer = filters.MultipleChoiceFilter(choices=ScopeRequest.Answer.choices, label=_("Answer"), widget=Checks)
    in_contract = filters.BooleanFilter(label=_("In the contract"))
    is_unpaid = filters.BooleanFilter(method="by_payment", label=_("Done unpaid"))
    is_open = filters.BooleanFilter(method="by_openness", label=_("Waits for an answer"))
    answered_by = filters.ModelChoiceFilter(queryset=User.objects.all(), label=_("Answered by"))
    since = filters.DateFilter(field_name="asked_on", lookup_expr="gte", label=_("From"))
    until = filters.DateFilter(field_name="asked_on", lookup_expr="lte", label=_("To"))
    ordering = Ordering(
        fields={
            "asked_on": "asked_on",
            "client__name": "client",
            "estimated_minutes": "estimated_minutes",
            "updated_at": "updated_at",
        }
    )

    class Meta:
        model = ScopeRequest
        fields = ("client", "contact")

    def by_text(self, rows: Any, _name: str, text: str) -> Any:
        return rows.filter(containing(text, "what", "reason", "contact__last_name"))

    def by_payment(self, rows: Any, _name: str, unpaid: bool) -> Any:
        found = ScopeRequest.objects.unpaid().values("pk")
        return rows.filter(pk__in=found) if unpaid else rows.exclude(pk__in=found)

    def by_openness(self, rows: Any, _name: str, is_open: bool) -> Any:
        found = ScopeRequest.objects.beyond().filter(answer="").values("pk")
        return rows.filter(pk__in=found) if is_open else rows.exclude(pk__in=found)


class ScopeListFilter(ScopeFilter):
    """As the page shows it."""

    updated_after = None
    answered_by = filters.ModelChoiceFilter(queryset=colleagues, label=_("Answered by"))

    class Meta:
        model = ScopeRequest
        fields = ("client",)
