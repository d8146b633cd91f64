"""Which VAT a supply carries: the pure rules of billing.rules.vat, fed with rows."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol, Self

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils import formats
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from stdnum.eu import vat as eu_vat

from billing.models import HourPackage, Invoice, Offer, Rate, RateChangeAnswer, Retainer, VatRate
from billing.rules.vat import (
    SIMPLIFIED_RATES,
    SIMPLIFIED_SINCE,
    STATUTORY_RATES,
    RateChange,
    RateKind,
    Regime,
    StatutoryRate,
    Tax,
    Treatment,
    charged_percent,
    charges_vat,
    choose_treatment,
    tax_of,
)
from clients.models import Client, Seller
from clients.models.client import of_holders
from crm.db import worded
from crm.models import User
from crm.money import vat_from_gross
from crm.web.formats import write_money, write_number


def treatment_of(seller: Seller, client: Client) -> Invoice.Treatment:
    """How a service of the seller to the client is taxed; a VAT ID counts when its form and check digits hold."""
    chosen = choose_treatment(
        seller_country=seller.country,
        regime=Regime(seller.vat_regime),
        buyer_country=client.country,
        buyer_has_vat_id=bool(client.vat_id) and eu_vat.is_valid(client.vat_id),
    )
    return Invoice.Treatment(chosen.value)


@dataclass(frozen=True, slots=True)
class Taxes:
    """The statutory rates of one seller and the treatment of one buyer, loaded once for a document."""

    seller: Seller
    treatment: Treatment
    rates: tuple[StatutoryRate, ...]

    @classmethod
    def of(cls, seller: Seller, treatment: str) -> Self:
        return cls(seller, Treatment(treatment), rates_of(seller.country))

    @property
    def regime(self) -> Regime:
        return Regime(self.seller.vat_regime)

    def percent(self, on: date, kind: RateKind = RateKind.STANDARD) -> Decimal:
        """The statutory rate of a day. ValidationError `vat_rate_missing` if nobody entered one."""
        found = charged_percent(self.seller.country, kind, regime=self.regime, supplied_on=on, rates=self.rates)
        if found is None and charges_vat(self.regime):
            raise ValidationError(
                _("There is no VAT rate for %(country)s on %(on)s."),
                code="vat_rate_missing",
                params={"country": self.seller.country, "on": on.isoformat()},
            )
        return found or Decimal(0)

    def tax(self, on: date, kind: RateKind = RateKind.STANDARD) -> Tax:
        return tax_of(self.treatment, percent=self.percent(on, kind), regime=self.regime)

    def agreed_percent(self, agreed_on: date) -> Decimal | None:
        """The VAT that a gross price of that day contains; None for a seller who charges none.

        Before 2025 a Russian payer under the simplified regime charged none: such a price contains 0 %, and the
        question is asked what becomes of it.
        """
        if not charges_vat(self.regime):
            return None
        if self.regime in SIMPLIFIED_RATES and agreed_on < SIMPLIFIED_SINCE:
            return Decimal(0)
        return self.percent(agreed_on)


class Priced(Protocol):
    """A contract with its seller, and whether its prices contain VAT."""

    price_includes_tax: bool
    currency: str
    seller_id: int

    @property
    def seller(self) -> Seller: ...


class AgreedNets:
    """Takes the VAT that a price was agreed under out of it; the rates of a seller are read once."""

    def __init__(self) -> None:
        self._taxes: dict[int, Taxes] = {}

    def of_price(self, price: Decimal, contract: Priced, *, on: date) -> Decimal:
        """The net of a price that was agreed on a day, in the currency of its contract."""
        if not contract.price_includes_tax or not price:
            return price
        if contract.seller_id not in self._taxes:
            self._taxes[contract.seller_id] = Taxes.of(contract.seller, Treatment.STANDARD)
        percent = self._taxes[contract.seller_id].agreed_percent(on) or Decimal(0)
        return vat_from_gross(price, percent, currency=contract.currency).net


def rates_of(country: str) -> tuple[StatutoryRate, ...]:
    """The rates that the firm entered for a country, or the statutory ones where it entered none."""
    rows = VatRate.objects.filter(country=country)
    entered = tuple(
        StatutoryRate(row.country, RateKind(row.category), row.rate, row.valid_from, row.valid_to) for row in rows
    )
    return entered or STATUTORY_RATES


def rate_change_of(agreement: str, *, client: Client, agreed_percent: Decimal | None, tax: Tax) -> RateChange:
    """What was agreed about a gross price whose VAT has changed since.

    ValidationError `needs_decision` while nobody has answered; the question names the agreement.
    """
    if agreed_percent is None or agreed_percent == tax.percent or tax.category != "S":
        return RateChange.PRICE_STAYS
    answer = RateChangeAnswer.objects.filter(
        of_holders([client.holder_id]), agreement=agreement, new_percent=tax.percent
    ).first()
    if answer is None:
        raise RateQuestionError(agreement, client, agreed_percent, tax.percent)
    return RateChange(answer.choice)


def answer_rate_change(
    client: Client, *, agreement: str, agreed_percent: Decimal, new_percent: Decimal, choice: str, by: User
) -> RateChangeAnswer:
    """Keeps what was agreed with the client, once per agreement and new rate; `already_done` a second time."""
    with worded():
        return RateChangeAnswer.objects.create(
            client=client,
            agreement=agreement,
            agreed_percent=agreed_percent,
            new_percent=new_percent,
            choice=RateChangeAnswer.Choice(choice),
            made_by=by,
        )


def name_agreement(agreement: str, *, shows_price: bool = False) -> str:
    """The words for what `agreement` keys, such as `offer:12`: its title, its name, or since when an hour has a price.

    How much that is stands there for those alone who may see it.
    """
    kind, _colon, rest = agreement.partition(":")
    number = rest.partition(":")[0]
    models: dict[str, type[Model]] = {"offer": Offer, "retainer": Retainer, "rate": Rate, "package": HourPackage}
    row = models[kind]._default_manager.filter(pk=number).first() if kind in models and number.isdigit() else None
    if isinstance(row, Rate):
        day = formats.date_format(row.valid_from, "SHORT_DATE_FORMAT")
        if not shows_price:
            return gettext("price an hour, valid since %(day)s") % {"day": day}
        rate = write_money(row.amount, row.currency)
        return gettext("%(rate)s an hour, valid since %(day)s") % {"rate": rate, "day": day}
    return str(row or agreement)


class RateQuestionError(ValidationError):
    """The statutory rate changed after a gross price was agreed: somebody must say whether the price stays."""

    def __init__(self, agreement: str, client: Client, agreed_percent: Decimal, new_percent: Decimal) -> None:
        self.agreement, self.client = agreement, client
        self.agreed_percent, self.new_percent = agreed_percent, new_percent
        super().__init__(
            _(
                "The price of %(client)s (%(name)s, %(agreement)s) was agreed with %(agreed)s %% VAT,"
                " now it is %(new)s %%. Does the price stay, or does VAT go on top?"
            ),
            code="needs_decision",
            params={
                "client": client.name,
                "agreement": agreement,
                "name": name_agreement(agreement),
                "agreed": str(write_number(agreed_percent, 2, trim=True)),
                "new": str(write_number(new_percent, 2, trim=True)),
            },
        )
