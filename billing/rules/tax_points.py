"""By which event the VAT of a document falls due (EN 16931, BT-8). Pure."""

from enum import StrEnum

from billing.rules.vat import Treatment


class TaxPoint(StrEnum):
    """UNTDID 2005 in UBL (3, 35, 432), 2475 in CII (5, 29, 72); the writer knows both by these words."""

    INVOICE = "invoice"
    DELIVERY = "delivery"
    PAYMENT = "payment"


def tax_point(
    treatment: Treatment, *, is_credit: bool, is_advance: bool, is_taxed_when_paid: bool = False
) -> TaxPoint | None:
    """The event that counts; None where no VAT falls due.

    A credit note counts when it is written (UStG § 17 (1)), money ahead of the work and all of a company that is taxed
    on what it received when it comes in (§ 13 (1) No. 1a and 1b, § 20), everything else when it is supplied. Of
    reverse charge the buyer owes the tax, by the supply (§ 13b (1)).
    """
    if treatment not in (Treatment.STANDARD, Treatment.REVERSE_CHARGE):
        return None
    if is_credit:
        return TaxPoint.INVOICE
    is_paid_first = treatment is Treatment.STANDARD and (is_advance or is_taxed_when_paid)
    return TaxPoint.PAYMENT if is_paid_first else TaxPoint.DELIVERY
