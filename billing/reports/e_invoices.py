"""What a page says of a document's e-invoice: the format its client takes, and what the kept check found."""

from dataclasses import dataclass
from typing import Any

from billing.documents.e_invoices.keeping import format_taken
from billing.models import DocumentReport, Invoice


@dataclass(frozen=True, slots=True)
class EInvoiceState:
    """`format` is empty where the client takes none; without a report the file is written when it is asked for."""

    format: str
    report: DocumentReport | None

    @property
    def warnings(self) -> list[dict[str, Any]]:
        return list(self.report.findings) if self.report else []


def e_invoice_state(invoice: Invoice) -> EInvoiceState:
    taken = format_taken(invoice)
    report = invoice.reports.filter(format=taken).first() if taken else None
    return EInvoiceState(str(taken.label) if taken else "", report)
