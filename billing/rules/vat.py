"""VAT of a document: which treatment and rate hold for the supply, and the totals that follow from its lines.

Germany and the EU reckon VAT once per category and rate, Russia on every line. A gross price stays what was
agreed; it holds for the VAT it was agreed under, so other supplies have that VAT taken out per group.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from crm.money import Basis, allocate, quantise, vat_from_net, vat_per_group

ZERO = Decimal("0.00")
_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU_COUNTRIES = frozenset(_EU.split())


class Regime(StrEnum):
    """How the seller stands towards VAT."""

    STANDARD = "standard"
    SMALL_BUSINESS = "small_business"
    SIMPLIFIED = "simplified"
    SIMPLIFIED_5 = "simplified_5"
    SIMPLIFIED_7 = "simplified_7"


class Treatment(StrEnum):
    STANDARD = "standard"
    REVERSE_CHARGE = "reverse_charge"
    OUT_OF_SCOPE = "out_of_scope"
    NO_VAT = "no_vat"


class RateKind(StrEnum):
    STANDARD = "S"
    REDUCED = "R"
    ZERO = "Z"


class RateChange(StrEnum):
    """What was agreed for a gross price when the statutory rate changed after it was set."""

    UNANSWERED = "unanswered"
    PRICE_STAYS = "price_stays"
    VAT_ON_TOP = "vat_on_top"


class MandatoryText(StrEnum):
    """Codes of the sentences that a document must carry."""

    REVERSE_CHARGE = "reverse_charge"
    OUT_OF_SCOPE = "out_of_scope"
    SMALL_BUSINESS = "small_business"
    WITHOUT_VAT = "without_vat"
    MULTI_PURPOSE = "multi_purpose"


class RateChangeUnansweredError(ValueError):
    """A gross price was agreed under another rate and nobody has said whether it stays; drafting stops."""

    def __init__(self, agreed_percent: Decimal, percent: Decimal) -> None:
        super().__init__(f"price agreed with {agreed_percent} % VAT, now {percent} %")
        self.agreed_percent = agreed_percent
        self.percent = percent


@dataclass(frozen=True, slots=True)
class StatutoryRate:
    """A rate in per cent, valid on both of its bounds; an absent end is open."""

    country: str
    kind: RateKind
    percent: Decimal
    valid_from: date
    valid_to: date | None = None

    def holds_on(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


def _history(country: str, kind: RateKind, *steps: tuple[int, date]) -> tuple[StatutoryRate, ...]:
    """Rates that follow each other, each valid until the day before the next."""
    ends = [date.fromordinal(following[1].toordinal() - 1) for _, following in pairwise(steps)]
    return tuple(
        StatutoryRate(country, kind, Decimal(percent), since, until)
        for (percent, since), until in zip(steps, [*ends, None], strict=True)
    )


# UStG § 12 and § 28 (16 and 5 % in the second half of 2020); NK RF art. 164, law 425-FZ of 2025-11-28.
STATUTORY_RATES = (
    *_history("DE", RateKind.STANDARD, (19, date(2007, 1, 1)), (16, date(2020, 7, 1)), (19, date(2021, 1, 1))),
    *_history("DE", RateKind.REDUCED, (7, date(2007, 1, 1)), (5, date(2020, 7, 1)), (7, date(2021, 1, 1))),
    *_history("RU", RateKind.STANDARD, (18, date(2004, 1, 1)), (20, date(2019, 1, 1)), (22, date(2026, 1, 1))),
    *_history("RU", RateKind.REDUCED, (10, date(2004, 1, 1))),
)


# NK RF art. 164(8): payers under the simplified regime (USN) may choose one low rate for all they supply, and then
# deduct no VAT of what they buy; at the full rates they are like any other company here.
SIMPLIFIED_SINCE = date(2025, 1, 1)
SIMPLIFIED_RATES: Mapping[Regime, Decimal] = {Regime.SIMPLIFIED_5: Decimal(5), Regime.SIMPLIFIED_7: Decimal(7)}
# NK RF art. 145(1), law 425-FZ: up to this income of the year before, in roubles, a USN payer charges no VAT.
EXEMPT_INCOME: Mapping[int, Decimal] = {
    2025: Decimal(60_000_000),
    2026: Decimal(20_000_000),
    2027: Decimal(15_000_000),
    2028: Decimal(10_000_000),
}


@dataclass(frozen=True, slots=True)
class Tax:
    """How one line is taxed: EN 16931 category (BT-151), per cent, exemption code (BT-121), mandatory text."""

    category: str
    percent: Decimal
    exemption: str = ""
    text: MandatoryText | None = None


def statutory_percent(
    country: str, kind: RateKind, *, supplied_on: date, rates: Iterable[StatutoryRate] = STATUTORY_RATES
) -> Decimal | None:
    """The rate on the date of supply, which decides, whatever the date of invoice or payment."""
    if kind is RateKind.ZERO:
        return ZERO
    for rate in rates:
        if (rate.country, rate.kind) == (country, kind) and rate.holds_on(supplied_on):
            return rate.percent
    return None


def charges_vat(regime: Regime) -> bool:
    return regime is Regime.STANDARD or regime in SIMPLIFIED_RATES


def charged_percent(
    country: str,
    kind: RateKind,
    *,
    regime: Regime,
    supplied_on: date,
    rates: Iterable[StatutoryRate] = STATUTORY_RATES,
) -> Decimal | None:
    """The rate that a company of this regime charges: under a simplified one its own for everything, but for 0 %."""
    if regime not in SIMPLIFIED_RATES or kind is RateKind.ZERO:
        return statutory_percent(country, kind, supplied_on=supplied_on, rates=rates)
    return SIMPLIFIED_RATES[regime] if supplied_on >= SIMPLIFIED_SINCE else None


def exempt_income(year: int) -> Decimal | None:
    """How much a USN payer may have earned in the year before and charge no VAT in this one; None before 2025."""
    return EXEMPT_INCOME.get(min(year, max(EXEMPT_INCOME)))


def choose_treatment(*, seller_country: str, regime: Regime, buyer_country: str, buyer_has_vat_id: bool) -> Treatment:
    """The treatment of a service, which is supplied where a business buyer is (UStG § 3a(2); NK RF art. 148).

    Inside the EU a buyer without a valid VAT ID is treated as a consumer: domestic VAT.
    """
    if not charges_vat(regime):
        return Treatment.NO_VAT
    if buyer_country == seller_country:
        return Treatment.STANDARD
    if seller_country in EU_COUNTRIES and buyer_country in EU_COUNTRIES:
        return Treatment.REVERSE_CHARGE if buyer_has_vat_id else Treatment.STANDARD
    return Treatment.OUT_OF_SCOPE


def tax_of(treatment: Treatment, *, percent: Decimal, regime: Regime = Regime.STANDARD) -> Tax:
    """The tax of a line under the treatment; `percent` is the statutory rate, used where VAT is charged.

    A supply taxed at 0 per cent (Z) is not one without VAT: it states its rate and no reason for having none.
    """
    if treatment is Treatment.STANDARD:
        return Tax("S", percent) if percent else Tax("Z", ZERO)
    if treatment is Treatment.REVERSE_CHARGE:
        return Tax("AE", ZERO, "VATEX-EU-AE", MandatoryText.REVERSE_CHARGE)
    if treatment is Treatment.OUT_OF_SCOPE:
        return Tax("O", ZERO, "VATEX-EU-O", MandatoryText.OUT_OF_SCOPE)
    small = regime is Regime.SMALL_BUSINESS
    return Tax("E", ZERO, text=MandatoryText.SMALL_BUSINESS if small else MandatoryText.WITHOUT_VAT)


# Hours that may go into services of different rates or places are a multi-purpose voucher: VAT falls due when they are
# used, not with their sale (UStG § 3(15)). Exempt (E) and not out of scope (O), which may stand beside no other VAT.
VOUCHER = Tax("E", ZERO, text=MandatoryText.MULTI_PURPOSE)


def tax_of_voucher(tax: Tax) -> Tax:
    """The tax of multi-purpose hours when they are sold, by what their use carries: outside of VAT nothing changes."""
    return VOUCHER if tax.category in ("S", "Z", "AE") else tax


def is_voucher(category: str, treatment: str) -> bool:
    """Whether a line sells or redeems a multi-purpose voucher: exempt on a document that is taxed otherwise."""
    return category == VOUCHER.category and treatment != Treatment.NO_VAT


def sells_multi_purpose(*, seller_country: str, regime: Regime) -> bool:
    """Whether a company may leave the VAT of sold hours to their use: one in the EU that charges VAT."""
    return seller_country in EU_COUNTRIES and charges_vat(regime)


def states_rate(category: str) -> bool:
    """Whether a line of this category has a rate, be it 0 per cent; others are without VAT."""
    return category in ("S", "Z")


@dataclass(frozen=True, slots=True)
class Line:
    """An amount in the document's basis. `agreed_percent` is the VAT that a gross price was agreed to contain.

    None means the price contains the tax it is charged with, or none where none is charged.
    """

    amount: Decimal
    tax: Tax
    agreed_percent: Decimal | None = None
    change: RateChange = RateChange.UNANSWERED


@dataclass(frozen=True, slots=True)
class LineTotal:
    net_amount: Decimal
    vat_amount: Decimal
    percent: Decimal
    category: str

    @property
    def gross_amount(self) -> Decimal:
        return self.net_amount + self.vat_amount


@dataclass(frozen=True, slots=True)
class VatGroup:
    """What the document shows per category and rate (BG-23)."""

    category: str
    percent: Decimal
    net_amount: Decimal
    vat_amount: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """Lines in their order, groups by falling rate; both sum to net and VAT exactly."""

    lines: tuple[LineTotal, ...]
    groups: tuple[VatGroup, ...]
    net_amount: Decimal
    vat_amount: Decimal
    texts: tuple[MandatoryText, ...] = ()

    @property
    def gross_amount(self) -> Decimal:
        return self.net_amount + self.vat_amount


def reckons_per_line(seller_country: str) -> bool:
    """Whether VAT is reckoned on every line (Russia, PP 1137) or once per group (EN 16931 BR-CO-17)."""
    return seller_country == "RU"


def total_document(lines: Sequence[Line], *, basis: Basis, currency: str = "EUR", per_line: bool = False) -> Totals:
    """Net, VAT and totals of a document; RateChangeUnansweredError where a question must be answered first.

    The lines may be of both signs and in any order: the order does not change the totals, and the totals of
    the negated lines are the negated totals.
    """
    totals: dict[int, LineTotal] = {}
    for places in _groups(lines, basis, per_line=per_line):
        group = [lines[place] for place in places]
        totals |= zip(places, _total_group(group, basis, currency), strict=True)
    ordered = tuple(totals[place] for place in range(len(lines)))
    return Totals(
        lines=ordered,
        groups=_vat_groups(ordered),
        net_amount=sum((line.net_amount for line in ordered), ZERO),
        vat_amount=sum((line.vat_amount for line in ordered), ZERO),
        texts=tuple(dict.fromkeys(line.tax.text for line in lines if line.tax.text)),
    )


def taken_out_percent(line: Line) -> Decimal | None:
    """The VAT to take out of a gross price before the line's own tax is put on it; None if the price stays."""
    agreed, tax = line.agreed_percent, line.tax
    if agreed is None or agreed == tax.percent or tax.category == "E":
        return None
    if tax.category != "S":
        return agreed
    if line.change is RateChange.UNANSWERED:
        raise RateChangeUnansweredError(agreed, tax.percent)
    return agreed if line.change is RateChange.VAT_ON_TOP else None


def _groups(lines: Sequence[Line], basis: Basis, *, per_line: bool) -> list[list[int]]:
    """Places of the lines whose VAT is reckoned together."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for place, line in enumerate(lines):
        taken_out = taken_out_percent(line) if basis == "gross" else None
        own = place if per_line else None
        groups.setdefault((line.tax.category, line.tax.percent, taken_out, own), []).append(place)
    return list(groups.values())


def _total_group(group: Sequence[Line], basis: Basis, currency: str) -> list[LineTotal]:
    tax = group[0].tax
    amounts = [quantise(line.amount, currency) for line in group]
    taken_out = taken_out_percent(group[0]) if basis == "gross" else None
    split = vat_per_group(amounts, tax.percent if taken_out is None else taken_out, basis=basis, currency=currency)
    if basis == "gross" and taken_out is None:
        vats = [amount - net for amount, net in zip(amounts, split.net_lines, strict=True)]
    else:
        vat = vat_from_net(split.net, tax.percent, currency=currency).vat
        vats = allocate(vat, split.net_lines, currency=currency)
    return [LineTotal(net, vat, tax.percent, tax.category) for net, vat in zip(split.net_lines, vats, strict=True)]


def _vat_groups(lines: Iterable[LineTotal]) -> tuple[VatGroup, ...]:
    sums: dict[tuple[Decimal, str], tuple[Decimal, Decimal]] = {}
    for line in lines:
        net, vat = sums.get((line.percent, line.category), (ZERO, ZERO))
        sums[line.percent, line.category] = (net + line.net_amount, vat + line.vat_amount)
    ordered = sorted(sums.items(), key=lambda item: (-item[0][0], item[0][1]))
    return tuple(VatGroup(category, percent, net, vat) for (percent, category), (net, vat) in ordered)
