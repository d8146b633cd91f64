"""Two records of one firm: a pointer on the one that gives way, which lists and sums of the other follow.

No document and no ledger row is repointed, so undoing is taking the pointer away. Pointers are one step long.
"""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Client
from clients.services.attention import refresh_attention
from clients.services.promise_rates import refresh_promises

regrouped = Signal()
"""Sent inside the transaction with `clients` (both rows) and `on`: upper floors count their figures anew."""


@transaction.atomic
def merge_client(loser: Client, *, into: Client, at: datetime) -> Client:
    """Points `loser` at `into`. ValidationError `already_done` for one merged before, `wrong_status` for a chain."""
    lost, kept = _locked_pair(loser, into)
    _check_pair(lost, kept)
    lost.merged_into = kept
    lost.save(update_fields=["merged_into"])
    _recount(lost, kept, at)
    return lost


@transaction.atomic
def unmerge_client(loser: Client, *, at: datetime) -> Client:
    """Takes the pointer away; everything is again as it was. ValidationError `wrong_status` where there is none."""
    kept = loser.merged_into
    lost, kept = _locked_pair(loser, kept or loser)
    if lost.merged_into_id is None:
        raise ValidationError(_("This client is not merged into another one."), code="wrong_status")
    lost.merged_into = None
    lost.save(update_fields=["merged_into"])
    _recount(lost, kept, at)
    return lost


def _locked_pair(loser: Client, other: Client) -> tuple[Client, Client]:
    """Both rows, locked in the order of their ids, so that merges that meet wait for each other."""
    rows = {row.pk: row for row in Client.objects.locked().filter(pk__in=[loser.pk, other.pk])}
    return rows[loser.pk], rows[other.pk]


def _check_pair(lost: Client, kept: Client) -> None:
    if lost.pk == kept.pk:
        error = ValidationError(_("A client cannot be merged into itself."), code="invalid")
        raise ValidationError({"into": error})
    if lost.merged_into_id is not None:
        raise ValidationError(_("This client is merged already."), code="already_done")
    if kept.merged_into_id is not None:
        raise ValidationError(_("That client is merged itself; choose the one that stayed."), code="wrong_status")
    if lost.merged.exists():
        words = _("Other clients are merged into this one; undo that first, or merge the other way.")
        raise ValidationError(words, code="wrong_status")


def _recount(lost: Client, kept: Client, at: datetime) -> None:
    refresh_attention([lost.pk, kept.pk], at=at)
    refresh_promises([lost.pk, kept.pk], at=at)
    regrouped.send(Client, clients=[lost, kept], on=timezone.localdate(at))
