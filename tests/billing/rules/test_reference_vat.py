"""VAT of the finance reference: rates by the day of supply, categories by who sells and who buys, safe text."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing.rules.document_words import words_in
from billing.rules.vat import (
    RateKind,
    Regime,
    Tax,
    Treatment,
    charged_percent,
    choose_treatment,
    exempt_income,
    statutory_percent,
    tax_of,
)
from crm.exports.dialects import safe_text
from crm.money import round_half_up, vat_from_gross
from tests.reference import read_reference

GOLDEN = read_reference("finance.json")
SCHEMES = {
    "RU_general": ("RU", RateKind.STANDARD),
    "RU_reduced": ("RU", RateKind.REDUCED),
    "DE_general": ("DE", RateKind.STANDARD),
    "DE_reduced": ("DE", RateKind.REDUCED),
}
PERIODS = [(scheme, period) for scheme in SCHEMES for period in GOLDEN["vat_rates_by_date"][scheme]]


def percent(scheme: str, day: date) -> Decimal | None:
    country, kind = SCHEMES[scheme]
    return statutory_percent(country, kind, supplied_on=day)


@pytest.mark.parametrize(
    ("scheme", "period"), PERIODS, ids=lambda said: said if isinstance(said, str) else said["from"]
)
def test_a_rate_holds_from_its_first_day_to_its_last(scheme: str, period: Any) -> None:
    first, wanted = date.fromisoformat(period["from"]), Decimal(period["rate"])
    last = date.fromisoformat(period["to"]) if period["to"] else date(2100, 1, 1)
    assert percent(scheme, first) == percent(scheme, last) == wanted
    assert percent(scheme, first - timedelta(days=1)) != wanted
    assert not period["to"] or percent(scheme, last + timedelta(days=1)) != wanted


@pytest.mark.parametrize("period", GOLDEN["vat_rates_by_date"]["RU_USN_optional"], ids=lambda said: said["rate"])
@pytest.mark.parametrize("kind", [RateKind.STANDARD, RateKind.REDUCED])
def test_a_payer_under_the_simplified_regime_charges_one_rate_for_everything(period: Any, kind: RateKind) -> None:
    first, regime = date.fromisoformat(period["from"]), Regime(f"simplified_{period['rate']}")

    def charged(day: date) -> Decimal | None:
        return charged_percent("RU", kind, regime=regime, supplied_on=day)

    assert charged(first) == charged(date(2100, 1, 1)) == Decimal(period["rate"])
    assert charged(first - timedelta(days=1)) is None
    assert charged_percent("RU", RateKind.ZERO, regime=regime, supplied_on=first) == 0
    assert charged_percent("RU", kind, regime=Regime.STANDARD, supplied_on=first) == percent(
        "RU_general" if kind is RateKind.STANDARD else "RU_reduced", first
    )


@pytest.mark.parametrize(("year", "limit"), GOLDEN["vat_rates_by_date"]["RU_USN_exempt_income_limit_rub"].items())
def test_the_income_up_to_which_no_vat_is_charged_sinks_by_year(year: str, limit: str) -> None:
    assert exempt_income(int(year)) == Decimal(limit)


def test_the_last_known_limit_holds_on_and_before_2025_there_was_none() -> None:
    assert exempt_income(2031) == exempt_income(2028)
    assert exempt_income(2024) is None


@pytest.mark.parametrize("case", GOLDEN["rate_lookup_cases"], ids=lambda case: case["supply"])
def test_the_day_of_supply_decides(case: Any) -> None:
    assert percent(case["scheme"], date.fromisoformat(case["supply"])) == Decimal(case["rate"])


@pytest.mark.parametrize(
    ("name", "buyer", "regime", "kind"),
    [
        ("DE_B2B_domestic", "DE", Regime.STANDARD, RateKind.STANDARD),
        ("DE_reduced", "DE", Regime.STANDARD, RateKind.REDUCED),
        ("EU_B2B_service", "AT", Regime.STANDARD, RateKind.STANDARD),
        ("non_EU_service", "US", Regime.STANDARD, RateKind.STANDARD),
        ("DE_small_business", "DE", Regime.SMALL_BUSINESS, RateKind.STANDARD),
    ],
)
def test_a_category_follows_from_seller_and_buyer(name: str, buyer: str, regime: Regime, kind: RateKind) -> None:
    wanted = GOLDEN["tax_category"][name]
    treatment = choose_treatment(seller_country="DE", regime=regime, buyer_country=buyer, buyer_has_vat_id=True)
    statutory = statutory_percent("DE", kind, supplied_on=date(2026, 11, 1))
    found: Tax = tax_of(treatment, percent=statutory or Decimal(0), regime=regime)
    assert treatment in Treatment
    assert (found.category, found.percent) == (wanted["code"], Decimal(wanted["rate"] or 0))
    assert found.exemption == wanted.get("vatex", "")
    if said := wanted.get("text"):
        assert found.text is not None
        assert said in words_in("de")[found.text]


@pytest.mark.parametrize("case", GOLDEN["csv_injection"], ids=lambda case: repr(case["in"]))
def test_text_is_made_safe_as_in_the_reference(case: Any) -> None:
    assert safe_text(case["in"]) == case["out"]


@pytest.mark.parametrize("rate", GOLDEN["vat_rates_by_date"]["RU_settlement_rate"])
def test_a_settlement_rate_takes_the_vat_out_of_what_was_paid(rate: str) -> None:
    part, whole = GOLDEN["vat_rates_by_date"]["RU_settlement_rate"][rate].split("/")
    assert vat_from_gross(Decimal(whole), Decimal(rate)).vat == Decimal(part)


def test_the_binary_trap_is_none_here() -> None:
    trap = GOLDEN["rounding_trap_float"]
    value = trap["expr"].removeprefix("round(").partition(",")[0]
    assert str(round(float(value), 2)) == trap["float_result"]
    assert str(round_half_up(Decimal(value), 2)) == trap["decimal_half_up"]
