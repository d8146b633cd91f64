"""Engagements: opened with a lead and members, who from then on work for the client."""

from collections.abc import Collection
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models import Engagement, EngagementMember
from billing.services.successions import ask_note
from clients.models import Client
from clients.services.facts import add_member
from clients.services.needs import ask_to_mention
from crm.db import worded
from crm.models import User


@transaction.atomic
def open_engagement(engagement: Engagement, *, members: Collection[User] = ()) -> Engagement:
    """Saves a new engagement. The lead and the members work for its client from its first day.

    It is done by the own company of its offer or retainer: ValidationError `seller_foreign` for another one.
    """
    _check_terms(engagement)
    _check_seller(engagement)
    with worded():
        engagement.save(force_insert=True)
    set_members(engagement, members=members, on=engagement.started_on)
    return engagement


@transaction.atomic
def change_engagement(engagement: Engagement, *, members: Collection[User] | None = None, on: date) -> Engagement:
    """Saves changed terms; with `members` these become exactly those who work on it from `on`."""
    _check_terms(engagement)
    with worded():
        engagement.save()
    current = [row.user for row in engagement.members.filter(to_on=None)] if members is None else members
    set_members(engagement, members=current, on=on)
    return engagement


def set_members(engagement: Engagement, *, members: Collection[User], on: date) -> None:
    """Who leaves the engagement still works for the client, until an account manager says otherwise.

    Who comes as somebody leaves takes over from them, which asks for a handover note.
    """
    wanted = {user.pk: user for user in [engagement.lead, *members]}
    present = {row.user_id: row for row in engagement.members.filter(to_on=None).select_for_update()}
    left = [row for pk, row in sorted(present.items()) if pk not in wanted]
    for row in left:
        row.to_on = max(on, row.from_on)
        row.save(update_fields=["to_on"])
    for pk, user in sorted(wanted.items()):
        if pk not in present:
            EngagementMember.objects.create(engagement=engagement, user=user, from_on=on)
            for row in left:
                ask_note(engagement, predecessor=row.user, successor=user, on=on)
        add_member(engagement.client, user=user, on=on)


@transaction.atomic
def close_engagement(engagement: Engagement, *, on: date) -> Engagement:
    """Closes it; time can still be logged, and warns. Answers `already_done` if it is closed.

    Who keeps the client is asked which other services were mentioned at delivery.
    """
    if engagement.status == Engagement.Status.CLOSED:
        raise ValidationError(_("This engagement is closed already."), code="already_done")
    engagement.status, engagement.closed_on = Engagement.Status.CLOSED, on
    with worded():
        engagement.save(update_fields=["status", "closed_on"])
    ask_to_mention(engagement.client, occasion=engagement.name, on=on)
    return engagement


def leads_work(user: User, client: Client) -> bool:
    """Whether the person leads work for the client that goes on."""
    return Engagement.objects.open().filter(client__in=client.family, lead=user).exists()


def _check_seller(engagement: Engagement) -> None:
    for name in ("offer", "retainer"):
        agreement = getattr(engagement, name)
        if agreement is not None and agreement.seller_id != engagement.seller_id:
            words = _("This was agreed by %(seller)s.") % {"seller": agreement.seller.name}
            raise ValidationError({name: ValidationError(words, code="seller_foreign")})


def _check_terms(engagement: Engagement) -> None:
    """The offer and the retainer belong to the same client."""
    for name in ("offer", "retainer"):
        agreement = getattr(engagement, name)
        if agreement is not None and not engagement.client.has(agreement):
            error = ValidationError(_("This belongs to another client."), code=f"{name}_foreign")
            raise ValidationError({name: error})
