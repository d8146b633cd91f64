"""What clients still owe, document by document: the one source of every sum of claims on a screen, in a file, in a job.

Today's sums are all that is booked, also under a date ahead, so that they agree with the states in the lists. A look
back at an earlier day takes only what was dated up to it. A merged client's documents count for the one that stayed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from billing.models.invoices import InvoiceQuery
from billing.rules.ageing import OpenItem
from clients.models.client import holder_name_of, holder_of
from crm.db import by_name
from crm.money import convert


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """The gross rest of an invoice in its currency, and its rate to the base currency; `client` is who holds it."""

    client: int
    name: str
    due_on: date
    currency: str
    amount: Decimal
    rate: Decimal

    def item(self) -> OpenItem:
        return OpenItem(self.client, self.due_on, self.amount)

    def base_item(self, currency: str) -> OpenItem:
        """In the base currency, at the rate of the document."""
        amount = convert(self.amount, rate=Fraction(self.rate), currency=currency)
        return OpenItem(self.client, self.due_on, amount)


def booked_until(on: date, *, today: date) -> date | None:
    """Up to which day bookings count for a report of a day; None for all of them."""
    return on if on < today else None


def open_documents(rows: InvoiceQuery, *, on: date, today: date) -> list[OpenDocument]:
    """What these documents owe on a day, by the name of who holds them."""
    unpaid = rows.unpaid(until=booked_until(on, today=today))
    named = unpaid.annotate(holder=holder_of(), holder_name=holder_name_of())
    found = named.order_by(by_name("holder_name"), "holder", "pk").values_list(
        "holder", "holder_name", "due_on", "currency", "balance_amount", "base_rate"
    )
    return [
        OpenDocument(holder, name, due_on or on, currency, owed, rate or Decimal(1))
        for holder, name, due_on, currency, owed, rate in found
    ]


def by_currency(documents: Iterable[OpenDocument]) -> dict[str, list[OpenDocument]]:
    found: dict[str, list[OpenDocument]] = {}
    for document in documents:
        found.setdefault(document.currency, []).append(document)
    return found
