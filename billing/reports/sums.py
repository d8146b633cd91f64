"""The sums of a draft in one sentence, also with a line that nobody has saved yet."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.models import Invoice, InvoiceLine
from billing.rules.vat import Totals
from billing.services.drafts import HandLine
from billing.services.totals import total_lines


@dataclass(frozen=True, slots=True)
class LineSum:
    """A typed line: its amount, and its net and VAT when it stood alone; `draft` has the sums of the whole draft."""

    line: InvoiceLine
    alone: Totals
    draft: Totals


def sum_with(invoice: Invoice, written: HandLine, *, on: date, instead_of: InvoiceLine | None = None) -> LineSum:
    """What the draft would come to with the line, added or in the place of another one; writes nothing."""
    line = written.draft(invoice, on=on).row(invoice, 0)
    kept = [row for row in invoice.lines.all() if instead_of is None or row.pk != instead_of.pk]
    return LineSum(line, total_lines(invoice, [line]), total_lines(invoice, [*kept, line]))


def hours_billed(lines: list[InvoiceLine]) -> Decimal:
    """Hours that the document charges for."""
    return sum((line.quantity for line in lines if line.unit == "HUR" and line.amount), Decimal(0))
