"""Lines taken from the catalogue: copied onto the draft in the client's language, at the catalogue's price and cost."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from billing.models import Invoice, InvoiceLine, Product
from billing.rules.vat import RateKind
from billing.services.drafts import HandLine, add_hand_line
from crm.money import quantise


def line_of(product: Product, invoice: Invoice, *, quantity: Decimal | None = None, on: date) -> HandLine:
    """The product as a line of a draft. ValidationError `product_basis` for another currency or tax basis."""
    if (product.currency, product.price_includes_tax) != (invoice.currency, invoice.price_includes_tax):
        raise ValidationError(_("Its price is in another currency or tax basis."), code="product_basis")
    if product.seller_id not in (None, invoice.seller_id) or not product.is_active:
        raise ValidationError(_("This own company does not sell it."), code="product_foreign")
    count = product.quantity if quantity is None else quantity
    cost = None if product.cost is None else quantise(Fraction(product.cost) * Fraction(count), invoice.currency)
    return HandLine(
        kind=product.kind,
        description=product.name_in(invoice.language),
        quantity=count,
        unit=product.unit,
        unit_price=product.unit_price,
        vat=RateKind(product.vat),
        service_line=product.service_line,
        supplied_on=on,
        cost=cost,
    )


def add_product(invoice: Invoice, product: Product, *, quantity: Decimal | None = None, on: date) -> InvoiceLine:
    """Takes a product onto a draft. ValidationError `wrong_status` once issued, and those of `line_of`."""
    return add_hand_line(invoice, line_of(product, invoice, quantity=quantity, on=on), on=on)
