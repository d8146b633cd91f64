"""What clients owe as of a day, by its age, in the base currency."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from billing.models import Invoice
from billing.rules.ageing import Ageing, age_by_client, age_items
from billing.services.currencies import base_currency
from billing.services.open_items import OpenDocument, open_documents
from clients.models import Client
from crm.models import User


@dataclass(frozen=True, slots=True)
class Owed:
    """Open gross amounts of clients in the base currency at the rates of their documents."""

    on: date
    currency: str
    clients: dict[int, str]
    by_client: dict[int, Ageing]
    all: Ageing


@dataclass(frozen=True, slots=True)
class Debtor:
    """One client's row of the ageing list."""

    client: Client
    ages: Ageing


def owed_on(user: User, *, on: date, today: date) -> Owed:
    """What the person's clients owe, or owed at the end of an earlier day."""
    return owed_of(open_documents(Invoice.objects.visible_to(user), on=on, today=today), on=on)


def owed_of(documents: Sequence[OpenDocument], *, on: date) -> Owed:
    currency = base_currency()
    items = [document.base_item(currency) for document in documents]
    names = {document.client: document.name for document in documents}
    return Owed(on, currency, names, age_by_client(items, on=on), age_items(items, on=on))


def debtors(owed: Owed) -> list[Debtor]:
    """Clients with open documents, who owes most for longest first."""
    clients = Client.objects.in_bulk(owed.by_client)
    rows = [Debtor(clients[pk], ages) for pk, ages in owed.by_client.items()]
    return sorted(rows, key=lambda row: (-row.ages.overdue, -row.ages.total, row.client.name, row.client.pk))
