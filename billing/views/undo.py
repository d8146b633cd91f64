"""Undo for time: the last state of an entry is kept in the session for the moment in which one regrets."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.models import TimeEntry
from billing.services.time import change_entry, log_entry
from clients.views.acting import act_once
from crm.web.rights import SignedIn, requires

KEY = "time_undo"
COLUMNS = (
    "client_id",
    "engagement_id",
    "offer_id",
    "hour_package_id",
    "service_line_id",
    "seller_id",
    "employee_id",
    "minutes",
    "billing_type",
    "reason",
    "description",
    "needs_decision",
    "decision",
    "follow_up_minutes",
    "external_source",
    "external_id",
)


def remember(request: SignedIn, entry: TimeEntry, *, by: str) -> str:
    """Keeps the entry as it is before an act (`change` or `delete`); gives the address that takes the act back."""
    request.session[KEY] = {
        "by": by,
        "pk": entry.pk,
        "columns": {name: getattr(entry, name) for name in COLUMNS},
        "worked_on": entry.worked_on.isoformat(),
        "moments": {name: _written(getattr(entry, name)) for name in ("started_at", "ended_at")},
    }
    return reverse("billing:time_undo")


@require_POST
@requires("time.log")
def time_undo(request: SignedIn) -> HttpResponse:
    kept = request.session.pop(KEY, None)
    return act_once(request, lambda: _undo(request, kept), _("Undone."), fallback=reverse("billing:time_week"))


def _undo(request: SignedIn, kept: dict[str, Any] | None) -> None:
    if kept is None:
        raise ValidationError(_("There is nothing left to undo."), code="already_done")
    columns = {**kept["columns"], "worked_on": parse_date(kept["worked_on"])}
    columns |= {name: parse_datetime(text) if text else None for name, text in kept["moments"].items()}
    if kept["by"] == "delete":
        log_entry(TimeEntry(**columns), by=request.user, at=timezone.now())
    else:
        entry = TimeEntry.objects.visible_to(request.user).get(pk=kept["pk"])
        change_entry(entry, changes=columns, by=request.user, at=timezone.now())


def _written(moment: Any) -> str | None:
    return moment.isoformat() if moment else None
