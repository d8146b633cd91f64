"""Needs as lists and panels show them."""

from django.db.models import Case, F, IntegerField, Value, When
from django.db.models.fields import DecimalField

from clients.models import Need
from clients.models.need import OVER, NeedQuery
from crm.access import may
from crm.models import User


def need_rows(user: User) -> NeedQuery:
    """What is still open first, the nearest first; `shown_value` is null for whom amounts are not."""
    amount = F("value") if may(user, "value.amounts") else Value(None, DecimalField(max_digits=14, decimal_places=2))
    over = Case(When(status__in=OVER, then=Value(1)), default=Value(0), output_field=IntegerField())
    rows = Need.objects.visible_to(user).with_may_change(Need.objects.changeable_by(user))
    return (
        rows.select_related("client", "service_line", "contact")
        .annotate(shown_value=amount)
        .order_by(over, "due_on", "pk")
    )
