"""Invoices of hour packages, drafted in advance, and of hours that were added to them; each of them once."""

from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from billing.models import HourPackage, Invoice, InvoiceLine, LedgerRow
from billing.rules.document_words import words_in
from billing.rules.vat import tax_of_voucher
from billing.services.agreed_prices import AgreedPrices, Agreement, TaxedPrice
from billing.services.drafts import DraftTerms, LineDraft, open_draft
from billing.services.shown_extras import show_extras
from crm.models import User
from crm.web.formats import write_hours


@transaction.atomic
def draft_package_invoice(package: HourPackage, *, by: User | None, on: date) -> Invoice:
    """The advance invoice of a package, once; its VAT is that of its own tax point, the day it is drafted for.

    ValidationError `needs_decision` where the rate has changed since the package was sold with VAT in its price and
    nobody has said whether the price stays.
    """
    row = HourPackage.objects.locked().select_related("client", "seller").get(pk=package.pk)
    if row.kind != HourPackage.Kind.PAID:
        raise ValidationError(_("A granted package costs nothing."), code="wrong_status")
    require_not_billed(row.invoice_line)
    first = _first_purchase(row)
    _require_hours(first)
    invoice = _draft_hours(row, minutes=first.minutes, price=first.price or Decimal(0), by=by, on=on)
    row.invoice_line = invoice.lines.get(kind=InvoiceLine.Kind.PACKAGE)
    row.save(update_fields=["invoice_line"])
    return invoice


@transaction.atomic
def draft_top_up(package: HourPackage, purchase: LedgerRow, *, by: User | None, on: date) -> Invoice:
    """The advance invoice of hours that were added to a package, once."""
    require_not_billed(purchase.invoice_lines.order_by("-pk").first())
    _require_hours(purchase)
    price = purchase.price or Decimal(0)
    return _draft_hours(package, minutes=purchase.minutes, price=price, purchase=purchase, by=by, on=on)


@transaction.atomic
def draft_sold_hours(package: HourPackage, *, by: User | None, on: date) -> list[Invoice]:
    """Drafts what of a package's sales stands on no invoice: its draft was deleted, or a credit note took it back.

    ValidationError `already_done` where all of it is invoiced; otherwise as `draft_package_invoice`.
    """
    found = uninvoiced_sales(package)
    if not found:
        raise ValidationError(_("All hours that were sold are invoiced."), code="already_done")
    first = _first_purchase(package)
    return [
        draft_package_invoice(package, by=by, on=on) if sale == first else draft_top_up(package, sale, by=by, on=on)
        for sale in found
    ]


def uninvoiced_sales(package: HourPackage) -> list[LedgerRow]:
    """Purchases with a price that no live line sells."""
    if package.kind != HourPackage.Kind.PAID or package.voided_on:
        return []
    rows = LedgerRow.objects.filter(account=package.account_id, kind=LedgerRow.Kind.PURCHASE, price__gt=0).order_by(
        "pk"
    )
    first = _first_purchase(package)
    lines = InvoiceLine.objects.standing().sale_of(package)
    sold = {line.purchase_id for line in lines}
    whole = InvoiceLine.objects.standing().filter(package=package).exists()
    return [row for row in rows if (not whole if row == first else row.pk not in sold)]


def _first_purchase(package: HourPackage) -> LedgerRow:
    return LedgerRow.objects.filter(account=package.account_id, kind=LedgerRow.Kind.PURCHASE).earliest("pk")


def _require_hours(purchase: LedgerRow) -> None:
    """Hours that were given back are not sold again: ValidationError `wrong_status`."""
    rows = LedgerRow.objects.filter(account=purchase.account_id)
    sums = dict(rows.order_by().values_list("kind").annotate(total=Sum("minutes")))
    if sums[LedgerRow.Kind.PURCHASE] + sums.get(LedgerRow.Kind.REFUND, 0) < purchase.minutes:
        raise ValidationError(_("These hours were given back: sell new ones."), code="wrong_status")


def _draft_hours(
    package: HourPackage,
    *,
    minutes: int,
    price: Decimal,
    purchase: LedgerRow | None = None,
    by: User | None,
    on: date,
) -> Invoice:
    client = package.client.holder
    price_of = _taxed(package, (purchase or _first_purchase(package)).made_at, on=on)
    line = LineDraft(
        kind=InvoiceLine.Kind.PACKAGE,
        description=_words(package, minutes, client.language),
        tax=price_of.tax,
        unit_price=price,
        amount=price,
        service_line_id=_only_service_line(package),
        supplied_to=on,
        agreed_percent=price_of.agreed_percent,
        change=price_of.change,
        purchase=purchase,
    )
    terms = DraftTerms(
        client=client,
        seller=package.seller,
        currency=package.currency,
        price_includes_tax=package.price_includes_tax,
    )
    draft = open_draft(terms, lines=[line], by=by, on=on)
    show_extras(draft)
    return draft


def _taxed(package: HourPackage, sold_at: datetime, *, on: date) -> TaxedPrice:
    """The VAT of hours that were sold then; for multi-purpose ones none, whatever happened to the rate since."""
    prices = AgreedPrices(package.client.holder)
    if package.multi_purpose:
        usual = prices.of_agreement(package.seller, None, includes_tax=False, supplied_on=on)
        return TaxedPrice(tax_of_voucher(usual.tax))
    agreement = Agreement(f"package:{package.pk}", min(timezone.localdate(sold_at), on))
    return prices.of_agreement(package.seller, agreement, includes_tax=package.price_includes_tax, supplied_on=on)


def _words(package: HourPackage, minutes: int, language: str) -> str:
    with translation.override(language):
        return words_in(language)["in_advance"].format(name=package.name, hours=write_hours(minutes))


def require_not_billed(line: InvoiceLine | None) -> None:
    """What was agreed is invoiced once, and again only after a credit note took the first invoice back."""
    if line is not None and line.is_live():
        raise ValidationError(_("This was invoiced already."), code="already_done")


def _only_service_line(package: HourPackage) -> int | None:
    ids = list(package.service_lines.values_list("pk", flat=True)[:2])
    return ids[0] if len(ids) == 1 else None
