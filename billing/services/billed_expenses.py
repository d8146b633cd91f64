"""Approved billable expenses as lines of the next invoice: at what they cost us, with the VAT of our own service."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial

from django.db.models import Q

from billing.models import Expense, Invoice, InvoiceLine
from billing.services.agreed_prices import AgreedPrices
from billing.services.drafts import LineDraft
from billing.services.line_sources import PlannedLine, Wanted, register_source
from billing.services.wip import WipKey


def register_expenses() -> None:
    register_source("expenses", expense_lines)


def expense_lines(wanted: Wanted) -> Mapping[WipKey, Sequence[PlannedLine]]:
    """One line for each expense of the period that stands on no document, the oldest first."""
    mine = Q(client=wanted.client) | Q(client__merged_into=wanted.client)
    rows = Expense.objects.to_invoice().filter(mine, spent_on__lte=wanted.through)
    if wanted.since:
        rows = rows.filter(spent_on__gte=wanted.since)
    if wanted.engagement:
        rows = rows.filter(engagement=wanted.engagement)
    prices, found = AgreedPrices(wanted.client), defaultdict(list)
    for expense in rows.select_related("seller", "engagement").order_by("spent_on", "pk"):
        key = WipKey(expense.seller, expense.currency, price_includes_tax=False)
        found[key].append(PlannedLine(_line(expense, prices), then=partial(_mark, expense.pk)))
    return found


def release_expenses(invoice: Invoice) -> None:
    """Lets expenses of lines that a credit note took back as a whole be charged anew."""
    standing = InvoiceLine.objects.filter(invoice=invoice).standing().values("pk")
    gone = invoice.lines.exclude(pk__in=standing)
    Expense.objects.filter(line__in=gone).update(line=None)


def _line(expense: Expense, prices: AgreedPrices) -> LineDraft:
    return LineDraft(
        kind=InvoiceLine.Kind.EXPENSE,
        description=expense.description,
        tax=prices.taxes_of(expense.seller).tax(expense.spent_on),
        unit_price=expense.net_amount,
        amount=expense.net_amount,
        service_line_id=expense.engagement.service_line_id if expense.engagement else None,
        supplied_to=expense.spent_on,
    )


def _mark(expense_id: int, line: InvoiceLine) -> None:
    Expense.objects.filter(pk=expense_id, line=None).update(line=line)
