"""What an act of services states: a row for each service, with the VAT of its own line, and discounts within the rows.

Russian primary documents take no deductions as rows of their own: a discount lowers the rows of its VAT rate, by
largest remainder, so that the act and its invoice have one total to the kopeck (finance.md 3.1, 3.2).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from crm.money import allocate, round_half_up

PRICE_PLACES = 2


class ActRefusedError(ValueError):
    """There is nothing to state, or a deduction is larger than what it is taken from."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class ActRow:
    """One service; amounts in its invoice's currency. `rate` is VAT in per cent, None without VAT, which is not 0."""

    text: str
    quantity: Decimal
    unit: str
    net: Decimal
    vat: Decimal
    rate: Decimal | None

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat

    @property
    def price(self) -> Decimal:
        """Of one unit, without VAT."""
        return round_half_up(self.net / self.quantity, PRICE_PLACES) if self.quantity else self.net


def act_rows(rows: Sequence[ActRow], *, currency: str = "RUB") -> list[ActRow]:
    """The rows of an act from those of its invoice: what costs nothing is left out, deductions are within the others.

    ActRefusedError `nothing_rendered` without a row that costs something, `negative_total` when a deduction is larger
    than the rows of its rate.
    """
    services = [row for row in rows if row.gross > 0]
    for rate in {row.rate for row in rows if row.gross < 0}:
        services = _lowered(services, [row for row in rows if row.gross < 0 and row.rate == rate], rate, currency)
    stated = [row for row in services if row.gross]
    if not stated:
        raise ActRefusedError("nothing_rendered")
    return stated


def _lowered(
    services: Sequence[ActRow], deductions: Sequence[ActRow], rate: Decimal | None, currency: str
) -> list[ActRow]:
    """The services with the deductions of one rate taken from the rows of that rate.

    The net of the rate is parted by what is left of each row, so that a row of nothing keeps no kopeck of it.
    """
    places = [place for place, row in enumerate(services) if row.rate == rate]
    grosses = [services[place].gross for place in places]
    net, gross = (sum((getattr(row, name) for row in deductions), Decimal(0)) for name in ("net", "gross"))
    if sum(grosses) + gross < 0 or not places:
        raise ActRefusedError("negative_total" if services else "nothing_rendered")
    parts = allocate(gross, grosses, currency=currency)
    left = [whole + part for whole, part in zip(grosses, parts, strict=True)]
    whole_net = net + sum((services[place].net for place in places), Decimal(0))
    nets = allocate(whole_net, left, currency=currency) if any(left) else left
    lowered = list(services)
    for place, row_net, row_gross in zip(places, nets, left, strict=True):
        lowered[place] = replace(lowered[place], net=row_net, vat=row_gross - row_net)
    return lowered
