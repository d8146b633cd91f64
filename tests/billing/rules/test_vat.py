"""billing.rules.vat: rates by date of supply, treatments, and totals against the golden amounts."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.vat import (
    Line,
    MandatoryText,
    RateChange,
    RateChangeUnansweredError,
    RateKind,
    Regime,
    Tax,
    Totals,
    Treatment,
    choose_treatment,
    reckons_per_line,
    statutory_percent,
    tax_of,
    total_document,
)
from crm.money import from_minor
from tests.reference import read_reference

GOLDEN = read_reference("finance.json")
DE_19 = tax_of(Treatment.STANDARD, percent=Decimal(19))
RU_22 = tax_of(Treatment.STANDARD, percent=Decimal(22))
REVERSE_CHARGE = tax_of(Treatment.REVERSE_CHARGE, percent=Decimal(19))
SMALL_BUSINESS = tax_of(Treatment.NO_VAT, percent=Decimal(19), regime=Regime.SMALL_BUSINESS)


def gross(*amounts: str, tax: Tax = DE_19, **kw: Any) -> Totals:
    return total_document([Line(Decimal(amount), tax, **kw) for amount in amounts], basis="gross")


def net(*amounts: str, tax: Tax = DE_19) -> Totals:
    return total_document([Line(Decimal(amount), tax) for amount in amounts], basis="net")


def figures(totals: Totals) -> tuple[str, str, str]:
    return str(totals.net_amount), str(totals.vat_amount), str(totals.gross_amount)


class TestRates:
    @pytest.mark.parametrize(
        ("country", "kind", "on", "percent"),
        [
            ("RU", "S", date(2025, 12, 31), 20),
            ("RU", "S", date(2026, 1, 1), 22),
            ("DE", "S", date(2020, 12, 31), 16),
            ("DE", "S", date(2021, 1, 1), 19),
            ("DE", "R", date(2026, 3, 1), 7),
            ("RU", "R", date(2026, 3, 1), 10),
        ],
    )
    def test_the_date_of_supply_decides(self, country: str, kind: str, on: date, percent: int) -> None:
        assert statutory_percent(country, RateKind(kind), supplied_on=on) == percent

    def test_an_unknown_country_or_a_day_before_the_table_has_no_rate(self) -> None:
        assert statutory_percent("FR", RateKind.STANDARD, supplied_on=date(2026, 1, 1)) is None
        assert statutory_percent("RU", RateKind.STANDARD, supplied_on=date(2003, 12, 31)) is None


class TestTreatment:
    @pytest.mark.parametrize(
        ("seller", "regime", "buyer", "has_id", "treatment"),
        [
            ("DE", Regime.STANDARD, "DE", True, Treatment.STANDARD),
            ("DE", Regime.STANDARD, "FR", True, Treatment.REVERSE_CHARGE),
            ("DE", Regime.STANDARD, "FR", False, Treatment.STANDARD),
            ("DE", Regime.STANDARD, "CH", False, Treatment.OUT_OF_SCOPE),
            ("RU", Regime.STANDARD, "RU", False, Treatment.STANDARD),
            ("RU", Regime.STANDARD, "DE", True, Treatment.OUT_OF_SCOPE),
            ("DE", Regime.SMALL_BUSINESS, "FR", True, Treatment.NO_VAT),
            ("RU", Regime.SIMPLIFIED, "RU", False, Treatment.NO_VAT),
        ],
    )
    def test_who_serves_whom_decides(
        self, seller: str, regime: Regime, buyer: str, has_id: bool, treatment: Treatment
    ) -> None:
        found = choose_treatment(seller_country=seller, regime=regime, buyer_country=buyer, buyer_has_vat_id=has_id)
        assert found is treatment

    def test_each_treatment_has_its_category_and_mandatory_text(self) -> None:
        assert Tax("S", Decimal(19)) == DE_19
        assert (REVERSE_CHARGE.category, REVERSE_CHARGE.exemption) == ("AE", "VATEX-EU-AE")
        assert REVERSE_CHARGE.text is MandatoryText.REVERSE_CHARGE
        assert tax_of(Treatment.OUT_OF_SCOPE, percent=Decimal(19)).category == "O"
        assert (SMALL_BUSINESS.category, SMALL_BUSINESS.text) == ("E", MandatoryText.SMALL_BUSINESS)
        simplified = tax_of(Treatment.NO_VAT, percent=Decimal(22), regime=Regime.SIMPLIFIED)
        assert simplified.text is MandatoryText.WITHOUT_VAT

    def test_russia_reckons_on_every_line(self) -> None:
        assert reckons_per_line("RU")
        assert not reckons_per_line("DE")


class TestGrossPrices:
    def test_ten_hours_are_1500_and_never_grossed_up_again(self) -> None:
        assert figures(gross(*["150.00"] * 10)) == ("1260.50", "239.50", "1500.00")

    def test_half_an_hour_is_75(self) -> None:
        assert figures(gross("75.00")) == ("63.03", "11.97", "75.00")

    @pytest.mark.parametrize("case", GOLDEN["gross_document_lines"], ids=lambda case: "+".join(case["gross_lines"]))
    def test_golden_lines(self, case: dict[str, Any]) -> None:
        totals = gross(*case["gross_lines"], tax=Tax("S", Decimal(case["rate"])))
        assert figures(totals) == (case["net"], case["vat"], case["gross"])
        assert [str(line.net_amount) for line in totals.lines] == case["net_lines"]
        assert [str(line.gross_amount) for line in totals.lines] == case["gross_lines"]

    def test_reverse_charge_takes_the_domestic_vat_out_once_per_group(self) -> None:
        totals = gross(*["150.00"] * 10, tax=REVERSE_CHARGE, agreed_percent=Decimal(19))
        assert figures(totals) == ("1260.50", "0.00", "1260.50")
        assert totals.texts == (MandatoryText.REVERSE_CHARGE,)
        assert [(group.category, group.percent) for group in totals.groups] == [("AE", Decimal(0))]

    def test_for_a_seller_without_vat_the_price_stays(self) -> None:
        assert figures(gross("150.00", tax=SMALL_BUSINESS)) == ("150.00", "0.00", "150.00")
        kept = gross("150.00", tax=SMALL_BUSINESS, agreed_percent=Decimal(19))
        assert figures(kept) == ("150.00", "0.00", "150.00")

    def test_a_line_and_its_full_discount_cancel_out(self) -> None:
        totals = gross("75.00", "-75.00")
        assert figures(totals) == ("0.00", "0.00", "0.00")
        assert [str(line.net_amount) for line in totals.lines] == ["63.03", "-63.03"]


class TestChangedRate:
    def test_unanswered_drafting_stops_with_the_question(self) -> None:
        with pytest.raises(RateChangeUnansweredError) as question:
            gross("80000.00", tax=RU_22, agreed_percent=Decimal(20))
        assert (question.value.agreed_percent, question.value.percent) == (Decimal(20), Decimal(22))

    def test_the_price_stays(self) -> None:
        totals = gross("80000.00", tax=RU_22, agreed_percent=Decimal(20), change=RateChange.PRICE_STAYS)
        assert figures(totals) == ("65573.77", "14426.23", "80000.00")

    def test_vat_on_top(self) -> None:
        totals = gross("80000.00", tax=RU_22, agreed_percent=Decimal(20), change=RateChange.VAT_ON_TOP)
        assert figures(totals) == ("66666.67", "14666.67", "81333.34")

    def test_both_answers_on_one_document_share_its_vat_group(self) -> None:
        lines = [
            Line(Decimal("80000.00"), RU_22, Decimal(20), change)
            for change in (RateChange.PRICE_STAYS, RateChange.VAT_ON_TOP)
        ]
        totals = total_document(lines, basis="gross", currency="RUB")
        assert len(totals.groups) == 1
        assert figures(totals) == ("132240.44", "29092.90", "161333.34")

    def test_a_net_price_asks_nothing(self) -> None:
        totals = total_document([Line(Decimal(100), RU_22, Decimal(20))], basis="net")
        assert figures(totals) == ("100.00", "22.00", "122.00")


class TestNetPrices:
    @pytest.mark.parametrize("case", GOLDEN["net_document_vat_per_document_vs_per_line"])
    def test_per_group_and_per_line_differ_as_the_law_says(self, case: dict[str, Any]) -> None:
        lines = [Line(Decimal(amount), Tax("S", Decimal(case["rate"]))) for amount in case["net_lines"]]
        assert str(total_document(lines, basis="net").vat_amount) == case["vat_document"]
        assert str(total_document(lines, basis="net", per_line=True).vat_amount) == case["vat_sum_of_lines"]

    def test_three_russian_lines_sum_to_a_kopeck_less(self) -> None:
        lines = [Line(Decimal(amount), RU_22) for amount in ("26666.67", "26666.67", "26666.66")]
        assert str(total_document(lines, basis="gross", currency="RUB", per_line=True).vat_amount) == "14426.22"

    def test_groups_stand_by_falling_rate(self) -> None:
        lines = [Line(Decimal(100), Tax("S", Decimal(7))), Line(Decimal(100), DE_19)]
        totals = total_document(lines, basis="net")
        assert [(group.percent, group.vat_amount) for group in totals.groups] == [
            (Decimal(19), Decimal(19)),
            (Decimal(7), Decimal(7)),
        ]

    def test_nothing_on_a_document_is_nothing(self) -> None:
        assert figures(net()) == ("0.00", "0.00", "0.00")


cents = st.integers(-10_000_000, 10_000_000).map(from_minor)
taxes = st.sampled_from([DE_19, Tax("S", Decimal(7)), REVERSE_CHARGE, SMALL_BUSINESS])
documents = st.lists(
    st.builds(
        Line,
        cents,
        taxes,
        st.sampled_from([None, Decimal(19), Decimal(16)]),
        st.sampled_from([RateChange.PRICE_STAYS, RateChange.VAT_ON_TOP]),
    ),
    max_size=8,
)
bases = st.sampled_from(["gross", "net"])


@given(documents, bases, st.booleans())
def test_lines_and_groups_sum_to_the_totals(lines: list[Line], basis: Any, per_line: bool) -> None:
    totals = total_document(lines, basis=basis, per_line=per_line)
    assert sum(line.net_amount for line in totals.lines) == totals.net_amount
    assert sum(line.vat_amount for line in totals.lines) == totals.vat_amount
    assert sum(group.net_amount for group in totals.groups) == totals.net_amount
    assert sum(group.vat_amount for group in totals.groups) == totals.vat_amount
    assert all(abs(group.vat_amount - group.net_amount * group.percent / 100) < 1 for group in totals.groups)


@given(documents, bases, st.booleans())
def test_a_full_credit_is_the_exact_negative(lines: list[Line], basis: Any, per_line: bool) -> None:
    negated = [Line(-line.amount, line.tax, line.agreed_percent, line.change) for line in lines]
    totals = total_document(lines, basis=basis, per_line=per_line)
    credit = total_document(negated, basis=basis, per_line=per_line)
    assert [(-line.net_amount, -line.vat_amount) for line in credit.lines] == [
        (line.net_amount, line.vat_amount) for line in totals.lines
    ]


@given(documents, bases, st.randoms())
def test_the_order_of_lines_does_not_change_the_totals(lines: list[Line], basis: Any, rng: Any) -> None:
    shuffled = rng.sample(lines, len(lines))
    assert figures(total_document(shuffled, basis=basis)) == figures(total_document(lines, basis=basis))


@given(st.lists(cents, max_size=8))
def test_a_gross_document_costs_what_was_agreed(amounts: list[Decimal]) -> None:
    totals = total_document([Line(amount, DE_19) for amount in amounts], basis="gross")
    assert totals.gross_amount == sum(amounts)
