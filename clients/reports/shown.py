"""Clients with the figures that a person may see, for every page that names a client beside something else."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db.models import Model

from clients.models import Client
from crm.models import Firm, User


def shown_clients(user: User, ids: Iterable[int | None]) -> dict[int, Client]:
    """The clients of these ids that the person may see, by id, in one statement."""
    wanted = {pk for pk in ids if pk}
    if not wanted:
        return {}
    rows = Client.objects.visible_to(user).with_shown_figures(user).select_related("figures")
    return {client.pk: client for client in rows.filter(pk__in=wanted)}


def valued[M: Model](rows: Sequence[M], user: User) -> Sequence[M]:
    """The rows of a page, each with its client and what that is worth as the person may see it, in one statement.

    `{% client_value row.client %}` prints the chip; a row without a client, or with one out of sight, stays as it is.
    """
    found = shown_clients(user, (vars(row).get("client_id") for row in rows))
    for row in rows:
        if client := found.get(vars(row).get("client_id") or 0):
            row.client = client  # type: ignore[attr-defined]
    return rows


def show_values(clients: Iterable[Client], user: User) -> None:
    """Lets clients that a page has loaded already tell what they are worth, as the person may see it.

    One statement for all; `{% client_value client %}` prints the chip. What a client knew of itself stays as it was.
    """
    waiting = list(clients)
    found = shown_clients(user, (client.pk for client in waiting))
    for client in waiting:
        if client.pk in found:
            vars(client).update({**vars(found[client.pk]), **vars(client)})


def value_of(client: Client) -> Decimal:
    """The value that the person who loaded the client may see; zero where there is none to see."""
    return getattr(client, "shown_badge_value", None) or Decimal(0)


def base_currency() -> str:
    """In which currency figures stand; read, never made, because pages only look."""
    return Firm.objects.values_list("base_currency", flat=True).first() or "EUR"
