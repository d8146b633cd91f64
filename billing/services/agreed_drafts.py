"""Invoices of hour packages, drafted in advance, and of hours that were added to them; each of them once."""

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils import translation
from django.utils.translation import gettext as _

from billing.models import HourPackage, Invoice, InvoiceLine, LedgerRow
from billing.rules.document_words import words_in
from billing.services.agreed_prices import AgreedPrices
from billing.services.drafts import DraftTerms, LineDraft, open_draft
from billing.services.shown_extras import show_extras
from crm.models import User
from crm.web.formats import write_hours


@transaction.atomic
def draft_package_invoice(package: HourPackage, *, by: User | None, on: date) -> Invoice:
    """The advance invoice of a package, once; its VAT is that of its own tax point, the day it is drafted for."""
    row = HourPackage.objects.locked().select_related("client", "seller").get(pk=package.pk)
    if row.kind != HourPackage.Kind.PAID:
        raise ValidationError(_("A granted package costs nothing."), code="wrong_status")
    require_not_billed(row.invoice_line)
    first = LedgerRow.objects.filter(account=row.account_id, kind=LedgerRow.Kind.PURCHASE).earliest("pk")
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
    taxes = AgreedPrices(package.client).taxes_of(package.seller)
    with translation.override(package.client.language):
        words, hours = words_in(package.client.language), write_hours(minutes)
    description = words["in_advance"].format(name=package.name, hours=hours)
    line = LineDraft(
        kind=InvoiceLine.Kind.PACKAGE,
        description=description,
        tax=taxes.tax(on),
        unit_price=price,
        amount=price,
        service_line_id=_only_service_line(package),
        supplied_to=on,
        agreed_percent=taxes.agreed_percent(on) if package.price_includes_tax else None,
        purchase=purchase,
    )
    terms = DraftTerms(
        client=package.client,
        seller=package.seller,
        currency=package.currency,
        price_includes_tax=package.price_includes_tax,
    )
    draft = open_draft(terms, lines=[line], by=by, on=on)
    show_extras(draft)
    return draft


def require_not_billed(line: InvoiceLine | None) -> None:
    """What was agreed is invoiced once, and again only after a credit note took the first invoice back."""
    if line is not None and line.is_live():
        raise ValidationError(_("This was invoiced already."), code="already_done")


def _only_service_line(package: HourPackage) -> int | None:
    ids = list(package.service_lines.values_list("pk", flat=True)[:2])
    return ids[0] if len(ids) == 1 else None
