"""Prices below the ordinary one are discounts too: what a client's rate or an offer takes off has the tier's ceiling.

Above it a partner decides. Until then the rate does not hold, and the offer is not sent.
"""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import Discount, Offer, Rate
from billing.rules.rates import HourlyPrice, RateQuestion, ordinary_price
from billing.rules.spread import percent_below
from billing.services.discounts import ceiling_of, margin_of
from billing.services.rates import as_rate
from clients.models import Seller
from clients.services.distance import is_close
from crm.access import may
from crm.db import worded
from crm.models import User
from crm.money import quantise

NOBODY = 0


@transaction.atomic
def keep_rate(rate: Rate, *, by: User, at: datetime) -> Rate:
    """Saves a rate, new or changed; a client's that lies below the ceiling of its tier waits for a partner."""
    with worded():
        rate.save()
    on = max(rate.valid_from, timezone.localdate(at))
    price = HourlyPrice(rate.amount, rate.currency, rate.price_includes_tax)
    percent = _below(price, seller=rate.seller, service_line=rate.service_line_id, on=on) if rate.client else Decimal(0)
    discount = Discount(rate=rate, client=rate.client, valid_from=rate.valid_from, valid_to=rate.valid_to)
    approved = _agree(discount, percent, service_line=rate.service_line_id, by=by, at=at)
    if approved != rate.approved:
        rate.approved = approved
        with worded():
            rate.save(update_fields=["approved"])
    return rate


def judge_price(offer: Offer, *, by: User) -> None:
    """Of a draft just saved: where its hour lies below the ceiling of the tier, a partner is asked."""
    price = _hour_of(offer)
    percent = Decimal(0)
    if price and not _was_offered(offer, price.amount):
        on = timezone.localdate(offer.updated_at)
        percent = _below(price, seller=offer.seller, service_line=offer.service_line_id, on=on)
    discount = Discount(offer=offer, client=offer.client, valid_from=timezone.localdate(offer.created_at))
    _agree(discount, percent, service_line=offer.service_line_id, by=by, at=offer.updated_at)


def low_price_of(offer: Offer) -> Discount | None:
    """What keeps an offer from being sent: a price that waits for a partner, or that one refused."""
    newest = Discount.objects.prices().filter(offer=offer).order_by("-pk").first()
    return None if newest is None or newest.approved else newest


def check_price(offer: Offer) -> None:
    """ValidationError `needs_decision` while no partner has approved the price of an offer that is far too low."""
    asked = low_price_of(offer)
    if asked is None:
        return
    words = _("A partner refused this price: %(percent)s %% below the ordinary one.")
    if asked.approved is None:
        words = _("The price lies %(percent)s %% below the ordinary one: a partner decides about it first.")
    raise ValidationError(words, code="needs_decision", params={"percent": f"{asked.percent:g}"})


def _agree(discount: Discount, percent: Decimal, *, service_line: int | None, by: User, at: datetime) -> bool | None:
    """Whether a price holds: None while it waits. What was decided about as much or less off is decided for this too.

    A partner who sets a price has decided, unless one of us is close to the client.
    """
    if discount.client is None:
        return True
    rows = Discount.objects.prices().filter(rate=discount.rate, offer=discount.offer)
    close = is_close(discount.client)
    if percent <= 0 or (percent <= ceiling_of(discount.client.tier) and not close):
        rows.waiting().delete()
        return True
    known = rows.filter(client=discount.client).order_by("-pk").first()
    if known and known.decided_at and (percent <= known.percent if known.approved else percent >= known.percent):
        return known.approved
    row = known if known and known.decided_at is None else discount
    row.covers, row.service_line_id, row.percent = Discount.Covers.PRICE, service_line, percent
    row.made_by, row.margin_after = by, margin_of(row, on=timezone.localdate(at))
    if may(by, "discount.approve") and not close:
        row.approved, row.decided_at = True, at
    with worded():
        row.save()
    return row.approved


def _hour_of(offer: Offer) -> HourlyPrice | None:
    """What an hour of it costs; a fixed price is spread over its estimate. None for hours that are sold ahead."""
    amount = offer.hourly_rate
    if offer.basis == Offer.Basis.FIXED:
        known = offer.fixed_price is not None and offer.estimated_minutes and not offer.hour_package_id
        amount = quantise(Fraction(offer.fixed_price) * 60 / offer.estimated_minutes, offer.currency) if known else None
    return HourlyPrice(amount, offer.currency, offer.price_includes_tax) if amount is not None else None


def _was_offered(offer: Offer, amount: Decimal) -> bool:
    """Whether a version that the client has seen was as low; nobody is asked about that again."""
    seen = Offer.objects.family_of(offer).exclude(status=Offer.Status.DRAFT).filter(currency=offer.currency)
    hours = [hour.amount for version in seen if (hour := _hour_of(version))]
    return any(hour <= amount for hour in hours)


def _below(price: HourlyPrice, *, seller: Seller, service_line: int | None, on: date) -> Decimal:
    """Per cent below the ordinary price, 0 where there is none in the same currency and tax basis."""
    rows = Rate.objects.valid(on=on).filter(seller=seller, client=None, employee=None)
    ordinary = ordinary_price([as_rate(row) for row in rows], RateQuestion(NOBODY, NOBODY, on, service_line))
    if ordinary is None or ordinary.amount <= 0:
        return Decimal(0)
    alike = (price.currency, price.price_includes_tax) == (ordinary.currency, ordinary.price_includes_tax)
    return percent_below(price.amount, ordinary.amount) if alike else Decimal(0)
