"""Advances and the final invoice, which sets them off with their VAT, so that each counts once (UStG § 14(5) S. 2).

A set-off is a negative line at the advance's own VAT: 52 h done and 50 h paid ahead leave 300.00 = 252.10 + 47.90.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from babel.dates import format_date
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice, InvoiceLine
from billing.rules.credits import Money
from billing.rules.document_words import words_in
from billing.rules.vat import Tax
from billing.services.credits import left_on_lines
from billing.services.drafts import LineDraft, add_lines, locked_draft
from crm.money import quantise
from crm.web.formats import write_money


@dataclass(frozen=True, slots=True)
class OpenAdvance:
    """An issued advance and what no credit note took back and no final invoice has set off yet."""

    line: InvoiceLine
    left: Money


def open_advances(draft: Invoice) -> list[OpenAdvance]:
    """Advances that a draft may set off: of its client, own company, currency and tax basis, the oldest first."""
    rows = (
        Invoice.objects.issued()
        .invoices()
        .filter(
            client__in=draft.client.family,
            seller=draft.seller_id,
            currency=draft.currency,
            price_includes_tax=draft.price_includes_tax,
            lines__kind=InvoiceLine.Kind.ADVANCE,
        )
    )
    if draft.engagement_id:
        rows = rows.filter(engagement=draft.engagement_id) | rows.filter(engagement=None)
    return list(_open(rows.distinct().order_by("issued_on", "pk")))


@transaction.atomic
def set_off_advances(draft: Invoice, *, amounts: Mapping[int, Decimal] | None = None) -> list[InvoiceLine]:
    """Sets off advances on a draft: all that are open, or amounts by the id of their line; never below zero in all.

    ValidationError: `wrong_status` once issued, `nothing_to_set_off`, `set_off_too_much`.
    """
    list(Invoice.objects.filter(pk__in=[row.line.invoice_id for row in open_advances(draft)]).locked())
    row = locked_draft(draft)
    room = row.gross_amount if row.price_includes_tax else row.net_amount
    made: list[LineDraft] = []
    for advance in _asked(open_advances(row), amounts):
        part = min(advance.left.amount, room) if amounts is None else quantise(amounts[advance.line.pk], row.currency)
        if not 0 <= part <= min(advance.left.amount, room):
            raise _too_much(min(advance.left.amount, room))
        room -= part
        if part:
            made.append(set_off_line(advance, part, language=row.language))
    if not made:
        raise ValidationError(_("There is no advance to set off."), code="nothing_to_set_off")
    return add_lines(row, made)


def _open(invoices: Iterable[Invoice]) -> Iterable[OpenAdvance]:
    for invoice in invoices:
        for line, left in left_on_lines(invoice).items():
            if line.kind == InvoiceLine.Kind.ADVANCE and left.amount > 0:
                yield OpenAdvance(line, left)


def _asked(found: list[OpenAdvance], amounts: Mapping[int, Decimal] | None) -> list[OpenAdvance]:
    if amounts is None:
        return found
    asked = [advance for advance in found if advance.line.pk in amounts]
    if len(asked) < len(amounts):
        raise ValidationError(_("There is no advance to set off."), code="nothing_to_set_off")
    return asked


def _too_much(left: Decimal) -> ValidationError:
    return ValidationError(_("At most %(left)s can be set off."), code="set_off_too_much", params={"left": left})


def set_off_line(advance: OpenAdvance, part: Decimal, *, language: str) -> LineDraft:
    """The negative line of a final invoice, at the advance's own VAT."""
    line = advance.line
    return LineDraft(
        kind=InvoiceLine.Kind.SET_OFF,
        description=_description(advance, part, language),
        tax=Tax(line.vat_category, line.vat_rate),
        unit_price=-part,
        amount=-part,
        service_line_id=line.service_line_id,
        agreed_percent=line.agreed_vat_rate,
        offer=line.offer,
        sets_off=line,
    )


def _description(advance: OpenAdvance, part: Decimal, language: str) -> str:
    """Which advance, with its net and VAT, as the law wants it on the final invoice."""
    invoice, left = advance.line.invoice, advance.left
    net = left.net if part == left.amount else _share(left.net, part, left, invoice.currency)
    gross = part if invoice.price_includes_tax else part + _share(left.vat, part, left, invoice.currency)
    with translation.override(language):
        return words_in(language)["set_off"].format(
            number=invoice.number,
            day=_day(invoice.issued_on, language),
            net=write_money(net, invoice.currency),
            vat=write_money(gross - net, invoice.currency),
        )


def _day(day: date | None, language: str) -> str:
    return format_date(day, "medium", locale=language) if day else ""


def _share(amount: Decimal, part: Decimal, left: Money, currency: str) -> Decimal:
    return quantise(Fraction(amount) * Fraction(part) / Fraction(left.amount), currency)
