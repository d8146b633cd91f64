"""Filters of the loyalty floor, one set per list, shared by page, API and files."""

from typing import Any

import django_filters as filters
from django.db.models import Q
from django.forms import CheckboxSelectMultiple as Checks
from django.utils.translation import gettext_lazy as _

from clients.models import ServiceLine
from crm.api.filters import Ordering, PageFilter, RecordFilter
from crm.models import User
from loyalty.models import Idea


class QualityOfWorkFilter(PageFilter):
    """People by name; a service line is no column of theirs, the report picks those who worked in it."""

    search = filters.CharFilter(method="by_name", label=_("Person"))
    line = filters.ModelChoiceFilter(
        queryset=ServiceLine.objects.filter(is_active=True), method="by_line", label=_("Service line")
    )

    class Meta:
        model = User
        fields = ()

    def by_name(self, rows: Any, _name: str, text: str) -> Any:
        words = text.strip()[:200]
        names = ("first_name", "last_name", "username")
        return rows.filter(Q(*((f"{name}__unaccent__icontains", words) for name in names), _connector=Q.OR))

    def by_line(self, rows: Any, _name: str, _line: ServiceLine) -> Any:
        return rows


class IdeaFilter(RecordFilter):
    touch_point = filters.MultipleChoiceFilter(choices=Idea.TouchPoint.choices, label=_("Touch point"), widget=Checks)
    finding = filters.MultipleChoiceFilter(choices=Idea.Finding.choices, label=_("Finding"), widget=Checks)
    source = filters.MultipleChoiceFilter(choices=Idea.Source.choices, label=_("Where it comes from"), widget=Checks)
    state = filters.MultipleChoiceFilter(choices=Idea.State.choices, label=_("State"), widget=Checks)

    class Meta:
        model = Idea
        fields = {
            "client": ["exact"],
            "owner": ["exact"],
            "test": ["exact"],
            "review": ["exact"],
            "noted_on": ["exact", "gte", "lte"],
            "done_on": ["gte", "lte"],
        }


class IdeaListFilter(IdeaFilter):
    """As the page shows it."""

    updated_after = None
    search = filters.CharFilter(method="by_text", label=_("Idea or client"))
    ordering = Ordering(fields={"score": "score", "noted_on": "noted_on", "due_on": "due_on", "client__name": "client"})

    class Meta:
        model = Idea
        fields = ()

    def by_text(self, rows: Any, _name: str, text: str) -> Any:
        words = text.strip()[:200]
        return rows.filter(
            Q(text__unaccent__icontains=words)
            | Q(proposal__unaccent__icontains=words)
            | Q(client__name__unaccent__icontains=words)
        )
