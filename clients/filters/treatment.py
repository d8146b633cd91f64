"""How clients are treated, as the pages list it: complaints, praise, extras, promises and absences."""

from typing import Any

import django_filters as filters
from django.db.models import Q
from django.forms import CheckboxSelectMultiple as Checks
from django.utils.translation import gettext_lazy as _

from clients.models import Absence, Complaint, Extra, Praise, Promise
from clients.models.extra import EXPECTED_FROM
from crm.api.filters import Ordering, PageFilter
from crm.models import User


def containing(text: str, *names: str) -> Q:
    """Rows whose client or one of whose own fields contains the text."""
    text = text.strip()[:200]
    return Q(*((f"{name}__unaccent__icontains", text) for name in ("client__name", *names)), _connector=Q.OR)


class FeedbackListFilter(PageFilter):
    search = filters.CharFilter(method="by_text", label=_("Client or words"))
    about = filters.ModelChoiceFilter(queryset=User.objects.all(), label=_("About whom"))
    is_public = filters.BooleanFilter(label=_("Public"))
    since = filters.DateFilter(field_name="received_on", lookup_expr="gte", label=_("From"))
    until = filters.DateFilter(field_name="received_on", lookup_expr="lte", label=_("To"))
    ordering = Ordering(fields={"received_on": "received_on", "client__name": "client"})

    def by_text(self, rows: Any, _name: str, text: str) -> Any:
        return rows.filter(containing(text, "text", "contact__last_name"))


class ComplaintListFilter(FeedbackListFilter):
    is_open = filters.BooleanFilter(field_name="resolved_on", lookup_expr="isnull", label=_("Still open"))
    severity = filters.MultipleChoiceFilter(choices=Complaint.Severity.choices, label=_("Severity"), widget=Checks)
    root_cause = filters.MultipleChoiceFilter(choices=Complaint.RootCause.choices, label=_("Root cause"), widget=Checks)

    class Meta:
        model = Complaint
        fields = ()


class PraiseListFilter(FeedbackListFilter):
    may_be_told = filters.BooleanFilter(label=_("May be told"))

    class Meta:
        model = Praise
        fields = ()


class ExtraListFilter(PageFilter):
    search = filters.CharFilter(method="by_text", label=_("Client or extra"))
    given_by = filters.ModelChoiceFilter(queryset=User.objects.all(), label=_("Given by"))
    is_open = filters.BooleanFilter(method="by_end", label=_("Still open"))
    is_told = filters.BooleanFilter(
        field_name="client_informed_at", lookup_expr="isnull", exclude=True, label=_("Client told")
    )
    is_expected = filters.BooleanFilter(method="by_times", label=_("Becoming an expectation"))
    ordering = Ordering(fields={"given_on": "given_on", "client__name": "client", "value": "value"})

    class Meta:
        model = Extra
        fields = ()

    def by_text(self, rows: Any, _name: str, text: str) -> Any:
        return rows.filter(containing(text, "name"))

    def by_end(self, rows: Any, _name: str, is_open: bool) -> Any:
        still = Q(closed_on=None, withdrawn_on=None)
        return rows.filter(still) if is_open else rows.exclude(still)

    def by_times(self, rows: Any, _name: str, often: bool) -> Any:
        return rows.filter(times__gte=EXPECTED_FROM) if often else rows.filter(times__lt=EXPECTED_FROM)


class AbsenceListFilter(PageFilter):
    user = filters.ModelChoiceFilter(queryset=User.objects.all(), label=_("Person"))
    deputy = filters.ModelChoiceFilter(queryset=User.objects.all(), label=_("Deputy"))
    since = filters.DateFilter(field_name="to_on", lookup_expr="gte", label=_("From"))
    until = filters.DateFilter(field_name="from_on", lookup_expr="lte", label=_("To"))
    ordering = Ordering(fields={"from_on": "from_on", "to_on": "to_on", "user__last_name": "user"})

    class Meta:
        model = Absence
        fields = ()


class PromiseListFilter(PageFilter):
    search = filters.CharFilter(method="by_text", label=_("Client or promise"))
    made_by = filters.ModelChoiceFilter(queryset=User.objects.all(), label=_("Made by"))
    source = filters.MultipleChoiceFilter(choices=Promise.Source.choices, label=_("Said in a"), widget=Checks)
    since = filters.DateFilter(field_name="due_at__date", lookup_expr="gte", label=_("First due from"))
    until = filters.DateFilter(field_name="due_at__date", lookup_expr="lte", label=_("First due to"))

    class Meta:
        model = Promise
        fields = ()

    def by_text(self, rows: Any, _name: str, text: str) -> Any:
        return rows.filter(containing(text, "text", "contact__last_name"))
