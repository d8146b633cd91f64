"""The terms of payment of a document in words, as its paper and its e-invoice state them."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from babel.dates import format_date

from billing.models import Invoice
from billing.rules.cash_discount import cash_discount
from billing.rules.document_words import words_in
from crm.web.formats import write_money, write_number


def payment_terms(invoice: Invoice, *, on: date) -> Iterator[str]:
    """Sentences in the active language, which is the document's; `on` is the day of a draft. A credit note has none."""
    if invoice.kind == Invoice.Kind.CREDIT_NOTE:
        return
    due = format_date(invoice.due_on or on, "long", locale=invoice.language)
    yield words_in(invoice.language)["payable_until"].format(day=due)
    if invoice.cash_discount_percent is not None and invoice.cash_discount_days is not None:
        until = invoice.discount_until_on or on + timedelta(days=invoice.cash_discount_days)
        yield cash_discount_words(invoice, until=until)


def cash_discount_words(invoice: Invoice, *, until: date) -> str:
    """Until when, and what is to be paid then: of the whole, before credit notes."""
    percent = invoice.cash_discount_percent or Decimal(0)
    kept = cash_discount(invoice.gross_amount, percent=percent, currency=invoice.currency)
    return words_in(invoice.language)["cash_discount"].format(
        percent=write_number(percent, 2, trim=True),
        day=format_date(until, "long", locale=invoice.language),
        amount=write_money(invoice.gross_amount - kept, invoice.currency),
    )
