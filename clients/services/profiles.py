"""Business profiles: written by whoever knows the client, and good until a day."""

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import BusinessProfile, CarePolicy, Client, CompetitorSeen
from clients.rules.first_order import Step
from clients.services.first_orders import settle_steps
from crm.db import worded
from crm.models import User


def profile_of(client: Client, *, on: date) -> BusinessProfile:
    """The client's profile, or a new one that holds as long as the policy says."""
    found = BusinessProfile.objects.filter(client=client).first()
    return found or BusinessProfile(client=client, reviewed_on=on, stale_on=stale_after(on))


def stale_after(on: date) -> date:
    return on + timedelta(days=CarePolicy.read().profile_days)


@transaction.atomic
def save_profile(profile: BusinessProfile, *, by: User, at: datetime) -> BusinessProfile:
    """Saves it and closes the step of the plan after a first order. ValidationError `future`."""
    _check_past("reviewed_on", profile.reviewed_on, at)
    profile.written_by = by
    profile.full_clean()
    profile.save()
    settle_steps(profile.client, [Step.PROFILE], at=at, by=by)
    return profile


def note_competitor(row: CompetitorSeen, *, by: User, at: datetime) -> CompetitorSeen:
    """ValidationError `future`, `unique` for the same one on the same day."""
    _check_past("seen_on", row.seen_on, at)
    row.logged_by = by
    row.full_clean(validate_unique=False, validate_constraints=False)
    with worded():
        row.save()
    return row


def _check_past(name: str, day: date, at: datetime) -> None:
    if day > timezone.localdate(at):
        raise ValidationError({name: ValidationError(_("This has not happened yet."), code="future")})
