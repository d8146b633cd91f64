"""Drafts of invoices: opened, lines added, changed, moved and removed; everything is free until the issue."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from billing.models import BilledCoverage, Coverage, Engagement, Invoice, InvoiceLine, LedgerRow, Offer, ShownExtra
from billing.rules.vat import RateChange, RateKind, Tax
from billing.services.frozen import REFERENCES
from billing.services.notices import bill_raised
from billing.services.taxes import Taxes, treatment_of
from billing.services.totals import reckon_draft
from clients.models import CashDiscountTerms, Client, Seller, ServiceLine
from clients.services.extras import mark_extras_invoiced
from crm.db import worded
from crm.jobs import enqueue
from crm.models import User
from crm.money import quantise

HAND_KINDS = (
    InvoiceLine.Kind.FIXED,
    InvoiceLine.Kind.PRODUCT,
    InvoiceLine.Kind.LICENCE,
    InvoiceLine.Kind.EXPENSE,
    InvoiceLine.Kind.TIME,
    InvoiceLine.Kind.DISCOUNT,
    InvoiceLine.Kind.ADVANCE,
)


TERMS = ("cash_discount_percent", "cash_discount_days")
TEXTS = {"buyer_reference", *REFERENCES, "notes", "external_source", "external_id", *TERMS}


ASK_AGAIN_AFTER = 30  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftTerms:
    """What one draft has one of: seller, currency and tax basis, and the agreement whose cash discount it has.

    Where that has none of its own, the client's terms hold.
    """

    client: Client
    seller: Seller
    currency: str
    price_includes_tax: bool
    engagement: Engagement | None = None
    agreement: CashDiscountTerms | None = None

    @property
    def cash_discount(self) -> dict[str, Any]:
        agreed = self.agreement is not None and self.agreement.cash_discount_percent is not None
        source = self.agreement if agreed else self.client
        return {name: getattr(source, name) for name in TERMS}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDraft:
    """A line before it is saved; `amount` is taken from quantity and price unless it is given."""

    kind: str
    description: str
    tax: Tax
    quantity: Decimal = Decimal(1)
    unit: str = "C62"
    unit_price: Decimal = Decimal(0)
    amount: Decimal | None = None
    service_line_id: int | None = None
    supplied_from: date | None = None
    supplied_to: date | None = None
    agreed_percent: Decimal | None = None
    change: RateChange = RateChange.PRICE_STAYS
    details: Mapping[str, Any] = field(default_factory=dict)
    cost: Decimal | None = None
    offer: Offer | None = None
    sets_off: InvoiceLine | None = None
    purchase: LedgerRow | None = None
    discount_id: int | None = None
    lowers: tuple["LineDraft", ...] = ()

    def worth(self, currency: str) -> Decimal:
        if self.amount is not None:
            return self.amount
        return quantise(Fraction(self.quantity) * Fraction(self.unit_price), currency)

    def row(self, invoice: Invoice, position: int) -> InvoiceLine:
        return InvoiceLine(
            invoice=invoice,
            position=position,
            kind=self.kind,
            description=self.description[:1000],
            details=dict(self.details),
            quantity=self.quantity,
            unit=self.unit,
            unit_price=self.unit_price,
            amount=self.worth(invoice.currency),
            service_line_id=self.service_line_id,
            vat_rate=self.tax.percent,
            vat_category=self.tax.category,
            supplied_from=self.supplied_from or self.supplied_to,
            supplied_to=self.supplied_to,
            agreed_vat_rate=self.agreed_percent,
            rate_change=self.change.value,
            cost=self.cost,
            offer=self.offer,
            sets_off=self.sets_off,
            purchase=self.purchase,
        )


@transaction.atomic
def open_draft(terms: DraftTerms, *, lines: Sequence[LineDraft] = (), by: User | None, on: date) -> Invoice:
    """A new draft with its lines and totals; its language is the client's."""
    check_engagement(terms.engagement, terms.client)
    invoice = Invoice.objects.create(
        client=terms.client,
        seller=terms.seller,
        currency=terms.currency,
        price_includes_tax=terms.price_includes_tax,
        engagement=terms.engagement,
        treatment=treatment_of(terms.seller, terms.client),
        language=terms.client.language,
        buyer_reference=terms.client.buyer_reference,
        **{name: getattr(terms.engagement, name, "") for name in REFERENCES},
        **terms.cash_discount,
        drafted_by=by,
        drafted_on=on,
    )
    add_lines(invoice, lines)
    return invoice


def check_engagement(engagement: Engagement | None, client: Client) -> None:
    if engagement is not None and not client.family.filter(pk=engagement.client_id).exists():
        error = ValidationError(_("This belongs to another client."), code="engagement_foreign")
        raise ValidationError({"engagement": error})


def add_lines(invoice: Invoice, lines: Iterable[LineDraft]) -> list[InvoiceLine]:
    """Lines put at the end of the draft, its totals reckoned."""
    last, drafts = invoice.lines.aggregate(last=Max("position"))["last"] or 0, list(lines)
    rows = [line.row(invoice, position) for position, line in enumerate(drafts, start=last + 1)]
    made = InvoiceLine.objects.bulk_create(rows)
    _link_discounts(drafts, made)
    _written(invoice)
    return made


def _link_discounts(drafts: Sequence[LineDraft], made: Sequence[InvoiceLine]) -> None:
    """Each line names the discount that lowers it, so that work which returns takes its share of it along."""
    rows = {id(draft): row for draft, row in zip(drafts, made, strict=True)}
    lowered = [(rows[id(line)], rows[id(draft)]) for draft in drafts for line in draft.lowers if id(line) in rows]
    for row, discount in lowered:
        row.discounted_by = discount
    if lowered:
        InvoiceLine.objects.bulk_update([row for row, _discount in lowered], ["discounted_by"])


def _written(draft: Invoice) -> None:
    """After any change of its lines: the sums, and for clients who take e-invoices the check of what it says now."""
    reckon_draft(draft)
    ask_for_check(draft)


def ask_for_check(draft: Invoice) -> None:
    """A worker checks the draft; without an e-invoice there is nothing to check."""
    if draft.client.e_invoice != Client.EInvoice.NONE:
        enqueue("billing.tasks.check_draft", draft.pk)


def ask_again(draft: Invoice) -> None:
    """For pages and programs that wait: one message in half a minute, however often they look."""
    if cache.add(f"draft-check-{draft.pk}", "asked", ASK_AGAIN_AFTER):
        ask_for_check(draft)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandLine:
    """A line as a person writes it; without a day it is supplied on the day it is written."""

    kind: str
    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    vat: RateKind = RateKind.STANDARD
    service_line: ServiceLine | None = None
    supplied_on: date | None = None
    cost: Decimal | None = None

    def draft(self, invoice: Invoice, *, on: date) -> LineDraft:
        """ValidationError for a kind that comes from work only, and for a discount that would cost more."""
        if self.kind not in HAND_KINDS:
            raise ValidationError({"kind": ValidationError(_("Lines of this kind come from work."), code="invalid")})
        if self.kind == InvoiceLine.Kind.DISCOUNT and self.unit_price > 0:
            error = ValidationError(_("A discount has a price below zero."), code="discount_positive")
            raise ValidationError({"unit_price": error})
        day = self.supplied_on or on
        return LineDraft(
            kind=self.kind,
            description=self.description,
            tax=Taxes.of(invoice.seller, invoice.treatment).tax(day, self.vat),
            quantity=self.quantity,
            unit=self.unit,
            unit_price=self.unit_price,
            service_line_id=self.service_line.pk if self.service_line else None,
            supplied_to=day,
            cost=self.cost,
        )


@transaction.atomic
def add_hand_line(invoice: Invoice, line: HandLine, *, on: date) -> InvoiceLine:
    """A line written by hand or taken from the catalogue kinds. ValidationError `wrong_status` once issued."""
    draft = locked_draft(invoice)
    return add_lines(draft, [line.draft(draft, on=on)])[0]


@transaction.atomic
def change_line(line: InvoiceLine, **changes: Any) -> InvoiceLine:
    """Changes words, quantity or price of a draft's line; work keeps its minutes, so only its words change."""
    draft = locked_draft(line.invoice)
    row = draft.lines.get(pk=line.pk)
    if row.kind not in HAND_KINDS or row.billed.exists():
        changes = {name: value for name, value in changes.items() if name in ("description", "service_line")}
    for name, value in changes.items():
        setattr(row, name, value)
    if {"quantity", "unit_price"} & changes.keys():
        row.amount = quantise(Fraction(row.quantity) * Fraction(row.unit_price), draft.currency)
    row.save()
    _written(draft)
    return row


def rewrite_line(line: InvoiceLine, written: HandLine, *, on: date) -> InvoiceLine:
    """A line by hand as it is written anew; its VAT follows from the day of supply."""
    fresh = written.draft(line.invoice, on=on)
    return change_line(
        line,
        kind=fresh.kind,
        description=fresh.description,
        quantity=fresh.quantity,
        unit=fresh.unit,
        unit_price=fresh.unit_price,
        service_line=written.service_line,
        supplied_from=fresh.supplied_to,
        supplied_to=fresh.supplied_to,
        vat_rate=fresh.tax.percent,
        vat_category=fresh.tax.category,
        cost=fresh.cost,
    )


@transaction.atomic
def remove_line(line: InvoiceLine) -> None:
    """Takes a line off its draft; the work on it can be drafted again.

    Hours that what they were sold for pays stand and go with what sets them off, of all such packages on the draft.
    """
    draft = locked_draft(line.invoice)
    redeemed = draft.lines.redeemed()
    gone = redeemed if redeemed.filter(pk=line.pk).exists() else draft.lines.filter(pk=line.pk)
    ids = list(gone.values_list("pk", flat=True))
    freed = _free_work(ids)
    draft.lines.filter(pk__in=ids).delete()
    bill_raised(freed)
    _written(draft)


@transaction.atomic
def move_line(line: InvoiceLine, *, up: bool) -> None:
    """Swaps a line with its neighbour; at the edge nothing happens."""
    draft = locked_draft(line.invoice)
    rows = list(draft.lines.order_by("position"))
    place = next(index for index, row in enumerate(rows) if row.pk == line.pk)
    other = place - 1 if up else place + 1
    if 0 <= other < len(rows):
        rows[place].position, rows[other].position = rows[other].position, rows[place].position
        InvoiceLine.objects.bulk_update([rows[place], rows[other]], ["position"])
        ask_for_check(draft)


@transaction.atomic
def delete_draft(invoice: Invoice) -> None:
    """Drops a draft; its work, periods and packages can be drafted again."""
    draft = locked_draft(invoice)
    freed = _free_work(draft.lines.values_list("pk", flat=True))
    draft.delete()
    bill_raised(freed)


@transaction.atomic
def change_texts(invoice: Invoice, **texts: str) -> Invoice:
    """The client's reference, the text below the lines, the key in another system; what is not named stays.

    ValidationError `wrong_status` once issued, `external_id_taken`.
    """
    draft = locked_draft(invoice)
    if foreign := texts.keys() - TEXTS:
        raise ValueError(f"{sorted(foreign)} are no texts of a draft")
    for name, text in texts.items():
        setattr(draft, name, text)
    with worded():
        draft.save(update_fields=list(texts))
    ask_for_check(draft)
    return draft


def locked_draft(invoice: Invoice) -> Invoice:
    """The draft, locked until commit. ValidationError `wrong_status` for an issued document."""
    row = Invoice.objects.locked().get(pk=invoice.pk)
    if row.status != Invoice.Status.DRAFT:
        raise ValidationError(_("An issued document is never changed."), code="wrong_status")
    return row


def _free_work(lines: Iterable[int]) -> list[int]:
    """Says which parts of work stand on no document any more."""
    ids = list(lines)
    extras = ShownExtra.objects.filter(line__in=ids, released_by=None)
    mark_extras_invoiced(extras.values_list("extra", flat=True), on=None)
    standing = BilledCoverage.objects.filter(line__in=ids, released_by=None)
    freed = list(Coverage.objects.filter(billed__in=standing).values_list("pk", flat=True))
    Coverage.objects.filter(pk__in=freed).update(is_billed=False)
    return freed
