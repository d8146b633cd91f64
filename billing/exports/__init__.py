"""Lists and statements of billing as files: one column spec for CSV and XLSX."""

from billing.exports.invoices import INVOICES, PAYMENTS
from billing.exports.offers import OFFERS
from billing.exports.packages import PACKAGES, STATEMENT
from billing.exports.retainers import RETAINERS

__all__ = ["INVOICES", "OFFERS", "PACKAGES", "PAYMENTS", "RETAINERS", "STATEMENT"]
