"""What a page says of a document's e-invoice: the format its client takes, and what the kept check found."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from billing.documents.e_invoices.keeping import check_of, format_taken, problems_found
from billing.models import DocumentReport, Invoice
from billing.services.issuing import Problem


@dataclass(frozen=True, slots=True)
class EInvoiceState:
    """`format` is empty where the client takes none; without a report the file is written when it is asked for."""

    format: str
    report: DocumentReport | None

    @property
    def warnings(self) -> list[dict[str, Any]]:
        return list(self.report.findings) if self.report else []


@dataclass(frozen=True, slots=True)
class DraftState:
    """The check of a draft's e-invoice: `none` is due, `pending`, `passed`, or `refused` with the problems."""

    state: str
    format: str = ""
    problems: Sequence[Problem] = ()


def draft_state(draft: Invoice) -> DraftState:
    taken = format_taken(draft)
    if taken is None or not draft.lines.exists():
        return DraftState("none")
    kept = check_of(draft)
    if kept is None:
        return DraftState("pending", str(taken.label))
    problems = problems_found(kept)
    return DraftState("refused" if problems else "passed", str(taken.label), problems)


def e_invoice_state(invoice: Invoice) -> EInvoiceState:
    taken = format_taken(invoice)
    report = invoice.reports.filter(format=taken).first() if taken else None
    return EInvoiceState(str(taken.label) if taken else "", report)
