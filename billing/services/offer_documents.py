"""What an offer says as plain values: the document that the client reads and signs, and its price with VAT."""

from decimal import Decimal

from billing.models import Offer
from billing.rules.overrun import limit_minutes
from billing.rules.vat import StatutoryRate, Treatment
from billing.services.frozen import freeze_buyer, freeze_seller
from billing.services.overruns import tolerance_of
from billing.services.spreads import Step, tier_steps
from billing.services.taxes import Taxes, rates_of, treatment_of
from crm.money import quantise


def gross_of(offer: Offer, *, rates: tuple[StatutoryRate, ...] | None = None) -> Decimal:
    """The estimated price with VAT, at the rate of the offer's last valid day; `rates` spares a list the asking."""
    price = offer.estimated_price
    if offer.price_includes_tax:
        return price
    known = rates_of(offer.seller.country) if rates is None else rates
    taxes = Taxes(offer.seller, Treatment(treatment_of(offer.seller, offer.client)), known)
    return quantise(price * (100 + taxes.tax(offer.valid_until).percent) / 100, offer.currency)


def canonical_offer(offer: Offer) -> dict[str, object]:
    """What the client reads and signs, as plain values; its hash stands with the signature."""
    return {
        "number": offer.number,
        "version": offer.version,
        "title": offer.title,
        "text": offer.text,
        "basis": offer.basis,
        "currency": offer.currency,
        "hourly_rate": _plain(offer.hourly_rate),
        "fixed_price": _plain(offer.fixed_price),
        "price_includes_tax": offer.price_includes_tax,
        "estimated_minutes": offer.estimated_minutes,
        "estimated_price": _plain(offer.estimated_price),
        "limit_minutes": _limit(offer),
        "hour_package": offer.hour_package.name if offer.hour_package else "",
        "valid_until": offer.valid_until.isoformat(),
        **_cash_discount(offer),
        "steps": [[step.name, _plain(step.amount)] for step in _steps(offer)],
        "items": [[item.description, item.minutes] for item in offer.items.order_by("position")],
        "contact": str(offer.contact) if offer.contact else "",
        "lead": str(offer.lead or offer.author),
        "language": offer.client.language,
        "seller": freeze_seller(offer.seller, currency=offer.currency),
        "buyer": freeze_buyer(offer.client),
    }


def _cash_discount(offer: Offer) -> dict[str, object]:
    """Its own terms alone; without them those of the client's card hold, which may change."""
    if offer.cash_discount_percent is None:
        return {}
    return {"cash_discount": [_plain(offer.cash_discount_percent), offer.cash_discount_days]}


def _steps(offer: Offer) -> list[Step]:
    """What an hour costs with each discount that the firm gives, where the service shows it to motivate."""
    on = offer.valid_until
    return tier_steps(offer.service_line, price=offer.hourly_rate, currency=offer.currency, on=on)


def _limit(offer: Offer) -> int | None:
    """Minutes that bill without asking again; only an estimate by time spent has such a limit."""
    if offer.basis != Offer.Basis.ACTUAL or not offer.estimated_minutes:
        return None
    return limit_minutes(offer.estimated_minutes, tolerance_of(offer))


def _plain(amount: object) -> str | None:
    return None if amount is None else f"{amount:f}"
