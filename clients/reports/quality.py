"""Data quality: what is missing about clients before anybody can keep them well."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import BusinessProfile, Client, Interaction
from clients.models.client import ClientQuery, holder_of
from clients.models.firm import Tier
from clients.rules.findings import LEAST_PEOPLE, TOUCHED_DAYS, ClientCare, Identity, find_gaps_in_care, find_twins
from clients.rules.findings import Finding as Gap
from clients.services.distinct import ids_apart
from crm.access import Role
from crm.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

WORDS: "Mapping[Gap, _StrPromise]" = {
    Gap.NO_ACCOUNT_MANAGER: _("Nobody keeps this client"),
    Gap.NO_EXECUTIVE_OWNER: _("A VIP without a partner as executive owner"),
    Gap.TOO_FEW_PEOPLE: _("Fewer than two of us met this VIP in 90 days"),
    Gap.STALE_PROFILE: _("The business profile is out of date"),
    Gap.SAME_NUMBER: _("The same tax number as another client"),
    Gap.SAME_NAME: _("The same name as another client"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """`other` is the client that it may be, with `may_merge` where the person may change both."""

    client: Client
    gap: Gap
    other: Client | None = None
    may_merge: bool = False

    @property
    def words(self) -> "_StrPromise":
        return WORDS[self.gap]


def may_mend(user: User) -> ClientQuery:
    """Clients whose gaps the person may fill: all that are not lost and not merged into others."""
    if not user.is_in(Role.PARTNER, Role.ACCOUNT_MANAGER):
        return Client.objects.none()
    return Client.objects.current().exclude(status=Client.Status.LOST).changeable_by(user)


def findings(user: User, *, at: datetime) -> list[Finding]:
    """What is missing on clients that the person may mend, the most valuable first; one statement."""
    return gaps_in(may_mend(user).with_shown_figures(user), at=at)


def gaps_in(rows: ClientQuery, *, at: datetime) -> list[Finding]:
    """Gaps in care of these clients, loaded with the figures that the person sees."""
    few = Q(tier=Tier.VIP, met_by__lt=LEAST_PEOPLE)
    unowned = Q(tier=Tier.VIP) & ~_partner_owned()
    marked = rows.annotate(met_by=_met_by(at), profile_is_stale=_stale_profile(at))
    wanted = marked.filter(Q(account_manager=None) | few | unowned | Q(profile_is_stale=True))
    ordered = wanted.select_related("figures", "account_manager", "executive_owner").order_by(
        F("shown_badge_value").desc(nulls_last=True), "name", "pk"
    )
    return [Finding(client, gap) for client in ordered for gap in gaps_of(client)]


def twins_in(rows: ClientQuery, user: User) -> list[Finding]:
    """Those of the clients that another one of the firm may be, whoever keeps that; four statements."""
    known = Client.objects.current().order_by("pk").values_list("pk", "name", "tax_number", "vat_id", "parent")
    firms = (Identity(pk, name, tuple({*numbers} - {""}), parent or pk) for pk, name, *numbers, parent in known)
    found = list(find_twins(firms, apart=ids_apart()))
    mine = rows.select_related("figures", "account_manager").in_bulk([twin.id for twin in found])
    others = Client.objects.visible_to(user).in_bulk([twin.earlier for twin in found if twin.id in mine])
    mergeable = set(Client.objects.changeable_by(user).filter(pk__in=others).values_list("pk", flat=True))
    return [
        Finding(mine[twin.id], twin.why, others[twin.earlier], may_merge=twin.earlier in mergeable)
        for twin in found
        if twin.id in mine and twin.earlier in others
    ]


def gaps_of(client: Client) -> tuple[Gap, ...]:
    """The gaps of one client that was loaded with `met_by` and `profile_is_stale`."""
    owner = client.executive_owner
    return find_gaps_in_care(
        ClientCare(
            is_vip=client.tier == Tier.VIP,
            has_account_manager=client.account_manager_id is not None,
            executive_owner_is_partner=bool(owner and owner.is_active and owner.is_in(Role.PARTNER)),
            people_touched=vars(client)["met_by"],
            profile_is_stale=vars(client)["profile_is_stale"],
        )
    )


def _partner_owned() -> Q:
    return Q(executive_owner__is_active=True, executive_owner__roles__contains=[Role.PARTNER])


def _stale_profile(at: datetime) -> Exists:
    return Exists(BusinessProfile.objects.stale(on=timezone.localdate(at)).filter(client=OuterRef("pk")))


def _met_by(at: datetime) -> Coalesce:
    """How many of our people touched the client within 90 days."""
    recent = Interaction.objects.since(at - timedelta(days=TOUCHED_DAYS)).filter(occurred_at__lte=at, is_missed=False)
    with_merged = recent.annotate(holder=holder_of()).filter(holder=OuterRef("pk"))
    people = with_merged.order_by().values("holder").annotate(n=Count("employees", distinct=True)).values("n")
    return Coalesce(Subquery(people), 0)
