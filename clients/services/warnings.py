"""A warning to a client: the new date in the chain and what was said, in one transaction."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from clients.models import Interaction, Promise, PromiseDate
from clients.services.interactions import log_interaction
from clients.services.promises import redate_promise
from crm.models import User


@transaction.atomic
def warn_client(
    promise: Promise, *, seen: str, channel: str, words: str, by: User, at: datetime, **dates: Any
) -> PromiseDate:
    """Moves a promise (dates as for `redate_promise`) and logs what the client was told, if anything was written.

    `seen` is the due moment that the person had before their eyes; another one now answers `already_done`.
    """
    if parse_datetime(seen) != promise.current_due_at:
        raise ValidationError(_("Somebody else has just moved this promise."), code="already_done")
    step = redate_promise(promise, by=by, at=at, **dates)
    told_at = dates.get("client_informed_at")
    if words.strip() and told_at:
        log_interaction(
            promise.client,
            by=by,
            at=at,
            occurred_at=told_at,
            kind=channel,
            direction=Interaction.Direction.BOTH if channel == Interaction.Kind.CALL else Interaction.Direction.OUT,
            initiated_by=Interaction.Initiator.US,
            contacts=[promise.contact] if promise.contact else [],
            summary=words.strip(),
        )
    return step
