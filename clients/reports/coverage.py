"""Whom we do not reach, and what hangs on one person: alerts over all clients that somebody keeps."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, F, Q
from django.utils import timezone

from clients.models import Client, Contact, Interaction
from clients.models.client import ClientQuery, holder_of
from clients.reports.card import FORMAL_WORDS, coverage_words
from clients.rules.dependence import (
    FORMAL_DAYS,
    Dependence,
    is_formal_only,
    owner_dependence,
    sole_employee,
)
from clients.services.dependence import with_last_people
from crm.access import Role
from crm.models import User


@dataclass(frozen=True, slots=True)
class Unreached:
    """A client with what is wrong with whom we speak to there."""

    client: Client
    alerts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Hanging:
    """What one of us alone holds, with the clients, the largest revenue first."""

    employee: User
    figures: Dependence
    clients: Sequence[Client]


def unreached(user: User, *, at: datetime) -> list[Unreached]:
    """Of the whole firm for a partner, else of one's own clients; four statements, however many they are."""
    rows = Client.objects.visible_to(user).in_care().with_shown_figures(user).with_policy().select_related("figures")
    clients = list(_kept_by(rows, user).order_by(F("shown_badge_value").desc(nulls_last=True), "pk"))
    people: dict[int, list[Contact]] = defaultdict(list)
    for person in Contact.objects.here().filter(client__in=[client.pk for client in clients]).with_touch():
        people[person.client_id].append(person)
    formal = formal_only([client.pk for client in clients], at=at)
    found = [
        Unreached(client, _alerts(client, people[client.pk], is_formal=client.pk in formal, at=at))
        for client in clients
    ]
    return [row for row in found if row.alerts]


def formal_only(clients: Collection[int], *, at: datetime) -> set[int]:
    """Clients whom within 90 days only engineers or only mail met; engineers keep no clients. One statement."""
    recent = Interaction.objects.since(at - timedelta(days=FORMAL_DAYS)).filter(occurred_at__lte=at, is_missed=False)
    mine = recent.filter(Q(client__in=clients) | Q(client__merged_into__in=clients)).order_by()
    keepers = Q(employees__roles__overlap=[Role.PARTNER, Role.ACCOUNT_MANAGER])
    counted = mine.values_list(holder_of()).annotate(
        touches=Count("pk", distinct=True),
        mails=Count("pk", filter=Q(kind=Interaction.Kind.EMAIL), distinct=True),
        kept=Count("pk", filter=keepers, distinct=True),
    )
    return {
        pk for pk, touches, mails, kept in counted if is_formal_only(touches=touches, mails=mails, with_keepers=kept)
    }


def dependence(user: User) -> list[Hanging]:
    """Of the whole firm for a partner, else of one's own clients: who alone was at the last ten interactions."""
    rows = _last_people(Client.objects.visible_to(user).in_care().with_shown_figures(user), user)
    sole = [(sole_employee(set(vars(row)["people"]), touches=len(vars(row)["last"])), row) for row in rows]
    people = User.objects.in_bulk({who for who, _row in sole if who})
    held: Mapping[int | None, list[Client]] = defaultdict(list)
    for who, row in sole:
        held[who].append(row)
    figures = owner_dependence((who, _revenue(row)) for who, row in sole)
    return [Hanging(people[each.employee_id], each, held[each.employee_id]) for each in figures]


def _last_people(rows: ClientQuery, user: User) -> ClientQuery:
    return with_last_people(_kept_by(rows, user)).order_by(F("shown_revenue_12m").desc(nulls_last=True), "pk")


def _kept_by(rows: ClientQuery, user: User) -> ClientQuery:
    return rows if user.is_in(Role.PARTNER) else rows.owned_by(user)


def _alerts(client: Client, people: Sequence[Contact], *, is_formal: bool, at: datetime) -> list[str]:
    alerts = coverage_words(client, people, on=timezone.localdate(at))
    return [*alerts, str(FORMAL_WORDS)] if is_formal else alerts


def _revenue(row: Client) -> Decimal:
    return getattr(row, "shown_revenue_12m", None) or Decimal(0)
