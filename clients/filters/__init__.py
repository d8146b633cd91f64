"""Filters of the clients floor, one set per list, shared by page, API and exports.

Figures are filtered by what the person may see (`shown_…`), so that a filter cannot ask for a hidden number.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import django_filters as filters
from django.db.models import Case, DateTimeField, DurationField, ExpressionWrapper, F, Q, Value, When
from django.db.models.functions import Coalesce, TruncDate
from django.forms import CheckboxSelectMultiple as Checks
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import (
    Absence,
    Advocacy,
    Client,
    ClientAnchor,
    ClientFigure,
    ClientMember,
    Complaint,
    Contact,
    Extra,
    Interaction,
    KeyClientDesignation,
    Need,
    Notice,
    Praise,
    ProactiveAct,
    Promise,
    ServiceLine,
    Task,
)
from clients.models.client import ClientQuery, owned
from clients.models.firm import Tier
from crm.access import Role
from crm.api.filters import Ordering, RecordFilter
from crm.models import User

ONE_DAY = timedelta(days=1)
HALF_A_DAY = ONE_DAY / 2

VIEWS = [
    ("active", _("All active")),
    ("mine", _("My clients")),
    ("vip", _("VIP")),
    ("risk", _("At risk")),
    ("overdue", _("Contact overdue")),
    ("goodwill", _("Goodwill used up")),
    ("all", _("All")),
]


class ClientOrdering(Ordering):
    """Who sees values as bands sorts by them; a band without a lower end is the lowest."""

    @staticmethod
    def column_of(name: str) -> Any:
        if name != "shown_badge_value":
            return Ordering.column_of(name)
        lowest = Case(When(shown_band_high__isnull=False, then=Value(Decimal(0))))
        return Coalesce(F(name), F("shown_band_low"), lowest)


FIELDS = [field.name for field in Client._meta.concrete_fields]
ORDERINGS = {
    "name": "name",
    "tier": "tier_rank",
    "shown_health_score": "health",
    "shown_nps": "nps",
    "shown_badge_value": "value",
    "shown_revenue_12m": "revenue",
    "shown_revenue_share": "share",
    "shown_anchors": "anchors",
    "shown_last_two_way_at": "last_contact",
    "account_manager__last_name": "account_manager",
    "shown_since_on": "since_on",
    "updated_at": "updated_at",
}


def keepers(_request: Any = None) -> Any:
    """People who may keep clients, as choices of a filter."""
    return User.objects.working().in_role(Role.ACCOUNT_MANAGER, Role.PARTNER)


class ClientFilter(RecordFilter):
    search = filters.CharFilter(method="by_text", label=_("Name or tax number"))
    status = filters.MultipleChoiceFilter(choices=Client.Status.choices, label=_("Status"))
    tier = filters.MultipleChoiceFilter(choices=Tier.choices, label=_("Tier"))
    account_manager = filters.ModelChoiceFilter(queryset=User.objects.all(), label=_("Account manager"))
    health = filters.MultipleChoiceFilter(
        field_name="shown_health_band", choices=ClientFigure.Band.choices, label=_("Health")
    )
    designation = filters.ChoiceFilter(
        choices=KeyClientDesignation.Type.choices, method="by_designation", label=_("Key-client type")
    )
    industry = filters.CharFilter(lookup_expr="icontains", label=_("Industry"))
    country = filters.CharFilter(lookup_expr="iexact", label=_("Country"))
    revenue_min = filters.NumberFilter(field_name="shown_revenue_12m", lookup_expr="gte", label=_("Revenue from"))
    value_min = filters.NumberFilter(field_name="shown_badge_value", lookup_expr="gte", label=_("Value from"))
    view = filters.ChoiceFilter(choices=VIEWS, method="by_view", label=_("View"))
    ordering = ClientOrdering(fields=ORDERINGS)

    class Meta:
        model = Client
        fields = ("external_source", "external_id", "parent", "default_seller", "currency")

    def filter_queryset(self, queryset: ClientQuery) -> ClientQuery:
        """Who asks for a field finds only clients of which they read it: no filter betrays what the card hides."""
        rows: ClientQuery = super().filter_queryset(queryset)
        asked = [name for name in FIELDS if self.form.cleaned_data.get(name)]
        return rows.filter(*(rows.telling(self.request.user, name) for name in asked))

    def by_text(self, rows: ClientQuery, _name: str, text: str) -> ClientQuery:
        return rows.matching(text.strip()[:200], self.request.user)

    def by_designation(self, rows: ClientQuery, _name: str, wanted: str) -> ClientQuery:
        held = KeyClientDesignation.objects.visible_to(self.request.user).active(on=timezone.localdate())
        return rows.filter(pk__in=held.filter(type=wanted).values("client"))

    def by_view(self, rows: ClientQuery, _name: str, view: str) -> ClientQuery:
        condition = view_conditions(self.request.user).get(view)
        return rows if condition is None else rows.filter(condition)


class ClientListFilter(ClientFilter):
    """The same set as a page shows it: without the fields that only integrations ask for."""

    updated_after = None
    status = filters.MultipleChoiceFilter(choices=Client.Status.choices, label=_("Status"), widget=Checks)
    tier = filters.MultipleChoiceFilter(choices=Tier.choices, label=_("Tier"), widget=Checks)
    health = filters.MultipleChoiceFilter(
        field_name="shown_health_band", choices=ClientFigure.Band.choices, label=_("Health"), widget=Checks
    )
    account_manager = filters.ModelChoiceFilter(queryset=keepers, label=_("Account manager"))

    class Meta:
        model = Client
        fields = ()


def view_conditions(user: User) -> dict[str, Q]:
    """What each built-in tab holds, on rows with shown figures and policy: for filtering and for counting alike.

    A client whose status the person does not read is left out of no tab for it.
    """
    told = Client.objects.all().telling(user, "status")
    served = Q(status__in=[Client.Status.ACTIVE, Client.Status.DORMANT])
    return {
        "active": Q(status=Client.Status.ACTIVE) | ~told,
        "mine": owned(user),
        "vip": Q(tier=Tier.VIP) & (~Q(status=Client.Status.LOST) | ~told),
        "risk": Q(shown_health_band=ClientFigure.Band.RED) & ~Q(status=Client.Status.LOST),
        "overdue": served & _late(),
        "goodwill": Q(shown_goodwill_minutes__gt=F("goodwill_allowed")),
    }


def _late() -> Q:
    """As `attention_overdue`, by what is shown: never touched counts from the day since when the client is ours."""
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    allowed = ExpressionWrapper(F("cadence") * Value(ONE_DAY), DurationField())
    moment = ExpressionWrapper(Value(today) - allowed, DateTimeField())
    day = TruncDate(ExpressionWrapper(Value(today + HALF_A_DAY) - allowed, DateTimeField()))  # also over a clock change
    new = Q(shown_since_on__lt=day) | Q(shown_since_on=None, created_at__lt=moment)
    return Q(shown_last_two_way_at__lt=moment) | Q(new, shown_last_two_way_at=None, is_open=True)


class ContactFilter(RecordFilter):
    class Meta:
        model = Contact
        fields = (
            "client",
            "buying_role",
            "level",
            "influence",
            "language",
            "email",
            "external_source",
            "external_id",
        )


class DesignationFilter(RecordFilter):
    active_on = filters.DateFilter(method="by_day")

    class Meta:
        model = KeyClientDesignation
        fields = ("client", "type", "quality_yardstick")

    def by_day(self, rows: Any, _name: str, on: Any) -> Any:
        return rows.active(on=on)


class InteractionFilter(RecordFilter):
    occurred_after = filters.IsoDateTimeFilter(field_name="occurred_at", lookup_expr="gte")
    occurred_before = filters.IsoDateTimeFilter(field_name="occurred_at", lookup_expr="lt")

    class Meta:
        model = Interaction
        fields = ("client", "contacts", "employees", "kind", "direction", "initiated_by", "via", "mode", "sentiment")


class PromiseFilter(RecordFilter):
    """`employee`, `from` and `to` (first due day, both inclusive) serve the rates as well."""

    employee = filters.ModelChoiceFilter(field_name="made_by", queryset=User.objects.all())
    state = filters.ChoiceFilter(choices=[("open", "open"), ("closed", "closed")], method="by_state")

    class Meta:
        model = Promise
        fields = ("client", "contact", "made_by", "source")

    def by_state(self, rows: Any, _name: str, state: str) -> Any:
        waiting = Q(kept_at=None, withdrawn_at=None)
        return rows.filter(waiting if state == "open" else ~waiting)


class TaskFilter(RecordFilter):
    state = filters.MultipleChoiceFilter(choices=Task.State.choices)
    due_before = filters.IsoDateTimeFilter(field_name="due_at", lookup_expr="lt")

    class Meta:
        model = Task
        fields = ("client", "contact", "assignee", "kind", "source")


class NoticeFilter(RecordFilter):
    unread = filters.BooleanFilter(field_name="read_at", lookup_expr="isnull")

    class Meta:
        model = Notice
        fields = ("kind", "client")


class MemberFilter(RecordFilter):
    current_on = filters.DateFilter(method="by_day")

    class Meta:
        model = ClientMember
        fields = ("client", "user")

    def by_day(self, rows: Any, _name: str, on: Any) -> Any:
        return rows.current(on=on)


class ComplaintFilter(RecordFilter):
    is_open = filters.BooleanFilter(field_name="resolved_on", lookup_expr="isnull")

    class Meta:
        model = Complaint
        fields = {
            "client": ["exact"],
            "contact": ["exact"],
            "about": ["exact"],
            "is_public": ["exact"],
            "severity": ["exact"],
            "root_cause": ["exact"],
            "received_on": ["exact", "gte", "lte"],
        }


class PraiseFilter(RecordFilter):
    class Meta:
        model = Praise
        fields = {
            "client": ["exact"],
            "contact": ["exact"],
            "about": ["exact"],
            "is_public": ["exact"],
            "received_on": ["exact", "gte", "lte"],
        }


class ExtraFilter(RecordFilter):
    is_open = filters.BooleanFilter(field_name="closed_on", lookup_expr="isnull")

    class Meta:
        model = Extra
        fields = {"client": ["exact"], "given_by": ["exact"], "given_on": ["exact", "gte", "lte"], "times": ["gte"]}


class NeedFilter(RecordFilter):
    """Of rows `with_shown_value`: the order betrays no amount either."""

    search = filters.CharFilter(method="by_text", label=_("Client or evidence"))
    status = filters.MultipleChoiceFilter(choices=Need.Status.choices, label=_("State"))
    service_line = filters.ModelChoiceFilter(queryset=ServiceLine.objects.all(), label=_("Service line"))
    due_before = filters.DateFilter(field_name="due_on", lookup_expr="lte", label=_("Needed until"))
    is_open = filters.BooleanFilter(field_name="closed_on", lookup_expr="isnull", label=_("Still open"))
    ordering = Ordering(
        fields={"due_on": "due_on", "client__name": "client", "shown_value": "value", "updated_at": "updated_at"}
    )

    class Meta:
        model = Need
        fields = {"client": ["exact"], "contact": ["exact"], "logged_by": ["exact"], "due_on": ["exact", "gte", "lte"]}

    def by_text(self, rows: Any, _name: str, text: str) -> Any:
        text = text.strip()[:200]
        return rows.filter(Q(client__name__unaccent__icontains=text) | Q(evidence__unaccent__icontains=text))


class NeedListFilter(NeedFilter):
    """As the page shows it."""

    updated_after = None
    status = filters.MultipleChoiceFilter(choices=Need.Status.choices, label=_("State"), widget=Checks)

    class Meta:
        model = Need
        fields = ()


class WhitespaceFilter(ClientListFilter):
    """Clients of the grid: also by a service that they do not use."""

    without = filters.ModelChoiceFilter(
        queryset=ServiceLine.objects.filter(is_active=True), method="by_gap", label=_("Without service")
    )
    health = designation = revenue_min = None

    def by_gap(self, rows: ClientQuery, _name: str, line: ServiceLine) -> ClientQuery:
        return rows.exclude(pk__in=ClientAnchor.objects.filter(service_line=line, is_active=True).values("client"))


class ProactiveActFilter(RecordFilter):
    kind = filters.MultipleChoiceFilter(choices=ProactiveAct.Kind.choices, label=_("Kind"), widget=Checks)
    use = filters.ChoiceFilter(choices=ProactiveAct.Use.choices, label=_("Used as"))
    is_told = filters.BooleanFilter(
        field_name="client_told_at", lookup_expr="isnull", exclude=True, label=_("Client told")
    )

    class Meta:
        model = ProactiveAct
        fields = {"client": ["exact"], "acted_on": ["exact", "gte", "lte"]}


class AdvocacyFilter(RecordFilter):
    kind = filters.MultipleChoiceFilter(choices=Advocacy.Kind.choices, label=_("Kind"), widget=Checks)
    status = filters.MultipleChoiceFilter(choices=Advocacy.Status.choices, label=_("State"), widget=Checks)

    class Meta:
        model = Advocacy
        fields = {"client": ["exact"], "contact": ["exact"], "asked_on": ["exact", "gte", "lte"]}


class ProactiveListFilter(ProactiveActFilter):
    """As the page shows it."""

    updated_after = None

    class Meta:
        model = ProactiveAct
        fields = ()


class AdvocacyListFilter(AdvocacyFilter):
    """As the page shows it."""

    updated_after = None

    class Meta:
        model = Advocacy
        fields = ()


class AbsenceFilter(RecordFilter):
    active_on = filters.DateFilter(method="by_day")

    class Meta:
        model = Absence
        fields = {"user": ["exact"], "deputy": ["exact"], "from_on": ["gte", "lte"], "to_on": ["gte", "lte"]}

    def by_day(self, rows: Any, _name: str, on: Any) -> Any:
        return rows.current(on=on)
