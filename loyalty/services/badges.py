"""The badge of each client as lists and cards show it: one amount, and the band that stands for it.

Written into the clients' figures by the policy in force, so that lower floors show both and reckon neither.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from clients.models import ClientFigure
from clients.rules.designations import image_value
from clients.services.facts import write_figures
from loyalty.models import LoyaltyPolicy
from loyalty.rules.value import Band, value_band
from loyalty.services.referrals import NOBODY, Referred, referred_by_image


def badge_of(
    simple: Decimal | None, residual: Decimal | None, policy: LoyaltyPolicy, referred: Referred = NOBODY
) -> Decimal | None:
    """The simple value, or the value to come if the partner has chosen it and it is reckoned.

    For an image client with the margin of those that it referred (loyalty.md 1.5).
    """
    chosen = residual if policy.badge == LoyaltyPolicy.Badge.RESIDUAL and residual is not None else simple
    return image_value(chosen, referred.margin)


def band_of(value: Decimal | None, policy: LoyaltyPolicy) -> Band | None:
    """What consultants may know of a value; None without one, and always while the partner shows no bands."""
    return value_band(value, sorted(policy.value_bands)) if policy.consultants_see_bands else None


def refresh_badges(policy: LoyaltyPolicy, *, on: date, clients: Iterable[int] | None = None) -> int:
    """Badge and band from the values that the figures hold, of these clients or of all; says how many."""
    rows = ClientFigure.objects.order_by()
    if clients is not None:
        rows = rows.filter(client__in=list(clients))
    values = rows.values_list("client", "simple_value", "residual_value")
    referred = referred_by_image(on=on)
    badges = {
        client: _badge(badge_of(simple, residual, policy, referred.get(client, NOBODY)), policy)
        for client, simple, residual in values
    }
    return write_figures("badge", badges, as_of=on)


@transaction.atomic
def save_policy(policy: LoyaltyPolicy, *, on: date) -> LoyaltyPolicy:
    """Saves the settings; badge and bands follow at once, because a switch that hides must not wait for the night."""
    policy.save()
    refresh_badges(policy, on=on)
    return policy


def _badge(value: Decimal | None, policy: LoyaltyPolicy) -> dict[str, Any]:
    low, high = band_of(value, policy) or (None, None)
    return {"badge_value": value, "band_low": low, "band_high": high}
