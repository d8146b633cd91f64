"""What hangs on one of us, kept every night beside the concentration on clients (loyalty.md 3.5)."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from clients.models import Client, ClientFigure
from clients.rules.dependence import owner_dependence
from clients.services.dependence import sole_employees
from crm.models import Firm
from crm.money import round_half_up
from loyalty.models import DependenceSnapshot

ZERO = Decimal(0)


@transaction.atomic
def refresh_dependence(*, on: date) -> int:
    """The day's rows, one for each person who alone knows clients in care; written again when run twice."""
    served = Client.objects.in_care()
    revenue = dict(ClientFigure.objects.filter(client__in=served).values_list("client_id", "revenue_12m"))
    sole, currency = sole_employees(served), Firm.load().base_currency
    found = owner_dependence((sole.get(pk), revenue.get(pk) or ZERO) for pk in served.values_list("pk", flat=True))
    rows = [
        DependenceSnapshot(
            as_of_on=on,
            employee_id=each.employee_id,
            currency=currency,
            client_count=each.clients,
            revenue=each.revenue,
            share=None if each.revenue_share is None else round_half_up(each.revenue_share, 6),
        )
        for each in found
    ]
    DependenceSnapshot.objects.filter(as_of_on=on).delete()
    DependenceSnapshot.objects.bulk_create(rows)
    return len(rows)
