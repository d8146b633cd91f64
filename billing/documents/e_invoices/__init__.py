"""E-invoices: what stands on a document by the numbers of EN 16931, written as UBL, CII and ZUGFeRD, and judged."""

from billing.documents.e_invoices.keeping import EInvoiceCheck
from billing.services.issuing import register_check


def register_e_invoices() -> None:
    """Nothing is issued that its receiver would refuse."""
    register_check(EInvoiceCheck())
