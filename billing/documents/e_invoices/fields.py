"""The fields of a document by their numbers in EN 16931 (BT, BG): of an issued one from its frozen row alone.

A cancellation (384) repeats its invoice with negative quantities, every other credit note (381) is positive. A price
is never negative (BR-27); where four decimals of it do not give the line, it is the price of the whole quantity.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from billing.documents.e_invoices.timing import time_fields
from billing.documents.paper import tax_in_words, treatment_tax
from billing.models import Invoice, InvoiceLine, InvoiceVat
from billing.rules.document_words import words_in
from billing.rules.vat import Tax
from billing.services.credits import CreditKind
from billing.services.currencies import base_currency
from billing.services.frozen import SELLER_FIELDS, freeze_buyer, freeze_seller
from crm.money import quantise

PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
LEITWEG = re.compile(r"\d{2,12}-[0-9A-Z]{1,30}-\d{2}")
SCHEMED = re.compile(r"(\d{4}):(\S+)")
PLACEHOLDER = "DRAFT"
TAX_DECLARATION, REASON, GENERAL = "TXD", "ACD", "AAI"
SLACK = Decimal("0.01")
FOUR = Decimal("0.0001")

type Fields = dict[str, Any]


def e_invoice_fields(invoice: Invoice, *, on: date) -> Fields:
    """Everything but BT-24, which says for which format it is written; `on` is the day of a draft."""
    seller = invoice.seller_frozen or freeze_seller(invoice.seller, currency=invoice.currency)
    buyer = invoice.buyer_frozen or freeze_buyer(invoice.client)
    lines = list(invoice.lines.order_by("position").select_related("sets_off__invoice"))
    sign = -1 if type_of(invoice) == "384" else 1
    return _filled(
        {
            "BT-1": invoice.number or PLACEHOLDER,
            "BT-2": invoice.issued_on or on,
            "BT-3": type_of(invoice),
            "BT-5": invoice.currency,
            "BT-10": invoice.buyer_reference or buyer.get("buyer_reference"),
            "BT-12": invoice.contract_reference,
            "BT-13": invoice.order_reference,
            "BT-23": PROCESS,
            **time_fields(invoice, lines, seller, on=on),
            **_payment(invoice, seller),
            "BG-1": list(_notes(invoice, seller)),
            "BG-3": list(_preceding(invoice, lines)),
            "BG-4": _seller(seller, is_out_of_scope=invoice.treatment == Invoice.Treatment.OUT_OF_SCOPE),
            "BG-7": _buyer(buyer, is_out_of_scope=invoice.treatment == Invoice.Treatment.OUT_OF_SCOPE),
            "BG-23": [_group(invoice, row, sign) for row in invoice.vat.order_by("-rate", "category")],
            "BG-25": [_line(line, sign) for line in lines],
            **_totals(invoice, sign),
        }
    )


def party_fields(invoice: Invoice) -> Fields:
    """The parties of a draft and how they find each other, without its lines and the company's accounts."""
    seller = {name: getattr(invoice.seller, name) for name in SELLER_FIELDS}
    buyer = freeze_buyer(invoice.client)
    is_out_of_scope = invoice.treatment == Invoice.Treatment.OUT_OF_SCOPE
    return _filled(
        {
            "BT-10": invoice.buyer_reference or buyer.get("buyer_reference"),
            "BG-4": _seller(seller, is_out_of_scope=is_out_of_scope),
            "BG-7": _buyer(buyer, is_out_of_scope=is_out_of_scope),
        }
    )


def type_of(invoice: Invoice) -> str:
    """UNTDID 1001: 380 invoice, 384 cancellation of a whole invoice, 381 any other credit note."""
    if invoice.kind != Invoice.Kind.CREDIT_NOTE:
        return "380"
    return "384" if invoice.correction_kind == CreditKind.FULL else "381"


def _payment(invoice: Invoice, seller: Mapping[str, Any]) -> Fields:
    bank = seller.get("bank") or {}
    iban = str(bank.get("iban") or "")
    return {
        "BT-81": "58" if iban else "30",
        "BT-83": invoice.number or PLACEHOLDER,
        "BT-84": iban or bank.get("account_number"),
        "BT-85": bank.get("holder") or seller.get("name"),
        "BT-86": bank.get("bic"),
    }


def _notes(invoice: Invoice, seller: Mapping[str, Any]) -> Iterator[Fields]:
    """Each with its subject (UNTDID 4451): what the law wants said of the tax, why it corrects, and free words."""
    words = words_in(invoice.language)
    tax = _tax(invoice)
    said = [tax, *(tax_in_words(row.category, tax) for row in invoice.vat.all())]
    for text in dict.fromkeys(each.text for each in said if each.text):
        yield {"BT-21": TAX_DECLARATION, "BT-22": words[text]}
    if seller.get("is_taxed_when_paid") and invoice.vat_amount:
        yield {"BT-21": TAX_DECLARATION, "BT-22": words["when_paid"]}
    for subject, note in ((REASON, invoice.reason), (GENERAL, invoice.notes)):
        if note.strip():
            yield {"BT-21": subject, "BT-22": note}


def _preceding(invoice: Invoice, lines: Iterable[InvoiceLine]) -> Iterator[Fields]:
    """What a credit note takes back, and the advances that a final invoice sets off."""
    advances = {line.sets_off.invoice for line in lines if line.sets_off}
    named = {invoice.corrects} if invoice.corrects else advances
    for each in sorted(named, key=lambda row: row.number):
        yield {"BT-25": each.number, "BT-26": each.issued_on}


def _party(party: Mapping[str, Any]) -> Fields:
    return {
        "name": party.get("name"),
        "addr_l1": party.get("street"),
        "city": party.get("city"),
        "postcode": party.get("postcode"),
        "country_code": party.get("country"),
    }


def _seller(seller: Mapping[str, Any], *, is_out_of_scope: bool) -> Fields:
    """Outside of VAT no VAT ID may stand (BR-O-02): the register entry says who the seller is then."""
    contact = {"name": seller.get("contact_name"), "phone": seller.get("phone"), "email": seller.get("email")}
    ids = (
        {} if is_out_of_scope else {"vat_identifier": seller.get("vat_id"), "tax_identifier": seller.get("tax_number")}
    )
    return (
        _party(seller)
        | {"legal_identifier": seller.get("register_entry"), "contacts": [_filled(contact)]}
        | ids
        | _electronic(str(seller.get("email") or ""))
    )


def _buyer(buyer: Mapping[str, Any], *, is_out_of_scope: bool) -> Fields:
    ids = {} if is_out_of_scope else {"vat_identifier": buyer.get("vat_id")}
    return _party(buyer) | ids | _electronic(str(buyer.get("e_address") or buyer.get("billing_email") or ""))


def _electronic(address: str) -> Fields:
    """An address with the scheme that its form tells: e-mail, Leitweg-ID, German VAT ID; others name it (0088:…)."""
    if not address:
        return {}
    if named := SCHEMED.fullmatch(address):
        return {"einvoicing_addr": named[2], "einvoicing_addr_schemeid": named[1]}
    scheme = "EM" if "@" in address else "0204" if LEITWEG.fullmatch(address) else "9930"
    return {"einvoicing_addr": address, "einvoicing_addr_schemeid": scheme}


def _tax(invoice: Invoice) -> Tax:
    regime = (invoice.seller_frozen or {}).get("vat_regime") or invoice.seller.vat_regime
    return treatment_tax(invoice.treatment, str(regime))


def _group(invoice: Invoice, row: InvoiceVat, sign: int) -> Fields:
    net, vat = row.net_amount * sign, row.vat_amount * sign
    group = {
        "BT-116": _amount(net),
        "BT-117": _amount(vat),
        "BT-118": row.category,
        "BT-119": f"{row.rate:.2f}",  # 0.00 outside of VAT: BR-48 lets it out, BR-DE-14 never
    }
    if row.category != "S":
        tax = tax_in_words(row.category, _tax(invoice))
        reason = words_in(invoice.language)[tax.text] if tax.text else ""
        group |= {"BT-120": reason, "BT-121": tax.exemption}
    return group


def _line(line: InvoiceLine, sign: int) -> Fields:
    net = line.net_amount * sign
    quantity = abs(line.quantity) or Decimal(1)
    price = (abs(net) / quantity).quantize(FOUR)
    name, *rest = line.description.strip().splitlines() or [line.get_kind_display()]
    fields: Fields = {
        "BT-126": str(line.position),
        "BT-129": _decimal(-quantity if net < 0 else quantity),
        "BT-130": line.unit,
        "BT-131": _amount(net),
        "BT-146": f"{price:.4f}",
        "BT-151": line.vat_category,
        "BT-153": name.strip(),
        "BT-154": " ".join(part.strip() for part in rest if part.strip()),
    }
    if line.vat_category != "O":
        fields["BT-152"] = f"{line.vat_rate:.2f}"
    if abs(price * quantity - abs(net)) > SLACK:
        fields |= {"BT-146": f"{abs(net):.4f}", "BT-149": _decimal(quantity)}
    if line.supplied_from and line.supplied_to:
        fields |= {"BT-134": line.supplied_from, "BT-135": line.supplied_to}
    return fields


def _totals(invoice: Invoice, sign: int) -> Fields:
    net, vat, gross = (_amount(part * sign) for part in (invoice.net_amount, invoice.vat_amount, invoice.gross_amount))
    totals = {"BT-106": net, "BT-109": net, "BT-110": vat, "BT-112": gross, "BT-115": gross}
    if invoice.currency != "EUR" == base_currency() and invoice.base_rate and invoice.vat_amount:
        base_vat = quantise(invoice.vat_amount * invoice.base_rate, "EUR")
        totals |= {"BT-6": "EUR", "BT-111": _amount(base_vat * sign)}
    return totals


def _amount(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _decimal(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _filled(fields: Fields) -> Fields:
    """Without what is empty: an empty element is an error (PEPPOL-R008)."""
    found: Fields = {}
    for name, value in fields.items():
        kept = _filled(value) if isinstance(value, dict) else value
        if isinstance(value, list):
            kept = [_filled(each) if isinstance(each, dict) else each for each in value]
            kept = [each for each in kept if each]
        if kept not in ("", None, [], {}):
            found[name] = kept
    return found
