"""Contagion: a service whose free share rises two quarters running is a partner's question, once each quarter."""

from collections.abc import Iterable
from datetime import date, datetime, time

from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clients.models import ServiceLine
from clients.services.keepers import first_partner
from clients.services.tasks import TaskDraft, open_tasks
from crm.models import User
from crm.periods import quarter_start

KIND = "contagion"


def raise_contagion(lines: Iterable[ServiceLine], *, on: date, at: datetime) -> int:
    """Asks a partner about each of these services; says how many tasks are new. A firm without a partner has none."""
    partner = first_partner()
    if partner is None:
        return 0
    began = timezone.make_aware(datetime.combine(quarter_start(on), time.min))
    return open_tasks([_draft(line, partner, on, at) for line in lines], quiet_since=began)


def _draft(line: ServiceLine, partner: User, on: date, at: datetime) -> TaskDraft:
    return TaskDraft(
        kind=KIND,
        source=f"service_line:{line.pk}:{quarter_start(on).isoformat()}",
        assignee=partner,
        title=format_lazy(_("{name}: the free share rises for the second quarter running"), name=line.name),
        detail=_("What is given to one client spreads to others. Decide: price it, or stop it."),
        due_at=at,
        url=reverse("billing:goodwill_list"),
    )
