"""Lifetime value as pages and API show it: amounts for some roles, a band for consultants, inputs always beside."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from clients.models import Client, ClientFigure
from clients.models.firm import Tier
from crm.access import may
from crm.models import Firm, User
from loyalty.models import LoyaltyPolicy, SegmentValue, ValueSnapshot
from loyalty.rules.value import value_band
from loyalty.services.values import typical_value


def ranking(user: User) -> QuerySet[Client]:
    """Clients with a value, the most valuable first; an account manager sees own ones."""
    rows = Client.objects.current().open_to(user) if not may(user, "portfolio.see") else Client.objects.current()
    known = rows.exclude(figures__simple_value=None).select_related("figures", "account_manager")
    return known.order_by(F("figures__simple_value").desc(nulls_last=True), "pk")


def value_context(client: Client, *, user: User) -> dict[str, Any]:
    """The three figures with inputs, method and date; only a band for whom amounts are not."""
    figures: ClientFigure | None = getattr(client, "figures", None)
    policy = LoyaltyPolicy.load()
    context: dict[str, Any] = {"client": client, "currency": Firm.load().base_currency, "policy": policy}
    if not may(user, "value.amounts") and policy.consultants_see_bands:
        return {**context, "band": band_words(figures.simple_value if figures else None, policy)}
    snapshot = ValueSnapshot.objects.filter(client=client).order_by("-as_of_on").first()
    return {**context, "figures": figures, "snapshot": snapshot, "history": _history(client)}


def band_words(value: Decimal | None, policy: LoyaltyPolicy) -> str:
    """“50 000 to 250 000”, open at the ends; empty without a value."""
    band = value_band(value, sorted(policy.value_bands))
    if band is None:
        return ""
    currency = Firm.load().base_currency
    if band.low is None:
        return _("under %(high)s %(currency)s") % {"high": f"{band.high:,.0f}", "currency": currency}
    if band.high is None:
        return _("over %(low)s %(currency)s") % {"low": f"{band.low:,.0f}", "currency": currency}
    words = {"low": f"{band.low:,.0f}", "high": f"{band.high:,.0f}", "currency": currency}
    return _("%(low)s to %(high)s %(currency)s") % words


def typical_context(query: Mapping[str, str], *, user: User) -> dict[str, Any]:
    tier = query.get("tier", "")
    shown = typical_value(service_line=None, tier=tier if tier in Tier.values else "")
    policy = LoyaltyPolicy.load()
    amounts = may(user, "value.amounts")
    return {
        "shown": shown if amounts else None,
        "band": "" if amounts else band_words(shown.value, policy),
        "currency": Firm.load().base_currency,
        "tier": tier,
        "segment": _segment(tier),
    }


def _segment(tier: str) -> SegmentValue | None:
    return SegmentValue.objects.filter(service_line=None, tier=tier).order_by("-as_of_on").first()


def _history(client: Client) -> list[ValueSnapshot]:
    return list(ValueSnapshot.objects.filter(client=client).order_by("-as_of_on")[:12])
