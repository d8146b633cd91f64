"""Lists, statements and batches of documents as files: one column spec for CSV and XLSX, one writer for each format."""

from billing.exports import datev, datev_discounts, datev_hours, onec, registers, zm
from billing.exports.invoices import AGEING, INVOICES, PAYMENTS
from billing.exports.monthly import MONTHLY
from billing.exports.offers import OFFERS
from billing.exports.packages import LIABILITY, PACKAGES, STATEMENT
from billing.exports.retainers import RETAINERS

FORMATS = (registers, datev, datev_discounts, datev_hours, zm, onec)  # each registers its own when it is imported

__all__ = [
    "AGEING",
    "FORMATS",
    "INVOICES",
    "LIABILITY",
    "MONTHLY",
    "OFFERS",
    "PACKAGES",
    "PAYMENTS",
    "RETAINERS",
    "STATEMENT",
]
