"""Filters of direct channels, inquiries, relationships and hospitality."""

from typing import Any

import django_filters as filters
from django.db.models import Q
from django.forms import CheckboxSelectMultiple as Checks
from django.forms import HiddenInput
from django.utils.translation import gettext_lazy as _

from clients.models import DirectChannelGrant, Inquiry, Interaction, PersonalRelationship
from crm.api.filters import Ordering, PageFilter, RecordFilter
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


class InquiryFilter(RecordFilter):
    search = filters.CharFilter(method="by_text", label=_("Client, person or words"))
    route = filters.MultipleChoiceFilter(choices=Inquiry.Route.choices, label=_("Routed to"), widget=Checks)
    outcome = filters.MultipleChoiceFilter(choices=Inquiry.Outcome.choices, label=_("Ended as"), widget=Checks)
    owner = filters.ModelChoiceFilter(queryset=User.objects.all(), label=_("Who answers"))
    is_open = filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull", label=_("Still open"))
    ordering = Ordering(fields={"received_at": "received_at", "client__name": "client", "updated_at": "updated_at"})

    class Meta:
        model = Inquiry
        fields = {"client": ["exact"], "contact": ["exact"], "service_line": ["exact"]}

    def by_text(self, rows: Any, _name: str, text: str) -> Any:
        return of_client_or_person(rows, text) | rows.filter(text__unaccent__icontains=text.strip()[:200])


class InquiryListFilter(InquiryFilter):
    """As the page shows it."""

    updated_after = None
    owner = filters.ModelChoiceFilter(queryset=colleagues, label=_("Who answers"))

    class Meta:
        model = Inquiry
        fields = ()


class RelationshipFilter(RecordFilter):
    is_current = filters.BooleanFilter(field_name="ended_on", lookup_expr="isnull")

    class Meta:
        model = PersonalRelationship
        fields = {"client": ["exact"], "contact": ["exact"], "employee": ["exact"], "kind": ["exact"]}


class RelationshipListFilter(PageFilter):
    """As the page shows it: of the person, for a partner of everybody."""

    search = filters.CharFilter(method="by_text", label=_("Client or person"))
    employee = filters.ModelChoiceFilter(queryset=colleagues, label=_("Who of us"))
    kind = filters.ChoiceFilter(choices=PersonalRelationship.Kind.choices, label=_("Kind"))
    is_current = filters.BooleanFilter(field_name="ended_on", lookup_expr="isnull", label=_("Lasts"))
    ordering = Ordering(fields={"declared_on": "declared_on", "client__name": "client"})

    class Meta:
        model = PersonalRelationship
        fields = ()

    def by_text(self, rows: Any, _name: str, text: str) -> Any:
        return of_client_or_person(rows, text)


class HospitalityFilter(PageFilter):
    """The register of social contacts and hospitality."""

    search = filters.CharFilter(method="by_text", label=_("Client or reason"))
    kind = filters.ChoiceFilter(
        choices=[(kind.value, kind.label) for kind in Interaction.HOSTED], label=_("Kind"), empty_label=_("both")
    )
    initiated_by = filters.ChoiceFilter(choices=Interaction.Initiator.choices, label=_("Initiated by"))
    contact = filters.NumberFilter(field_name="contacts", label=_("Person"), widget=HiddenInput)
    year = filters.NumberFilter(
        field_name="occurred_at", lookup_expr="year", label=_("Year"), min_value=2000, max_value=2100
    )
    ordering = Ordering(fields={"occurred_at": "occurred_at"})

    class Meta:
        model = Interaction
        fields = ()

    def by_text(self, rows: Any, _name: str, text: str) -> Any:
        text = text.strip()[:200]
        return rows.filter(Q(client__name__unaccent__icontains=text) | Q(reason__unaccent__icontains=text))
