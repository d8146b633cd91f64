"""Tiers: suggested every night from revenue as tasks, changed only by a person, with the reason kept."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clients.models import Client, TierChange
from clients.models.firm import Tier
from clients.rules.tiers import suggest_tiers
from clients.services.keepers import first_partner, owner_of
from clients.services.tasks import TaskDraft, renew_tasks, settle_tasks
from crm.access import may
from crm.models import User

KIND = "tier"
QUIET = timedelta(days=90)


def suggest_tier_changes(*, at: datetime) -> int:
    """Opens a task for each client whose revenue speaks for another tier; a `vip` is left alone.

    A suggestion that somebody called not relevant stays quiet for 90 days. Says how many tasks are new.
    """
    clients = list(Client.objects.in_care().select_related("figures", "account_manager", "executive_owner"))
    wanted = suggest_tiers({client.pk: _revenue(client) for client in clients})
    partner = first_partner()
    drafts = [
        _draft(client, wanted[client.pk], owner, at)
        for client in clients
        if client.tier not in (Tier.VIP, wanted.get(client.pk, client.tier))
        and (owner := owner_of(client, fallback=partner))
    ]
    return renew_tasks(KIND, drafts, at=at, quiet_since=at - QUIET)


@transaction.atomic
def confirm_tier(
    client: Client, *, tier: str, reason: str, by: User, at: datetime, suggested: bool = False
) -> TierChange:
    """Gives a client another tier and writes into its history who did it and why."""
    row = Client.objects.locked().get(pk=client.pk)
    if row.tier == tier:
        raise ValidationError(_("The client has this tier already."), code="already_done")
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Give a reason."), code="required")})
    change = TierChange(
        client=row, old=row.tier, new=tier, reason=reason.strip(), made_by=by, made_at=at, suggested=suggested
    )
    change.full_clean()
    change.save()
    row.tier = client.tier = tier
    row.save(update_fields=["tier"])
    settle_tasks(KIND, *(_source(row, value) for value in Tier.values), at=at, by=by)
    return change


def _revenue(client: Client) -> Decimal:
    return (client.facts.revenue_12m if client.facts else None) or Decimal(0)


def _source(client: Client, tier: str) -> str:
    return f"client:{client.pk}:{tier}"


def _draft(client: Client, tier: str, owner: User, at: datetime) -> TaskDraft:
    card = reverse("clients:client", args=[client.pk])
    decide = f"{reverse('clients:client_tier', args=[client.pk])}?tier={tier}"
    return TaskDraft(
        kind=KIND,
        source=_source(client, tier),
        assignee=owner,
        client=client,
        title=format_lazy(_("Tier {new} instead of {old}?"), new=Tier(tier).label, old=Tier(client.tier).label),
        detail=_("Suggested from the revenue of the last 12 months, by the share of the clients before it."),
        due_at=at,
        url=decide if may(owner, "tier.change") else card,
        value_at_stake=client.facts.simple_value if client.facts else None,
    )
