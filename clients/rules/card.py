"""What of a client's own fields a person reads: of every client that they see the card, for billing its master data,
and the rest where the client is open to them."""

CARD = frozenset(
    {
        *("id", "pk", "name", "tier", "account_manager", "deputy", "executive_owner"),
        *("external_source", "external_id", "merged_into", "created_at", "updated_at"),
        "figures",  # each figure is judged by itself
    }
)
BILLING = frozenset(
    {
        *("status", "legal_name", "street", "postcode", "city", "country", "currency", "language"),
        *("vat_id", "tax_number", "registration_reason", "billing_email", "e_invoice", "e_address"),
        *("buyer_reference", "payment_terms_days", "cash_discount_percent", "cash_discount_days"),
        *("default_seller", "debtor_account"),
    }
)
"""What a document needs, or who writes it: all billing is finance's."""


def shows(name: str, *, is_open: bool, bills: bool) -> bool:
    return is_open or name in CARD or (bills and name in BILLING)
