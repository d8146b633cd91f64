"""Who answers for a client: the people that nightly jobs and escalations turn to."""

from clients.models import Client
from crm.access import Role
from crm.models import User


def first_partner() -> User | None:
    """The partner who has been here longest: takes what nobody else answers for."""
    partner: User | None = User.objects.working().in_role(Role.PARTNER).order_by("pk").first()
    return partner


def owner_of(client: Client, *, fallback: User | None) -> User | None:
    """Above the account manager: the executive owner, else the given partner, else the account manager."""
    return client.executive_owner or fallback or client.account_manager


def keeper_of(client: Client, *, fallback: User | None) -> User | None:
    """Day by day: the account manager, else who answers above."""
    return client.account_manager or client.executive_owner or fallback
