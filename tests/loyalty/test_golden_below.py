"""Golden cases of loyalty whose functions live on lower floors: a fee against one price, cost to serve, tiers."""

from datetime import date
from decimal import Decimal

from billing.reports.serving import Serving
from billing.rules.comparison import RetainerTerms, annuity_factor, present_value
from clients.rules.tiers import suggest_tiers
from tests.loyalty.golden import assert_close, golden


def test_margin_after_cost_to_serve_matches_the_golden_case() -> None:
    """Free hours cost as much as paid ones; no rule of ours says how many may be free, budgets by tier do."""
    case = golden("margin.cost_to_serve")
    given = {name: Decimal(str(value)) for name, value in case["inputs"].items()}
    row = Serving(1, revenue=given["revenue"])
    row.parts["work"] = (given["direct_hours"] + given["unbilled_hours"]) * given["cost_rate"]
    row.parts["expenses"] = given["other"]
    assert_close([row.margin, row.margin_share], [case["expected"][name] for name in ("margin", "margin_rate")], case)


def test_suggested_tiers_match_the_golden_classes() -> None:
    case = golden("tiers.abc")
    values = zip(case["inputs"]["ids"], map(Decimal, case["inputs"]["values"]), strict=True)
    assert {key: tier.upper() for key, tier in suggest_tiers(dict(values)).items()} == case["expected"]


def test_a_fee_against_one_price_matches_the_golden_case() -> None:
    case = golden("retainer.audit_vs_subscription")
    given, rate = case["inputs"], Decimal(str(case["inputs"]["annual_discount"]))
    terms = RetainerTerms(Decimal(given["monthly"]), "RUB", date(2026, 1, 1), given["months"])
    fee = given["one_off"] / annuity_factor(given["months"], rate)
    assert_close(present_value(terms, annual_rate=rate), case["expected"]["pv"], case)
    assert_close(
        [fee, given["monthly"] * given["months"]],
        [case["expected"]["indifference_monthly"], case["expected"]["nominal"]],
        case,
    )
