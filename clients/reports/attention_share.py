"""The share of our attention by tier against what the cadences ask for: who gets more than their part, and who less."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.db.models.functions import Coalesce

from clients.models import Client, Interaction, TierPolicy
from clients.models.client import ClientQuery
from clients.rules.attention import TierShare, attention_shares
from crm.access import Role
from crm.models import User

DAYS = 90


@dataclass(frozen=True, slots=True)
class AttentionByTier:
    """`is_firm` says whether all clients of the firm are counted or those that the person keeps."""

    rows: Sequence[TierShare]
    is_firm: bool

    @property
    def touches(self) -> int:
        return sum(row.touches for row in self.rows)

    @property
    def owed(self) -> int:
        return sum(row.owed for row in self.rows)

    @property
    def clients(self) -> int:
        return sum(row.clients for row in self.rows)

    @property
    def short(self) -> Sequence[str]:
        """Tiers that get less than their part."""
        return [row.tier for row in self.rows if row.is_short]


def attention_by_tier(user: User, *, at: datetime) -> AttentionByTier:
    """Two-way touches of 90 days with clients in care: a partner's are the firm's, else one's own. Three statements."""
    is_firm = user.is_in(Role.PARTNER)
    clients = Client.objects.in_care() if is_firm else Client.objects.in_care().owned_by(user)
    counted = dict(clients.order_by().values_list("tier").annotate(Count("pk")))
    rows = attention_shares(counted, _touches(clients, at), cadences=TierPolicy.objects.cadences(), days=DAYS)
    return AttentionByTier(rows, is_firm)


def _touches(clients: ClientQuery, at: datetime) -> dict[str, int]:
    """By the tier of today; a touch of a client that was merged counts for the one that stayed."""
    wanted = clients.order_by().values("pk")
    recent = Interaction.objects.two_way().since(at - timedelta(days=DAYS)).filter(occurred_at__lte=at)
    mine = recent.filter(Q(client__in=wanted) | Q(client__merged_into__in=wanted))
    tier = Coalesce("client__merged_into__tier", "client__tier")
    return dict(mine.order_by().values_list(tier).annotate(Count("pk")))
