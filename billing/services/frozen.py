"""What an issued document says, as plain values: frozen parties, and the canonical content whose hash is kept."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from billing.models import Invoice, InvoiceLine, InvoiceVat
from clients.models import BankAccount, Client, Seller

SELLER_FIELDS = [
    "name",
    "street",
    "postcode",
    "city",
    "country",
    "language",
    "vat_regime",
    "is_taxed_when_paid",
    "vat_id",
    "tax_number",
    "registration_reason",
    "register_entry",
    "contact_name",
    "director_name",
    "phone",
    "email",
]
BUYER_FIELDS = [
    "name",
    "legal_name",
    "street",
    "postcode",
    "city",
    "country",
    "vat_id",
    "tax_number",
    "registration_reason",
    "billing_email",
    "buyer_reference",
    "e_invoice",
    "e_address",
]
REFERENCES = ("contract_reference", "order_reference")
BANK_FIELDS = ["currency", "holder", "iban", "bic", "account_number", "bik", "correspondent_account", "bank_name"]


def freeze_seller(seller: Seller, *, currency: str) -> dict[str, Any]:
    """The seller with the account on which the document is paid: the first of its currency, else the first."""
    return _values(seller, SELLER_FIELDS) | {"bank": _bank_account(seller, currency)}


def freeze_buyer(client: Client) -> dict[str, Any]:
    return _values(client, BUYER_FIELDS) | {"name": client.legal_name or client.name}


def canonical_invoice(invoice: Invoice) -> dict[str, Any]:
    """Everything that a stored document states; two documents with one hash say the same."""
    lines, groups = invoice.lines.order_by("position"), invoice.vat.order_by("-rate", "category")
    return canonical_content(invoice, lines=lines, groups=groups)


def canonical_draft(draft: Invoice) -> dict[str, Any]:
    """What a draft would state if it were issued now, without its number and dates, which come with the issue."""
    parties = {"seller": freeze_seller(draft.seller, currency=draft.currency), "buyer": freeze_buyer(draft.client)}
    return canonical_invoice(draft) | parties | {"number": "", "issued_on": None, "due_on": None}


def canonical_content(
    invoice: Invoice, *, lines: Iterable[InvoiceLine], groups: Iterable[InvoiceVat]
) -> dict[str, Any]:
    """The same of a document whose parts are given, by position and by falling rate; they need not be stored."""
    percent, days = invoice.cash_discount_percent, invoice.cash_discount_days
    terms: dict[str, Any] = {} if percent is None else {"cash_discount": [percent, days]}
    named = {name: getattr(invoice, name) for name in REFERENCES if getattr(invoice, name)}
    return (
        terms
        | named
        | {
            "kind": invoice.kind,
            "number": invoice.number,
            "issued_on": invoice.issued_on,
            "due_on": invoice.due_on,
            "supply": [invoice.supply_from, invoice.supply_to],
            "currency": invoice.currency,
            "price_includes_tax": invoice.price_includes_tax,
            "treatment": invoice.treatment,
            "language": invoice.language,
            "buyer_reference": invoice.buyer_reference,
            "notes": invoice.notes,
            "reason": invoice.reason,
            "corrects": invoice.corrects.number if invoice.corrects else None,
            "seller": invoice.seller_frozen,
            "buyer": invoice.buyer_frozen,
            "lines": [_line(line) for line in lines],
            "vat": [[group.category, group.rate, group.net_amount, group.vat_amount] for group in groups],
            "totals": [invoice.net_amount, invoice.vat_amount, invoice.gross_amount],
        }
    )


def sha256_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of the content as canonical JSON: sorted keys, no spaces, UTF-8, amounts as they are stored."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _line(line: InvoiceLine) -> list[Any]:
    return [
        line.position,
        line.kind,
        line.description,
        line.details,
        line.quantity,
        line.unit,
        line.unit_price,
        line.amount,
        line.net_amount,
        line.vat_amount,
        line.vat_category,
        line.vat_rate,
    ]


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no canonical form")


def _values(row: Seller | Client | BankAccount, names: list[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _bank_account(seller: Seller, currency: str) -> dict[str, Any]:
    accounts = sorted(seller.bank_accounts.all(), key=lambda row: (row.currency != currency, row.pk))
    return _values(accounts[0], BANK_FIELDS) if accounts else {}
