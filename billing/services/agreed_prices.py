"""The tax side of a price: what it was agreed to contain, what the supply carries, and what a change of rate means."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone

from billing.models import Offer, Rate, TimeEntry
from billing.rules.vat import RateChange, StatutoryRate, Tax, Treatment
from billing.services.taxes import Taxes, rate_change_of, rates_of, treatment_of
from clients.models import Client, Seller


class TaxedPrice(NamedTuple):
    """The tax of a supply, the VAT that its gross price was agreed to contain, and the answer to a change."""

    tax: Tax
    agreed_percent: Decimal | None = None
    change: RateChange = RateChange.PRICE_STAYS


class Agreement(NamedTuple):
    """What a price comes from, and the day whose VAT it was agreed under."""

    key: str
    agreed_on: date


@dataclass
class AgreedPrices:
    """Prices of one client, their rates and agreements loaded once; `known` are statutory rates that others share."""

    client: Client
    known: dict[str, tuple[StatutoryRate, ...]] = field(default_factory=dict)
    _taxes: dict[int, Taxes] = field(default_factory=dict)
    _rates: dict[int, date] = field(default_factory=dict)

    def taxes_of(self, seller: Seller) -> Taxes:
        if seller.pk not in self._taxes:
            if seller.country not in self.known:
                self.known[seller.country] = rates_of(seller.country)
            treatment = Treatment(treatment_of(seller, self.client))
            self._taxes[seller.pk] = Taxes(seller, treatment, self.known[seller.country])
        return self._taxes[seller.pk]

    def of_agreement(
        self, seller: Seller, agreement: Agreement | None, *, includes_tax: bool, supplied_on: date
    ) -> TaxedPrice:
        """ValidationError `needs_decision` while nobody said whether a gross price stays under a new rate."""
        taxes = self.taxes_of(seller)
        tax = taxes.tax(supplied_on)
        if not includes_tax or agreement is None:
            return TaxedPrice(tax, taxes.agreed_percent(supplied_on) if includes_tax else None)
        agreed = taxes.agreed_percent(agreement.agreed_on)
        return TaxedPrice(
            tax, agreed, rate_change_of(agreement.key, client=self.client, agreed_percent=agreed, tax=tax)
        )

    def of_entry(self, entry: TimeEntry, *, includes_tax: bool) -> TaxedPrice:
        agreement = self._agreement_of(entry) if includes_tax else None
        return self.of_agreement(entry.seller, agreement, includes_tax=includes_tax, supplied_on=entry.worked_on)

    def _agreement_of(self, entry: TimeEntry) -> Agreement | None:
        """The offer, or the row of the price list that the entry was priced by (`rate_source` ends in its id)."""
        if entry.offer is not None:
            return offer_agreement(entry.offer)
        number = entry.rate_source.partition(":")[2]
        if not number.isdigit():
            return None
        return Agreement(f"rate:{number}", self._rate_day(int(number)))

    def _rate_day(self, number: int) -> date:
        if number not in self._rates:
            self._rates[number] = Rate.objects.values_list("valid_from", flat=True).get(pk=number)
        return self._rates[number]


def offer_agreement(offer: Offer) -> Agreement:
    """An offer in all its versions is one agreement, as of the last decision."""
    decided = offer.decided_at or offer.created_at
    return Agreement(f"offer:{offer.root_id or offer.pk}", timezone.localdate(decided))
