"""Filters of direct channels."""

from typing import Any

import django_filters as filters
from django.db.models import Q
from django.forms import CheckboxSelectMultiple as Checks
from django.utils.translation import gettext_lazy as _

from clients.models import DirectChannelGrant
from crm.api.filters import Ordering, RecordFilter
from crm.models import User


def colleagues(_request: Any = None) -> Any:
    return User.objects.working()


def of_client_or_person(rows: Any, text: str) -> Any:
    """Rows of a client or of a person there whose name contains the text."""
    text = text.strip()[:200]
    person = Q(contact__last_name__unaccent__icontains=text) | Q(contact__first_name__unaccent__icontains=text)
    return rows.filter(Q(client__name__unaccent__icontains=text) | person)


class GrantFilter(RecordFilter):
    search = filters.CharFilter(method="by_text", label=_("Client or person"))
    channel = filters.MultipleChoiceFilter(
        choices=DirectChannelGrant.Channel.choices, label=_("Channel"), widget=Checks
    )
    basis = filters.MultipleChoiceFilter(choices=DirectChannelGrant.Basis.choices, label=_("Ground"), widget=Checks)
    employee = filters.ModelChoiceFilter(queryset=User.objects.all(), label=_("Whose"))
    to_review = filters.BooleanFilter(
        field_name="review_since_on", lookup_expr="isnull", exclude=True, label=_("Ground gone")
    )
    revoked = filters.BooleanFilter(field_name="revoked_on", lookup_expr="isnull", exclude=True, label=_("Taken back"))
    ordering = Ordering(
        fields={
            "granted_on": "granted_on",
            "client__name": "client",
            "employee__last_name": "employee",
            "updated_at": "updated_at",
        }
    )

    class Meta:
        model = DirectChannelGrant
        fields = {"client": ["exact"], "contact": ["exact"], "granted_on": ["exact", "gte", "lte"]}

    def by_text(self, rows: Any, _name: str, text: str) -> Any:
        return of_client_or_person(rows, text)


class GrantListFilter(GrantFilter):
    """As the page shows it."""

    updated_after = None
    employee = filters.ModelChoiceFilter(queryset=colleagues, label=_("Whose"))

    class Meta:
        model = DirectChannelGrant
        fields = ()
