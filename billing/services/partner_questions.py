"""What grows unseen in a service is a partner's question, once each quarter: free work that spreads, prices apart."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clients.models import ServiceLine
from clients.services.keepers import first_partner
from clients.services.tasks import TaskDraft, open_tasks
from crm.periods import quarter_start

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

CONTAGION = "contagion"
SPREAD = "price_spread"


def raise_contagion(lines: Iterable[ServiceLine], *, on: date, at: datetime) -> int:
    """Services whose free share rises two quarters running; says how many tasks are new."""
    title = _("{name}: the free share rises for the second quarter running")
    detail = _("What is given to one client spreads to others. Decide: price it, or stop it.")
    return _ask(CONTAGION, lines, title, detail, page="billing:goodwill_list", on=on, at=at)


def raise_spreads(lines: Iterable[ServiceLine], *, on: date, at: datetime) -> int:
    """Services whose best price lies too far below the ordinary one; says how many tasks are new."""
    title = _("{name}: the best price is more than a quarter below the ordinary one")
    detail = _("It tells ordinary clients how large the mark-up is. Decide: narrow it, or show it as steps.")
    return _ask(SPREAD, lines, title, detail, page="billing:discount_list", on=on, at=at)


def _ask(
    kind: str,
    lines: Iterable[ServiceLine],
    title: "_StrPromise",
    detail: "_StrPromise",
    *,
    page: str,
    on: date,
    at: datetime,
) -> int:
    """A firm without a partner has nobody to ask."""
    partner = first_partner()
    if partner is None:
        return 0
    began = quarter_start(on)
    drafts = [
        TaskDraft(
            kind=kind,
            source=f"service_line:{line.pk}:{began.isoformat()}",
            assignee=partner,
            title=format_lazy(title, name=line.name),
            detail=detail,
            due_at=at,
            url=reverse(page),
        )
        for line in lines
    ]
    return open_tasks(drafts, quiet_since=timezone.make_aware(datetime.combine(began, time.min)))
