"""The code under an invoice that a banking app scans, as SVG: one drawing serves the page and the PDF."""

from io import BytesIO

import segno

from billing.models import Invoice
from billing.rules.bank.references import rf_reference
from billing.rules.payment_codes import EPC_MOST, epc_payload, st00012_payload
from billing.rules.vat import states_rate

ST_NEEDS = ("bik", "account_number", "bank_name")  # mandatory by GOST R 56042, beside the payee's name


def payment_code(invoice: Invoice, *, seller: dict[str, object]) -> str:
    """SVG of the code for an invoice that is to be paid; empty where no code fits its currency and account."""
    if invoice.kind != Invoice.Kind.INVOICE or invoice.gross_amount <= 0:
        return ""
    payload = _payload(invoice, seller)
    return _draw(payload) if payload else ""


def _payload(invoice: Invoice, seller: dict[str, object]) -> str:
    given = seller.get("bank")
    bank = {name: str(value) for name, value in given.items()} if isinstance(given, dict) else {}
    name = bank.get("holder") or str(seller.get("name", ""))
    if invoice.currency == "EUR" and bank.get("iban") and invoice.gross_amount <= EPC_MOST:
        return epc_payload(
            name=name,
            iban=bank["iban"],
            bic=bank.get("bic", ""),
            amount=invoice.gross_amount,
            reference=rf_reference(invoice.number),
            text=invoice.number,
        )
    if invoice.currency == "RUB" and all(bank.get(field) for field in ST_NEEDS):
        return st00012_payload(
            name=name,
            account=bank["account_number"],
            bank=bank.get("bank_name", ""),
            bik=bank["bik"],
            correspondent=bank.get("correspondent_account", ""),
            amount=invoice.gross_amount,
            purpose=_purpose(invoice),
            tax_number=str(seller.get("tax_number", "")),
            registration_reason=str(seller.get("registration_reason", "")),
        )
    return ""


def _purpose(invoice: Invoice) -> str:
    """What a Russian payment order says: the document, its day, and its VAT or that there is none."""
    day = f" от {invoice.issued_on:%d.%m.%Y}" if invoice.issued_on else ""
    charged = [group for group in invoice.vat.order_by("-rate") if states_rate(group.category)]
    taxed = "; ".join(f"НДС {group.rate.normalize():f}% - {group.vat_amount:.2f}" for group in charged)
    return f"Оплата по счету № {invoice.number}{day}. {f'В т.ч. {taxed}' if taxed else 'Без НДС'}"


def _draw(payload: str) -> str:
    """Error correction M, as EPC069-12 wants; a quiet zone of four modules around."""
    out = BytesIO()
    code = segno.make(payload, error="m", encoding="utf-8", boost_error=False, micro=False)
    code.save(out, kind="svg", border=4, xmldecl=False, svgclass=None, lineclass=None, omitsize=True)
    return out.getvalue().decode()
