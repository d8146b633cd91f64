"""Drafts as finance sees them: what each is about and whether it is ready, in a fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from billing.models import Invoice, InvoiceLine
from billing.models.invoices import InvoiceQuery
from billing.services.currencies import base_currency, rate_between
from billing.services.issuing import Problem, problems_of
from crm.db import by_name
from crm.money import convert

SHOWN = 200  # drafts on one page; a firm that has more issues these first
NO_RATE = Problem("exchange_rate_missing", _("There is no exchange rate for its currency."))


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft and why it cannot be issued yet; the minutes it bills, and those it gives away."""

    invoice: Invoice
    problems: list[Problem]
    about: str
    minutes: int
    free_minutes: int
    base_amount: Decimal

    @property
    def is_ready(self) -> bool:
        return not self.problems

    @property
    def is_free(self) -> bool:
        """Whether it only shows work that costs nothing."""
        return self.is_ready and not self.invoice.gross_amount


def draft_rows(rows: InvoiceQuery, *, on: date) -> list[DraftRow]:
    """Drafts by client; one whose currency has no rate today is told so before anybody tries."""
    drafts = list(with_parts(rows).order_by(by_name("client__name"), "pk")[:SHOWN])
    base = base_currency()
    rates = {currency: rate_between(currency, base, on=on) for currency in {draft.currency for draft in drafts}}
    return [_row(draft, rates[draft.currency], base) for draft in drafts]


def with_parts(rows: InvoiceQuery) -> InvoiceQuery:
    """Everything that a row and `problems_of` read."""
    related = rows.select_related("client", "client__figures", "seller", "engagement")
    return related.prefetch_related("lines", "seller__series")


def _row(invoice: Invoice, rate: Fraction | None, base: str) -> DraftRow:
    lines = sorted(invoice.lines.all(), key=lambda line: line.position)
    return DraftRow(
        invoice,
        problems_of(invoice) + ([] if rate else [NO_RATE]),
        about=_about(invoice, lines),
        minutes=_minutes(lines, InvoiceLine.Kind.TIME),
        free_minutes=_minutes(lines, InvoiceLine.Kind.GOODWILL),
        base_amount=convert(invoice.net_amount, rate=rate, currency=base) if rate else Decimal(0),
    )


def _about(invoice: Invoice, lines: list[InvoiceLine]) -> str:
    if invoice.engagement:
        return invoice.engagement.name
    return lines[0].description if lines else ""


def _minutes(lines: Iterable[InvoiceLine], kind: str) -> int:
    return sum(round(line.quantity * 60) for line in lines if line.kind == kind and line.unit == "HUR")
