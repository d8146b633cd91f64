"""Needs as lists and panels show them."""

from django.db.models import Case, IntegerField, Value, When

from clients.models import Need
from clients.models.need import OVER, NeedQuery
from crm.models import User


def need_rows(user: User) -> NeedQuery:
    """What is still open first, the nearest first; with whether the person may change it, and its amount as seen."""
    over = Case(When(status__in=OVER, then=Value(1)), default=Value(0), output_field=IntegerField())
    rows = Need.objects.visible_to(user).with_may_change(Need.objects.changeable_by(user)).with_shown_value(user)
    return rows.select_related("client", "service_line", "contact").order_by(over, "due_on", "pk")
