"""crm.money against the golden amounts and the laws that every document relies on."""

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.money import (
    allocate,
    convert,
    exponent,
    from_minor,
    quantise,
    round_half_up,
    to_minor,
    vat_from_gross,
    vat_from_net,
    vat_per_group,
)
from tests.reference import read_reference

GOLDEN = read_reference("finance.json")

cents = st.integers(-10_000_000, 10_000_000).map(from_minor)
rates = st.sampled_from([Decimal(rate) for rate in ("0", "5", "7", "10", "16", "18", "19", "20", "22", "8.1")])


def amounts(texts: list[str]) -> list[Decimal]:
    return [Decimal(text) for text in texts]


@pytest.mark.parametrize("case", GOLDEN["vat_from_gross"], ids=lambda c: f"{c['gross']}@{c['rate']}")
def test_vat_taken_out_of_a_gross_price_matches_the_golden_case(case: dict[str, Any]) -> None:
    net, vat = vat_from_gross(Decimal(case["gross"]), Decimal(case["rate"]), currency=case["currency"])
    assert (str(net), str(vat)) == (case["net"], case["vat"])
    again = vat_from_net(net, Decimal(case["rate"]), currency=case["currency"])
    assert str(again.vat) == case["recomputed_vat_from_net"]
    assert (again.vat == vat) is case["exact"]


@pytest.mark.parametrize("case", GOLDEN["vat_from_net"], ids=lambda c: f"{c['net']}@{c['rate']}")
def test_vat_put_on_a_net_price_matches_the_golden_case(case: dict[str, Any]) -> None:
    split = vat_from_net(Decimal(case["net"]), Decimal(case["rate"]))
    assert (str(split.net), str(split.vat), str(split.gross)) == (case["net"], case["vat"], case["gross"])


@pytest.mark.parametrize("rate", [rate for rate in GOLDEN["unreachable_gross_share_percent"] if rate.isdigit()])
def test_the_stated_share_of_gross_amounts_has_no_exact_net(rate: str) -> None:
    last = 100_000
    nets = range(last * 100 // (100 + int(rate)) + 2)
    reached = {to_minor(vat_from_net(from_minor(net), int(rate)).gross) for net in nets}
    missing = last - len(reached & set(range(1, last + 1)))
    stated = Decimal(GOLDEN["unreachable_gross_share_percent"][rate])
    assert round_half_up(Fraction(100 * missing, last), 3) == stated


@pytest.mark.parametrize("case", GOLDEN["gross_document_lines"], ids=lambda c: "+".join(c["gross_lines"]))
def test_a_gross_document_matches_the_golden_case_per_group_and_per_line(case: dict[str, Any]) -> None:
    lines, rate = amounts(case["gross_lines"]), Decimal(case["rate"])
    group = vat_per_group(lines, rate, basis="gross")
    assert [str(line) for line in group.net_lines] == case["net_lines"]
    assert (str(group.net), str(group.vat), str(group.gross)) == (case["net"], case["vat"], case["gross"])
    assert str(sum(vat_from_gross(line, rate).vat for line in lines)) == case["sum_of_per_line_vat"]


@pytest.mark.parametrize("case", GOLDEN["net_document_vat_per_document_vs_per_line"], ids=str)
def test_a_net_document_matches_the_golden_case_per_group_and_per_line(case: dict[str, Any]) -> None:
    lines, rate = amounts(case["net_lines"]), Decimal(case["rate"])
    group = vat_per_group(lines, rate, basis="net")
    assert list(group.net_lines) == lines
    assert str(group.vat) == case["vat_document"]
    assert str(sum(vat_from_net(line, rate).vat for line in lines)) == case["vat_sum_of_lines"]


@pytest.mark.parametrize("case", GOLDEN["rounding"], ids=lambda c: c["value"])
def test_rounding_matches_the_golden_case(case: dict[str, str]) -> None:
    value = Decimal(case["value"])
    assert str(quantise(value)) == case["half_up"]
    assert str(value.quantize(Decimal("0.01"), ROUND_HALF_EVEN)) == case["half_even"]


@pytest.mark.parametrize("case", GOLDEN["allocate"], ids=lambda c: f"{c['total']} by {c['weights']}")
def test_allocation_matches_the_golden_case(case: dict[str, Any]) -> None:
    weights = [Decimal(weight) for weight in case["weights"]]
    assert [str(part) for part in allocate(Decimal(case["total"]), weights)] == case["parts"]


@pytest.mark.parametrize(("currency", "digits"), [*GOLDEN["minor_units"].items(), ("KWD", 3)])
def test_currencies_have_the_decimals_of_iso_4217(currency: str, digits: int) -> None:
    assert exponent(currency) == digits
    assert str(quantise(Decimal("1.23456"), currency)) == {0: "1", 2: "1.23", 3: "1.235"}[digits]


@pytest.mark.parametrize("code", ["", "eur", "EURO", "€", "РУБ"])
def test_something_that_is_no_currency_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        exponent(code)


@pytest.mark.parametrize("wrong", [2.675, True, "2.675", None])
def test_a_float_or_anything_but_an_exact_number_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="Decimal"):
        quantise(wrong)
    with pytest.raises(TypeError, match="Decimal"):
        vat_from_gross(Decimal("1.00"), wrong)
    with pytest.raises(TypeError, match="Decimal"):
        allocate(Decimal("1.00"), [1, wrong])


@pytest.mark.parametrize("wrong", ["NaN", "Infinity", "-Infinity"])
def test_nan_and_infinity_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        quantise(Decimal(wrong))


def test_a_negative_vat_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        vat_from_net(Decimal("1.00"), Decimal(-19))


def test_minor_units_refuse_a_part_of_a_cent() -> None:
    assert to_minor(Decimal("-12.34")) == -1234
    with pytest.raises(ValueError, match="minor units"):
        to_minor(Decimal("0.005"))


def test_an_exchange_rate_is_for_its_nominal_and_rounds_once() -> None:
    assert convert(Decimal(5000), rate=Decimal("61.2345"), nominal=100, currency="RUB") == Decimal("3061.73")
    with pytest.raises(ValueError, match="nominal"):
        convert(Decimal(1), rate=Decimal(1), nominal=0, currency="EUR")


def test_weights_that_cancel_carry_nothing_but_zero() -> None:
    assert allocate(Decimal("0.00"), [0, 0]) == [Decimal("0.00"), Decimal("0.00")]
    assert allocate(Decimal("0.00"), []) == []
    with pytest.raises(ValueError, match="sum to zero"):
        allocate(Decimal("0.01"), [1, -1])


def test_a_final_invoice_with_an_advance_deducted_keeps_only_the_rest() -> None:
    group = vat_per_group(amounts(["7800.00", "-7500.00"]), 19, basis="gross")
    assert (group.net, group.vat) == (Decimal("252.10"), Decimal("47.90"))
    assert sum(group.net_lines) == group.net


def test_lines_that_cancel_out_keep_their_own_net() -> None:
    group = vat_per_group(amounts(["75.00", "-75.00"]), 19, basis="gross")
    assert group.net_lines == (Decimal("63.03"), Decimal("-63.03"))
    group = vat_per_group(amounts(["150.00", "-75.00", "-75.00"]), 19, basis="gross")
    assert group.net_lines == (Decimal("126.06"), Decimal("-63.03"), Decimal("-63.03"))


def test_an_empty_group_is_zero() -> None:
    group = vat_per_group([], 19, basis="gross")
    assert (group.net_lines, group.net, group.vat) == ((), Decimal(0), Decimal(0))


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=7))
def test_rounding_is_within_half_a_unit_and_mirrors_its_sign(value: Decimal) -> None:
    rounded = quantise(value)
    assert abs(rounded - value) <= Decimal("0.005")
    assert quantise(-value) == -rounded
    assert quantise(rounded) == rounded


@given(cents, rates)
def test_net_and_vat_sum_to_the_gross_and_credits_mirror_invoices(gross: Decimal, rate: Decimal) -> None:
    split = vat_from_gross(gross, rate)
    assert split.net + split.vat == gross
    mirrored = vat_from_gross(-gross, rate)
    assert (mirrored.net, mirrored.vat) == (-split.net, -split.vat)
    assert abs(Fraction(split.vat) - Fraction(gross) * Fraction(rate) / (100 + Fraction(rate))) <= Fraction(1, 200)


@given(cents, st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any))
def test_parts_sum_to_the_total_within_a_unit_of_their_share(total: Decimal, weights: list[int]) -> None:
    parts = allocate(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Fraction(part) - Fraction(total) * weight / sum(weights)) < Fraction(1, 100)
    assert allocate(-total, weights) == [-part for part in parts]


@given(cents, st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=12).filter(sum))
def test_parts_sum_to_the_total_for_weights_of_both_signs(total: Decimal, weights: list[int]) -> None:
    assert sum(allocate(total, weights)) == total


@given(st.lists(cents, max_size=8), rates, st.sampled_from(["gross", "net"]))
def test_a_group_is_whole_and_its_credit_is_the_exact_negative(lines: list[Decimal], rate: Decimal, basis: Any) -> None:
    group = vat_per_group(lines, rate, basis=basis)
    assert sum(group.net_lines) == group.net
    assert (group.gross if basis == "gross" else group.net) == sum(lines)
    credit = vat_per_group([-line for line in lines], rate, basis=basis)
    assert (credit.net, credit.vat) == (-group.net, -group.vat)
    assert credit.net_lines == tuple(-line for line in group.net_lines)


@given(st.lists(cents, max_size=4), rates)
def test_the_order_of_lines_does_not_change_the_totals(lines: list[Decimal], rate: Decimal) -> None:
    groups = [vat_per_group(order, rate, basis="gross") for order in permutations(lines)]
    totals = {(group.net, group.vat) for group in groups}
    assert len(totals) == 1
