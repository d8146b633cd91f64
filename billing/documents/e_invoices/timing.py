"""When a document was supplied, falls due and is taxed, by the numbers of EN 16931."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils import translation

from billing.documents.terms import payment_terms
from billing.models import Invoice, InvoiceLine
from billing.rules.tax_points import tax_point
from billing.rules.vat import Treatment

type Fields = dict[str, Any]

AHEAD = {InvoiceLine.Kind.ADVANCE, InvoiceLine.Kind.PACKAGE}


def time_fields(invoice: Invoice, lines: Iterable[InvoiceLine], seller: Mapping[str, Any], *, on: date) -> Fields:
    """Due date and terms, supply, and by which event VAT falls due.

    BT-8 names the event; BT-7, a day, would exclude it (BR-CO-03). The day of supply is always given, as is its period
    where it took longer than one.
    """
    first, last = invoice.supply_from or on, invoice.supply_to or on
    point = tax_point(
        Treatment(invoice.treatment),
        is_credit=invoice.kind == Invoice.Kind.CREDIT_NOTE,
        is_advance={InvoiceLine.Kind(line.kind) for line in lines} <= AHEAD,
        is_taxed_when_paid=bool(seller.get("is_taxed_when_paid")),
    )
    period = {"BT-73": first, "BT-74": last} if first < last else {}
    named = {"BT-8": point.value} if point else {}
    return {"BT-9": invoice.due_on or on, "BT-20": _terms(invoice, on=on), "BT-72": last} | period | named


def _terms(invoice: Invoice, *, on: date) -> str:
    """The terms in words, then the cash discount in the grammar of BR-DE-18, which ends with a line break."""
    with translation.override(invoice.language):
        said = list(payment_terms(invoice, on=on))
    if not said or invoice.cash_discount_percent is None:
        return "\n".join(said)
    marked = f"#SKONTO#TAGE={invoice.cash_discount_days}#PROZENT={invoice.cash_discount_percent:.2f}#"
    return "".join(f"{line}\n" for line in [*said, marked])
