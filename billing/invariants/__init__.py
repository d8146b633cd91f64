"""What the books of hours, documents and money promise: run nightly, by command, and after every test of billing."""

from billing.invariants.advance_vat import ADVANCE_VAT
from billing.invariants.bank import BANK
from billing.invariants.documents import DOCUMENTS
from billing.invariants.exports import EXPORTS
from billing.invariants.hours import HOURS
from crm.invariants import register

register(*HOURS, *DOCUMENTS, *EXPORTS, *ADVANCE_VAT, *BANK)
