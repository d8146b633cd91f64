"""Data quality: what is missing about clients before anybody can keep them well."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Interaction
from clients.models.firm import Tier
from crm.access import Role
from crm.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

TOUCHED_WITHIN = timedelta(days=90)
LEAST_PEOPLE = 2


class Gap(StrEnum):
    NO_MANAGER = "no_manager"
    NO_EXECUTIVE = "no_executive"
    FEW_PEOPLE = "few_people"

    @property
    def words(self) -> "_StrPromise":
        return {
            Gap.NO_MANAGER: _("Nobody keeps this client"),
            Gap.NO_EXECUTIVE: _("A VIP without a partner as executive owner"),
            Gap.FEW_PEOPLE: _("Fewer than two of us met this VIP in 90 days"),
        }[self]


@dataclass(frozen=True, slots=True)
class Finding:
    client: Client
    gap: Gap


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


def gaps_of(client: Client) -> Iterator[Gap]:
    """The gaps of one client that was loaded with `met_by`."""
    owner = client.executive_owner
    if client.account_manager_id is None:
        yield Gap.NO_MANAGER
    if client.tier == Tier.VIP and not (owner and owner.is_active and owner.is_in(Role.PARTNER)):
        yield Gap.NO_EXECUTIVE
    if client.tier == Tier.VIP and getattr(client, "met_by", LEAST_PEOPLE) < LEAST_PEOPLE:
        yield Gap.FEW_PEOPLE


def _partner_owned() -> Q:
    return Q(executive_owner__is_active=True, executive_owner__roles__contains=[Role.PARTNER])


def _met_by(at: datetime) -> Coalesce:
    """How many of our people touched the client within 90 days."""
    recent = Interaction.objects.since(at - TOUCHED_WITHIN).filter(client=OuterRef("pk"), occurred_at__lte=at)
    people = recent.order_by().values("client").annotate(n=Count("employees", distinct=True)).values("n")
    return Coalesce(Subquery(people), 0)
