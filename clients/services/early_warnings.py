"""Early warnings: whoever leads the work says, before the day, that a promise will not hold; its maker decides."""

from collections.abc import Callable
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Promise
from clients.services.promises import open_row
from crm.models import User

type Leads = Callable[[User, Client], bool]
_sources: list[Leads] = []


def register_leads(*sources: Leads) -> None:
    """Adds what an upper floor knows: whether a person leads work for a client."""
    _sources.extend(source for source in sources if source not in _sources)


def leads(user: User, client: Client) -> bool:
    return any(source(user, client) for source in _sources)


def check_may_warn_early(promise: Promise, user: User) -> None:
    """PermissionDenied for whoever leads nothing there."""
    if not leads(user, promise.client):
        raise PermissionDenied(_("Only who leads work for this client gives an early warning."))


def may_warn_early(promise: Promise, user: User, *, at: datetime) -> bool:
    """Whether the act is worth offering: an open promise, before its day, to who leads."""
    is_open = promise.kept_at is None and promise.withdrawn_at is None
    return is_open and _is_early(promise, at) and leads(user, promise.client)


@transaction.atomic
def warn_early(promise: Promise, *, reason: str, by: User, at: datetime) -> Promise:
    """Records the warning; what was marked as on track is asked anew. The newest warning stands, older ones stay in
    the history. `wrong_status` on the due day or later: then only the client's own warning helps.
    """
    check_may_warn_early(promise, by)
    row = open_row(promise)
    if not _is_early(row, at):
        raise ValidationError(_("On the due day it is no early warning any more."), code="wrong_status")
    row.early_warning, row.early_warned_at, row.early_warned_by, row.on_track_at = reason.strip(), at, by, None
    row.full_clean()
    row.save(update_fields=["early_warning", "early_warned_at", "early_warned_by", "on_track_at"])
    return row


def _is_early(promise: Promise, at: datetime) -> bool:
    return timezone.localdate(at) < promise.due_on
