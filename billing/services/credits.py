"""Credit notes: own documents that take back an issued invoice, in full or by lines, never more than remains.

A full one is the exact negative of what is left. Work that it frees returns to WIP once; hours that a package had
paid for go back to the package, and their entry is submitted again, to be covered anew at its approval.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice, InvoiceLine
from billing.rules.credits import NOTHING, CreditProblem, CreditRefusedError, Money, credit_part
from billing.rules.lines import PLACES
from billing.rules.vat import VatGroup
from billing.services.billed_expenses import release_expenses
from billing.services.issuing import seal_document
from billing.services.locks import check_documents_open
from billing.services.payments import free_overpaid
from billing.services.releases import holds_work, minutes_on, release_all, release_entries
from billing.services.totals import write_groups
from crm.models import User
from crm.money import quantise, round_half_up

type Parts = dict[InvoiceLine, Money]

COPIED = (
    "client",
    "seller",
    "engagement",
    "currency",
    "price_includes_tax",
    "treatment",
    "language",
    "buyer_reference",
    "contract_reference",
    "order_reference",
    "supply_from",
    "supply_to",
)
LINE_COPIED = (
    "kind",
    "service_line",
    "description",
    "unit",
    "unit_price",
    "vat_rate",
    "vat_category",
    "supplied_from",
    "supplied_to",
    "offer",
)


class CreditKind(StrEnum):
    FULL = "full"
    PARTIAL = "partial"
    GOODWILL = "goodwill"
    PACKAGE_REFUND = "package_refund"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditLine:
    """What to take back of a line: an amount in the document's basis, or a quantity, or the entries it names."""

    line_id: int
    amount: Decimal | None = None
    quantity: Decimal | None = None
    entries: tuple[int, ...] = ()


REFUSALS = {
    CreditProblem.NOTHING: _("Name an amount to take back."),
    CreditProblem.TOO_MUCH: _("Only %(left)s is left on this line."),
}


@transaction.atomic
def credit_invoice(
    invoice: Invoice,
    *,
    kind: CreditKind,
    reason: str,
    issued_on: date,
    by: User,
    at: datetime,
    lines: Sequence[CreditLine] = (),
) -> Invoice:
    """Issues a credit note and frees what it takes back: work, minutes, expenses, and money that was paid for it.

    A partial one frees the entries that it names, and what stands on a line that it takes back as a whole.

    ValidationError: `wrong_status` for a draft or another credit note, `already_done` when nothing is left,
    `credit_too_much`, `period_locked`, `number_order`; `required` without a reason, or without lines where the
    kind needs them.
    """
    check_documents_open(invoice.seller, on=issued_on)
    row = _creditable(invoice, reason)
    left = left_on_lines(row)
    if kind is CreditKind.FULL:
        _check_not_set_off(row)
    parts = _whole(left) if kind is CreditKind.FULL else _named(row, left, lines)
    credit = _write_credit(row, parts, kind=kind, reason=reason.strip(), by=by, on=issued_on)
    if kind is CreditKind.FULL:
        release_all(row, credit, by=by, at=at)
    elif kind is CreditKind.PARTIAL:
        release_entries({line.line_id: line.entries for line in lines}, credit, by=by, at=at)
    sealed = seal_document(credit, issued_on=issued_on, by=by, at=at)
    release_expenses(row)
    free_overpaid(row, by=by, at=at)
    return sealed


def preview_credit(invoice: Invoice, *, kind: CreditKind, lines: Sequence[CreditLine] = ()) -> Money:
    """What such a credit note would come to; writes nothing. The refusals are those of `credit_invoice`."""
    left = left_on_lines(invoice)
    parts = _whole(left) if kind is CreditKind.FULL else _named(invoice, left, lines)
    return sum(parts.values(), NOTHING)


def left_on_lines(invoice: Invoice) -> dict[InvoiceLine, Money]:
    """What credit notes have left of each line of an issued invoice; of an advance, what is not set off either."""
    issued = InvoiceLine.objects.filter(credits__invoice=invoice, invoice__status=Invoice.Status.ISSUED)
    credited = _sums(issued, "credits")
    used = set_off_of(invoice)
    return {
        line: _money(line).less(credited.get(line.pk, NOTHING)).less(used.get(line.pk, NOTHING))
        for line in invoice.lines.select_related("invoice", "offer").order_by("position")
    }


def set_off_of(invoice: Invoice) -> dict[int, Money]:
    """What final invoices, also drafts of them, have set off of each advance of an invoice and not given back."""
    rows = InvoiceLine.objects.filter(sets_off__invoice=invoice)
    back = _sums(rows.filter(credited_by__invoice__status=Invoice.Status.ISSUED), "sets_off", of="credited_by__")
    return {
        pk: NOTHING.less(taken).less(NOTHING.less(back.get(pk, NOTHING)))
        for pk, taken in _sums(rows, "sets_off").items()
    }


def _sums(rows: QuerySet[InvoiceLine], key: str, *, of: str = "") -> dict[int, Money]:
    """Amounts, net and VAT of lines by the line that they name."""
    sums = {
        "taken": Sum(f"{of}amount"),
        "taken_net": Sum(f"{of}net_amount"),
        "taken_vat": Sum(f"{of}vat_amount"),
    }
    found = rows.order_by().values(key).annotate(**sums).values_list(key, *sums)
    return {row[0]: Money(*row[1:]) for row in found}


def _creditable(invoice: Invoice, reason: str) -> Invoice:
    row = Invoice.objects.locked().select_related("client", "seller").get(pk=invoice.pk)
    if row.status != Invoice.Status.ISSUED or row.kind != Invoice.Kind.INVOICE:
        raise ValidationError(_("Only an issued invoice can be credited."), code="wrong_status")
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Write a reason."), code="required")})
    return row


def _check_not_set_off(invoice: Invoice) -> None:
    """An advance that a final invoice counts on is not taken back under it."""
    final = InvoiceLine.objects.filter(sets_off__invoice=invoice).select_related("invoice").first()
    if final is not None and any(not used.is_nothing for used in set_off_of(invoice).values()):
        number = str(final.invoice)
        message = _("It is set off on %(number)s: take that back first.")
        raise ValidationError(message, code="wrong_status", params={"number": number})


def _whole(left: Mapping[InvoiceLine, Money]) -> Parts:
    """Everything that is left; lines of 0.00 come along while work stands on them."""
    parts = {line: rest for line, rest in left.items() if not rest.is_nothing or holds_work(line)}
    if not parts:
        raise ValidationError(_("This invoice is credited in full already."), code="already_done")
    return parts


def _named(invoice: Invoice, left: Mapping[InvoiceLine, Money], lines: Sequence[CreditLine]) -> Parts:
    if not lines:
        raise ValidationError({"lines": ValidationError(_("Name the lines to credit."), code="required")})
    rows = {line.pk: line for line in left}
    parts: Parts = {}
    if invoice.lines.redeemed().filter(pk__in=[asked.line_id for asked in lines]).exists():
        message = _("These hours were paid when they were sold: credit the invoice in full.")
        raise ValidationError({"lines": ValidationError(message, code="wrong_status")})
    for asked in lines:
        line = rows.get(asked.line_id)
        if line is None or line in parts:
            raise ValidationError({"lines": ValidationError(_("Name each line of this invoice once."), code="invalid")})
        parts[line] = _part(invoice, line, left[line], asked)
    returned = {rows[asked.line_id] for asked in lines if asked.entries}
    return parts | _discounts_of(returned, parts, left)


def _discounts_of(returned: Collection[InvoiceLine], parts: Parts, left: Mapping[InvoiceLine, Money]) -> Parts:
    """The share of each discount that returning work had: it is discounted again when it is billed anew.

    A discount that is named itself is taken back as it is named.
    """
    shares: Parts = {}
    for off, rest in left.items():
        lowered = [line for line in left if line.discounted_by_id == off.pk]
        gone = sum((Fraction(parts[line].amount) for line in lowered if line in returned), Fraction(0))
        if off in parts or rest.is_nothing or not gone:
            continue
        whole = sum((Fraction(left[line].amount) for line in lowered), Fraction(0))
        if amount := quantise(Fraction(rest.amount) * gone / whole, off.invoice.currency):
            shares[off] = _money_part(off, rest, amount)
    return shares


def _part(invoice: Invoice, line: InvoiceLine, left: Money, asked: CreditLine) -> Money:
    amount = _asked_amount(invoice, line, left, asked)
    if left.is_nothing and asked.entries:
        return NOTHING
    try:
        return _money_part(line, left, amount)
    except CreditRefusedError as refused:
        error = ValidationError(REFUSALS[refused.code], code=refused.code.value, params={"left": str(refused.left)})
        raise ValidationError({"lines": error}) from refused


def _money_part(line: InvoiceLine, left: Money, amount: Decimal) -> Money:
    invoice = line.invoice
    return credit_part(
        left,
        amount,
        rate=line.vat_rate,
        basis="gross" if invoice.price_includes_tax else "net",
        currency=invoice.currency,
    )


def _asked_amount(invoice: Invoice, line: InvoiceLine, left: Money, asked: CreditLine) -> Decimal:
    """Entries take their share of what is left of the line by their minutes, and never another amount.

    They return to be billed anew at their whole price: with less taken back the client would pay them twice.
    """
    amount = named_amount(invoice, line, asked)
    if not asked.entries:
        return Decimal(0) if amount is None else amount
    share = _share_of_entries(invoice, line, left, asked.entries)
    if amount is not None and amount != share:
        message = _("The work named comes to %(amount)s: leave the amount empty, or credit it on a note of its own.")
        error = ValidationError(message, code="invalid", params={"amount": str(share)})
        raise ValidationError({"lines": error})
    return share


def _share_of_entries(invoice: Invoice, line: InvoiceLine, left: Money, entries: Collection[int]) -> Decimal:
    """ValidationError `invalid` for work that does not stand on the line."""
    standing = set(line.billed.filter(released_by=None).values_list("entry", flat=True))
    if not standing.issuperset(entries):
        raise ValidationError({"lines": ValidationError(_("Name work that stands on this line."), code="invalid")})
    minutes, whole = minutes_on(line, entries), minutes_on(line)
    return quantise(Fraction(left.amount) * minutes / whole, invoice.currency) if whole else Decimal(0)


def named_amount(invoice: Invoice, line: InvoiceLine, asked: CreditLine) -> Decimal | None:
    """The amount that was asked for itself or as a quantity."""
    if asked.amount is not None or asked.quantity is None:
        return asked.amount
    return quantise(Fraction(asked.quantity) * Fraction(line.unit_price), invoice.currency)


def _write_credit(invoice: Invoice, parts: Parts, *, kind: CreditKind, reason: str, by: User, on: date) -> Invoice:
    net = sum((part.net for part in parts.values()), Decimal("0.00"))
    vat = sum((part.vat for part in parts.values()), Decimal("0.00"))
    credit = Invoice.objects.create(
        kind=Invoice.Kind.CREDIT_NOTE,
        corrects=invoice,
        correction_kind=kind.value,
        reason=reason[:200],
        drafted_by=by,
        drafted_on=on,
        net_amount=net,
        vat_amount=vat,
        gross_amount=net + vat,
        **{name: getattr(invoice, name) for name in COPIED},
    )
    pairs = enumerate(parts.items(), start=1)
    InvoiceLine.objects.bulk_create(_credit_line(credit, place, line, part) for place, (line, part) in pairs)
    write_groups(credit, _groups(parts))
    return credit


def _credit_line(credit: Invoice, position: int, line: InvoiceLine, part: Money) -> InvoiceLine:
    quantity = line.quantity
    if part.amount != line.amount and line.unit_price:
        quantity = round_half_up(Fraction(part.amount) / Fraction(line.unit_price), PLACES)
    return InvoiceLine(
        invoice=credit,
        position=position,
        credits=line,
        quantity=quantity,
        amount=part.amount,
        net_amount=part.net,
        vat_amount=part.vat,
        **{name: getattr(line, name) for name in LINE_COPIED},
    )


def _groups(parts: Parts) -> tuple[VatGroup, ...]:
    sums: dict[tuple[Decimal, str], tuple[Decimal, Decimal]] = {}
    for line, part in parts.items():
        net, vat = sums.get((line.vat_rate, line.vat_category), (Decimal(0), Decimal(0)))
        sums[line.vat_rate, line.vat_category] = (net + part.net, vat + part.vat)
    return tuple(VatGroup(category, rate, net, vat) for (rate, category), (net, vat) in sums.items())


def _money(line: InvoiceLine) -> Money:
    return Money(line.amount, line.net_amount, line.vat_amount)
