"""Lifetime value as pages and API show it: amounts for some roles, a band for consultants, inputs always beside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients.models import Client, ServiceLine
from clients.models.firm import Tier
from crm.access import Role, may
from crm.models import Firm, User
from crm.web.formats import language, write_range
from loyalty.models import LoyaltyPolicy, SegmentValue, SegmentYears, ValueSnapshot
from loyalty.reports.fits import NAMES
from loyalty.rules.value import Source
from loyalty.services.badges import badge_of, band_of
from loyalty.services.purchases import months_of
from loyalty.services.segments import FIRM, Average, Segment, Typical, newest_averages, typical_value
from loyalty.services.values import Valuation, rounded, value_client

ORDERINGS = {
    "value": "figures__simple_value",
    "so_far": "figures__historical_value",
    "name": "name",
}
HISTORY = 12


def ranking(user: User, ordering: str = "") -> QuerySet[Client]:
    """Clients with a value, the most valuable first; an account manager sees own ones, finance all."""
    rows = Client.objects.current().money_open_to(user)
    known = rows.exclude(figures__simple_value=None).select_related("figures", "account_manager")
    field = F(ORDERINGS.get(ordering.lstrip("-"), "figures__simple_value"))
    falling = ordering.startswith("-") or ordering.lstrip("-") not in ORDERINGS
    return known.order_by(field.desc(nulls_last=True) if falling else field.asc(nulls_last=True), "pk")


def sees_amounts(user: User, client: Client) -> bool:
    """Partner and finance everywhere, an account manager at own clients."""
    if user.is_in(Role.PARTNER, Role.FINANCE):
        return True
    return may(user, "value.amounts") and Client.objects.money_open_to(user).filter(pk=client.pk).exists()


@dataclass(frozen=True, slots=True)
class Worth:
    """What the badge of one client says to one person: an amount, a band in words, or nothing."""

    amount: Decimal | None = None
    band: str = ""
    source: str = ""

    @property
    def is_known(self) -> bool:
        return self.amount is not None or bool(self.band)


def worth_of(valuation: Valuation, *, user: User, policy: LoyaltyPolicy) -> Worth:
    """The simple value, or the value to come if the partner has chosen it and it is reckoned."""
    amount, words = badge_amount(valuation, policy), source_words(valuation.shown.source, valuation.average)
    if sees_amounts(user, valuation.client):
        return Worth(amount=amount, source=words)
    return _rough(amount, words, policy)


def _rough(amount: Decimal | None, source: str, policy: LoyaltyPolicy) -> Worth:
    """The band with its source; not even the source where there is no band to show."""
    words = band_words(amount, policy)
    return Worth(band=words, source=source) if words else Worth()


def badge_amount(valuation: Valuation, policy: LoyaltyPolicy) -> Decimal | None:
    facts = valuation.client.facts
    residual = facts.residual_value if facts else None
    return badge_of(valuation.shown.value, residual, policy, valuation.referred)


def value_context(client: Client, *, user: User, on: date) -> dict[str, Any]:
    """The three figures with inputs, method and date; only a band, or nothing, for whom amounts are not."""
    policy, valuation = LoyaltyPolicy.load(), value_client(client, on=on)
    context: dict[str, Any] = {
        "client": client,
        "currency": Firm.load().base_currency,
        "policy": policy,
        "worth": worth_of(valuation, user=user, policy=policy),
        "as_of": on,
    }
    if not sees_amounts(user, client):
        return context
    return {
        **context,
        "valuation": valuation,
        "purchases": rounded(valuation.factors.purchases_per_year),
        "check": rounded(valuation.factors.average_check),
        "discounted": rounded(valuation.history.discounted),
        "residual": (residual := newest_residual(client)),
        "residual_gap": "" if residual else _residual_gap(valuation),
        "residual_by": model_words(residual.residual_model) if residual else "",
        "parts": badge_parts(valuation, policy),
    }


def badge_parts(valuation: Valuation, policy: LoyaltyPolicy) -> list[tuple[str, Decimal]]:
    """What the amount on the badge is the sum of; empty without an amount."""
    facts, referred = valuation.client.facts, valuation.referred
    comes = facts.residual_value if facts and policy.badge == LoyaltyPolicy.Badge.RESIDUAL else None
    own = (_("value to come"), comes) if comes is not None else (_("simple value"), valuation.shown.value)
    listed = [own, (_("margin through referrals"), referred.margin)] if referred.clients else [own]
    return [(words, amount) for words, amount in listed if amount is not None]


def _residual_gap(valuation: Valuation) -> str:
    """Why nobody can say what is to come of this client."""
    if valuation.client.status not in (Client.Status.ACTIVE, Client.Status.DORMANT):
        return _("only of clients that we serve")
    if valuation.margin_share is None:
        return _("the margin after cost to serve is not known")
    return _("no model knows enough: neither a running retainer nor orders that a model was fitted on")


def model_words(models: str) -> str:
    """The models that a value was reckoned by, as a person reads them."""
    return " + ".join(NAMES.get(model, model) for model in models.split(" + "))


def newest_residual(client: Client) -> ValueSnapshot | None:
    """The newest night's value to come with its interval, if a model knows something of the client."""
    newest = ValueSnapshot.objects.filter(client=client).order_by("-as_of_on").first()
    return newest if newest is not None and newest.residual_mean is not None else None


def value_inputs(client: Client, *, on: date) -> dict[str, Any]:
    """What the figures were made of: months of revenue, invoices and cost, and the figures of earlier nights."""
    history = ValueSnapshot.objects.filter(client=client).order_by("-as_of_on")[:HISTORY]
    return {"months": months_of(client, on=on), "history": list(history)}


def band_words(value: Decimal | None, policy: LoyaltyPolicy) -> str:
    """“50 000 to 250 000 €”, open at the ends; empty without a value, or while bands are not shown."""
    low, high = band_of(value, policy) or (None, None)
    return write_range(low, high, Firm.load().base_currency)


def source_words(source: Source | None, average: Average | None) -> str:
    """Whose value it is: the client's own, or of how many others."""
    if source == "own":
        return _("own purchases of the last 12 months")
    if source is None or average is None:
        return ""
    n = average.client_count
    if source == "firm":
        words = ngettext(
            "typical new client: average of the firm's only client so far",
            "typical new client: average of the firm's %(n)s clients",
            n,
        )
        return words % {"n": n}
    words = ngettext(
        "typical new client: one client of %(segment)s",
        "typical new client: average of %(n)s clients of %(segment)s",
        n,
    )
    return words % {"n": n, "segment": segment_words(average.segment, line_names())}


def line_names() -> Mapping[int, str]:
    return {line.pk: line.name_in(language()) for line in ServiceLine.objects.all()}


def segment_words(segment: Segment, names: Mapping[int, str]) -> str:
    """IT operations, tier B; tier B; IT operations."""
    name = names.get(segment.service_line or 0, "")
    if not segment.tier:
        return name
    tier = Tier(segment.tier).label
    return _("%(line)s, tier %(tier)s") % {"line": name, "tier": tier} if name else _("tier %(tier)s") % {"tier": tier}


def typical_context(query: Mapping[str, str], *, user: User) -> dict[str, Any]:
    """Beside the form of a new client: what one of the chosen kind is worth, and where that is known from."""
    lines = list(ServiceLine.objects.filter(is_active=True))
    tier = query.get("tier", "")
    line = next((each.pk for each in lines if str(each.pk) == query.get("service_line", "")), None)
    typical = typical_value(service_line=line, tier=tier if tier in Tier.values else "")
    return {
        "worth": _typical_worth(typical, user),
        "currency": Firm.load().base_currency,
        "tiers": Tier.choices,
        "lines": lines,
        "tier": tier,
        "line": line,
    }


def _typical_worth(typical: Typical, user: User) -> Worth:
    value, policy = typical.shown.value, LoyaltyPolicy.load()
    words = source_words(typical.shown.source, typical.average)
    if may(user, "value.amounts"):
        return Worth(amount=value, source=words)
    return _rough(value, words, policy)


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """One segment as its page shows it; `years` is None where the firm's years hold."""

    words: str
    average: Average
    years: SegmentYears | None


def segments_context() -> dict[str, Any]:
    """Every segment with its average, newest first by value, and the years that differ from the firm's."""
    averages = newest_averages()
    years = {Segment(row.service_line_id, row.tier): row for row in SegmentYears.objects.select_related("service_line")}
    newest = SegmentValue.objects.order_by("-as_of_on").first()
    names = line_names()
    rows = [
        SegmentRow(segment_words(each, names), averages[each], years.get(each)) for each in averages if each != FIRM
    ]
    return {
        "rows": sorted(rows, key=lambda row: (-row.average.value, row.words)),
        "firm": averages.get(FIRM),
        "years": [(segment_words(each, names), row) for each, row in years.items()],
        "policy": LoyaltyPolicy.load(),
        "as_of": newest.as_of_on if newest else None,
        "currency": Firm.load().base_currency,
    }
