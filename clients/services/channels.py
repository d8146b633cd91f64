"""Direct channels: granted on the ground that the client stands on, reviewed when it is gone, revoked by a person."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clients.models import Client, ClientFigure, DirectChannelGrant, KeyClientDesignation, TierPolicy
from clients.rules.channels import OPENING, Ground, Standing, ground_of
from clients.rules.tiers import DEFAULT_TIERS
from clients.services.feedback import check_contact
from clients.services.keepers import first_partner, keeper_of
from clients.services.tasks import TaskDraft, renew_tasks, settle_tasks
from crm.access import may
from crm.db import worded
from crm.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

REVIEW = "channel_review"
Basis = DirectChannelGrant.Basis


@transaction.atomic
def grant_channel(grant: DirectChannelGrant, *, by: User, at: datetime) -> DirectChannelGrant:
    """Gives a channel away on the client's own ground; without one a partner must say why.

    `needs_decision` for anybody else, `required` for a partner without a reason, `left` for who is gone, `foreign`
    for somebody else's client.
    """
    check_contact(grant)
    _check_people(grant, by=by)
    ground = grounds([grant.client], on=timezone.localdate(at))[grant.client.pk]
    if ground is None:
        _override(grant, by=by)
    grant.basis, grant.granted_by = Basis(ground) if ground else Basis.OVERRIDE, by
    return _saved(grant)


@transaction.atomic
def keep_channel(grant: DirectChannelGrant, *, reason: str, by: User, at: datetime) -> DirectChannelGrant:
    """After a review a partner lets the channel stand, and says why; from then on it is their decision.

    `left` for who is gone: what they hold is taken back, or asked about again each night.
    """
    row = _current_row(grant)
    _check_here(row)
    row.reason = reason.strip()
    if not may(by, "channel.override"):
        raise PermissionDenied
    _override(row, by=by)
    row.basis, row.review_since_on = Basis.OVERRIDE, None
    settle_tasks(REVIEW, source_of(row), at=at, by=by)
    return _saved(row)


@transaction.atomic
def revoke_channel(grant: DirectChannelGrant, *, on: date, by: User, at: datetime) -> DirectChannelGrant:
    """Takes a channel back with a day; who held it stays on record. `already_done` the second time, `future` ahead."""
    row = _current_row(grant)
    if on > timezone.localdate(at):
        raise ValidationError({"on": ValidationError(_("This has not happened yet."), code="future")})
    row.revoked_on, row.review_since_on = on, None
    settle_tasks(REVIEW, source_of(row), at=at, by=by)
    return _saved(row)


@transaction.atomic
def review_channels(*, at: datetime) -> int:
    """Says of each channel whether its ground is still there, and asks the account manager where it is gone."""
    on = timezone.localdate(at)
    decided = {"basis": Basis.OVERRIDE, "contact__left_on": None, "employee__is_active": True, "review_since_on": None}
    rows = DirectChannelGrant.objects.current().exclude(**decided).locked()
    current = list(rows.select_related("contact", "client__account_manager", "client__executive_owner", "employee"))
    found = grounds({row.client for row in current}, on=on)
    changed = [row for row in current if _judge(row, found[row.client_id], on)]
    DirectChannelGrant.objects.bulk_update(changed, ["basis", "review_since_on"], batch_size=500)
    partner = first_partner()
    asked = [row for row in current if row.review_since_on]
    drafts = [_draft(row, keeper, at) for row in asked if (keeper := keeper_of(row.client, fallback=partner))]
    return renew_tasks(REVIEW, drafts, at=at)


def grounds(clients: Iterable[Client], *, on: date) -> Mapping[int, Ground | None]:
    """On what ground each of these clients may hold direct channels, in three statements."""
    rows = list(clients)
    holders = {row.holder_id for row in rows}
    figures = ClientFigure.objects.filter(client__in=holders).select_related("client")
    known = {figure.client_id: figure for figure in figures.only("revenue_12m", "channel_threshold", "client__tier")}
    allowing = {tier for tier, default in DEFAULT_TIERS.items() if default["direct_channels"]}
    for policy in TierPolicy.objects.all():
        (allowing.add if policy.direct_channels else allowing.discard)(policy.tier)
    held: dict[int, set[str]] = defaultdict(set)
    opening = KeyClientDesignation.objects.active(on=on).filter(type__in=OPENING, client__in=holders)
    for pk, kind in opening.values_list("client", "type"):
        held[pk].add(kind)
    return {row.pk: ground_of(_standing(row, known.get(row.holder_id), allowing, held)) for row in rows}


def source_of(grant: DirectChannelGrant) -> str:
    return f"grant:{grant.pk}"


def _standing(
    client: Client, figure: ClientFigure | None, allowing: set[str], held: Mapping[int, set[str]]
) -> Standing:
    """A client that was merged stands on the ground of the one that stayed."""
    return Standing(
        tier_allows=(figure.client.tier if figure else client.tier) in allowing,
        designations=held.get(client.holder_id, frozenset()),
        revenue=figure.revenue_12m if figure else None,
        threshold=figure.channel_threshold if figure else None,
    )


def _judge(row: DirectChannelGrant, ground: Ground | None, on: date) -> bool:
    """Says whether anything changed. Who has left, the client or us, holds a channel on no ground any more."""
    stood = row.basis, row.review_since_on
    if row.contact.left_on or not row.employee.is_active or (ground is None and row.basis != Basis.OVERRIDE):
        row.review_since_on = row.review_since_on or on
    else:
        row.basis = Basis(ground) if ground and row.basis != Basis.OVERRIDE else row.basis
        row.review_since_on = None
    return stood != (row.basis, row.review_since_on)


def _override(grant: DirectChannelGrant, *, by: User) -> None:
    if not may(by, "channel.override"):
        message = _("Neither tier, nor designation, nor revenue allows a direct channel: a partner may, with a reason.")
        raise ValidationError(message, code="needs_decision")
    if not grant.reason.strip():
        words = _("Nothing else allows this channel: say why you do.")
        raise ValidationError({"reason": ValidationError(words, code="required")})
    grant.approved_by = by


def _check_people(grant: DirectChannelGrant, *, by: User) -> None:
    if not Client.objects.changeable_by(by).filter(pk=grant.client_id).exists():
        raise ValidationError({"client": ValidationError(_("Others keep this client."), code="foreign")})
    _check_here(grant)


def _check_here(grant: DirectChannelGrant) -> None:
    if grant.contact.left_on:
        raise ValidationError({"contact": ValidationError(_("This person has left the client."), code="left")})
    if not grant.employee.is_active or grant.employee.is_service:
        message = _("This person no longer works here.")
        raise ValidationError({"employee": ValidationError(message, code="inactive")})


def _current_row(grant: DirectChannelGrant) -> DirectChannelGrant:
    row = DirectChannelGrant.objects.locked().get(pk=grant.pk)
    if row.revoked_on:
        raise ValidationError(_("This channel was taken back already."), code="already_done")
    return row


def _saved(row: DirectChannelGrant) -> DirectChannelGrant:
    row.full_clean()
    with worded():
        row.save()
    return row


def _gone(row: DirectChannelGrant) -> "_StrPromise":
    if row.contact.left_on:
        return _("has left the client")
    if not row.employee.is_active:
        return _("the line leads to a colleague who has left")
    return _("neither tier, nor designation, nor revenue allows it")


def _draft(row: DirectChannelGrant, keeper: User, at: datetime) -> TaskDraft:
    return TaskDraft(
        kind=REVIEW,
        source=source_of(row),
        assignee=keeper,
        client=row.client,
        contact=row.contact,
        title=format_lazy(
            _("{person} holds a direct channel: {channel} of {employee}"),
            person=str(row.contact),
            channel=DirectChannelGrant.Channel(row.channel).label,
            employee=str(row.employee),
        ),
        detail=_gone(row),
        due_at=at,
        url=reverse("clients:grant", args=[row.pk]),
    )
