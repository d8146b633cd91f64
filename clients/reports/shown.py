"""Clients with the figures that a person may see, for every page that names a client beside something else."""

from collections.abc import Iterable
from decimal import Decimal

from clients.models import Client
from crm.models import Firm, User


def shown_clients(user: User, ids: Iterable[int | None]) -> dict[int, Client]:
    """The clients of these ids that the person may see, by id, in one statement."""
    wanted = {pk for pk in ids if pk}
    if not wanted:
        return {}
    rows = Client.objects.visible_to(user).with_shown_figures(user).select_related("figures")
    return {client.pk: client for client in rows.filter(pk__in=wanted)}


def value_of(client: Client) -> Decimal:
    """The value that the person who loaded the client may see; zero where there is none to see."""
    return getattr(client, "shown_badge_value", None) or Decimal(0)


def base_currency() -> str:
    """In which currency figures stand; read, never made, because pages only look."""
    return Firm.objects.values_list("base_currency", flat=True).first() or "EUR"
