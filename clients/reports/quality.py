"""Data quality: what is missing about clients before anybody can keep them well."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Interaction
from clients.models.firm import Tier
from clients.rules.findings import LEAST_PEOPLE, TOUCHED_DAYS, ClientCare, find_gaps_in_care
from clients.rules.findings import Finding as Gap
from crm.access import Role
from crm.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

WORDS: "Mapping[Gap, _StrPromise]" = {
    Gap.NO_ACCOUNT_MANAGER: _("Nobody keeps this client"),
    Gap.NO_EXECUTIVE_OWNER: _("A VIP without a partner as executive owner"),
    Gap.TOO_FEW_PEOPLE: _("Fewer than two of us met this VIP in 90 days"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    client: Client
    gap: Gap

    @property
    def words(self) -> "_StrPromise":
        return WORDS[self.gap]


def findings(user: User, *, at: datetime) -> list[Finding]:
    """What is missing on clients that the person may mend, the most valuable first; one statement."""
    if not user.is_in(Role.PARTNER, Role.ACCOUNT_MANAGER):
        return []
    few = Q(tier=Tier.VIP, met_by__lt=LEAST_PEOPLE)
    unowned = Q(tier=Tier.VIP) & ~_partner_owned()
    rows = Client.objects.in_care().changeable_by(user).annotate(met_by=_met_by(at))
    wanted = rows.filter(Q(account_manager=None) | few | unowned).with_shown_figures(user)
    ordered = wanted.select_related("figures", "executive_owner").order_by(
        F("shown_badge_value").desc(nulls_last=True), "name"
    )
    return [Finding(client, gap) for client in ordered for gap in gaps_of(client)]


def gaps_of(client: Client) -> tuple[Gap, ...]:
    """The gaps of one client that was loaded with `met_by`."""
    owner = client.executive_owner
    return find_gaps_in_care(
        ClientCare(
            is_vip=client.tier == Tier.VIP,
            has_account_manager=client.account_manager_id is not None,
            executive_owner_is_partner=bool(owner and owner.is_active and owner.is_in(Role.PARTNER)),
            people_touched=vars(client)["met_by"],
        )
    )


def _partner_owned() -> Q:
    return Q(executive_owner__is_active=True, executive_owner__roles__contains=[Role.PARTNER])


def _met_by(at: datetime) -> Coalesce:
    """How many of our people touched the client within 90 days."""
    recent = Interaction.objects.since(at - timedelta(days=TOUCHED_DAYS)).filter(
        client=OuterRef("pk"), occurred_at__lte=at
    )
    people = recent.order_by().values("client").annotate(n=Count("employees", distinct=True)).values("n")
    return Coalesce(Subquery(people), 0)
