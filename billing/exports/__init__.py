"""Lists and statements of billing as files: one column spec for CSV and XLSX."""

from billing.exports.invoices import INVOICES, PAYMENTS
from billing.exports.packages import PACKAGES, STATEMENT

__all__ = ["INVOICES", "PACKAGES", "PAYMENTS", "STATEMENT"]
