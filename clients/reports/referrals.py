"""Referrals as a person may see them: who came through a client and who sent it, with what they brought since."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from clients.models import Client, Referral
from crm.models import User


@dataclass(frozen=True, slots=True)
class Referred:
    """`revenue` is None for whom the amounts of the referred client are not."""

    referral: Referral
    revenue: Decimal | None


@dataclass(frozen=True, slots=True)
class Referrals:
    given: Sequence[Referred]
    taken: Sequence[Referral]

    @property
    def revenue(self) -> Decimal | None:
        """Of those whose revenue the person sees; None where there is none to see."""
        known = [row.revenue for row in self.given if row.revenue is not None]
        return sum(known, Decimal(0)) if known else None


def referrals_of(client: Client, user: User) -> Referrals:
    """Those of one client in both directions; two statements."""
    mine = Q(referrer__in=client.family) | Q(client__in=client.family)
    rows = list(Referral.objects.visible_to(user).filter(mine).select_related("client", "referrer", "contact"))
    seen = money_open(user, rows)
    family = {client.pk, *(row.client_id for row in rows if row.client.merged_into_id == client.pk)}
    return Referrals(
        given=[
            Referred(row, row.revenue_since if row.client_id in seen else None)
            for row in rows
            if row.client_id not in family
        ],
        taken=[row for row in rows if row.client_id in family],
    )


def money_open(user: User, rows: Iterable[Referral]) -> set[int]:
    """The referred clients whose amounts the person sees."""
    wanted = {row.client_id for row in rows}
    return (
        set(Client.objects.money_open_to(user).filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()
    )
