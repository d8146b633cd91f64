"""Debtor accounts: each client has one in the books of an own company, given once and in order."""

from collections.abc import Iterable, Iterator

from billing.models import DatevSettings, DebtorAccount
from clients.models import Client


def give_debtor_accounts(settings: DatevSettings, clients: Iterable[Client]) -> dict[int, int]:
    """The account of each client by its id; who has none gets the one on the client's card, else the next free one.

    Call it in a transaction that nobody else gives accounts in: making an export is one.
    """
    DatevSettings.objects.select_for_update().get(pk=settings.pk)
    known = dict(settings.debtors.values_list("client", "number"))
    fresh = sorted({client for client in clients if client.pk not in known}, key=lambda client: client.pk)
    taken = set(known.values())
    wished = {client.pk: number for client in fresh if (number := _wish(settings, client, taken))}
    free = _free(settings, taken | set(wished.values()))
    for client in fresh:
        known[client.pk] = wished[client.pk] if client.pk in wished else next(free)
    DebtorAccount.objects.bulk_create(
        DebtorAccount(settings=settings, client=client, number=known[client.pk]) for client in fresh
    )
    return known


def _wish(settings: DatevSettings, client: Client, taken: set[int]) -> int | None:
    """What the client's card names, if it is a debtor's number that nobody has; it is then taken."""
    text = client.debtor_account
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number not in settings.debtor_range or number in taken:
        return None
    taken.add(number)
    return number


def _free(settings: DatevSettings, taken: set[int]) -> Iterator[int]:
    """Numbers after the first one of the company that nobody has."""
    after = range(settings.first_debtor, settings.debtor_range.stop)
    return (number for number in after if number not in taken)
