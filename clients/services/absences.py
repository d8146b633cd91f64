"""Absences: who may stand in for whom."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clients.models import Absence, Client
from clients.models.client import kept_by
from crm.access import may


def check_absence(absence: Absence) -> None:
    """Refuses a deputy who could not act for the clients that the person keeps (`deputy_may_not`)."""
    deputy = absence.deputy
    if deputy is None or may(deputy, "client.change") or not Client.objects.filter(kept_by([absence.user_id])).exists():
        return
    message = _("%(person)s keeps clients: only a partner or an account manager can stand in.")
    wrong = ValidationError(message, code="deputy_may_not", params={"person": absence.user})
    raise ValidationError({"deputy": wrong})


def save_absence(absence: Absence) -> Absence:
    """One new or changed absence, checked as a whole."""
    absence.full_clean()
    check_absence(absence)
    absence.save()
    return absence
