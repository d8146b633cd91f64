"""Proactive acts and advocacy: written down by whoever knows, checked as a whole."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Advocacy, ProactiveAct
from clients.services.feedback import check_contact
from crm.db import worded
from crm.models import User


def save_proactive(act: ProactiveAct, *, by: User, at: datetime) -> ProactiveAct:
    """Saves an act that was done; a new one is `by` the person. `future` for what has not happened."""
    act.currency = act.currency or act.client.currency
    _check_past(act, ("acted_on", "client_told_at"), at)
    return _saved(act, by)


def save_advocacy(row: Advocacy, *, by: User, at: datetime) -> Advocacy:
    """Saves what a client does for us. `consent_missing` without consent, `future` for what has not happened."""
    _check_past(row, ("asked_on", "consent_on"), at)
    return _saved(row, by)


def _check_past(row: ProactiveAct | Advocacy, names: tuple[str, ...], at: datetime) -> None:
    on = timezone.localdate(at)
    for name in names:
        value = getattr(row, name)
        day = timezone.localdate(value) if isinstance(value, datetime) else value
        if day and day > on:
            raise ValidationError({name: ValidationError(_("This has not happened yet."), code="future")})


def _saved[M: (ProactiveAct, Advocacy)](row: M, by: User) -> M:
    if row.pk is None:
        row.logged_by = by
    check_contact(row)
    row.full_clean()
    with worded():
        row.save()
    return row
