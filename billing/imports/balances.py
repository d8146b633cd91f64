"""Opening balances: hour packages that clients had bought before the firm came here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import HourPackage
from billing.services.ledger import adjust_balance
from billing.services.packages import buy_package, void_package
from clients.imports.cells import AmountCell, DayCell, HoursCell, Known, RowForm, WordCell
from clients.imports.forms import find_client
from clients.imports.kinds import Field, Kind
from clients.models import Client, Seller
from crm.models import User

YES_NO = {"yes": "ja|да|1|true|incl|inkl|с НДС", "no": "nein|нет|0|false|excl|zzgl|без НДС"}
HEADERS = {
    "client": "company customer firma kunde клиент компания контрагент",
    "name": "package paket kontingent stundenkontingent пакет название",
    "purchased": "hours bought purchased gekauft stunden_gekauft куплено часов_куплено",
    "balance": "balance left remaining rest guthaben restguthaben остаток осталось",
    "price": "amount total preis betrag цена сумма стоимость",
    "price_includes_tax": "including_vat incl_vat brutto inkl_ust с_ндс",
    "currency": "währung валюта",
    "valid_from": "from since ab gültig_ab с действует_с дата_начала",
    "expires_on": "until expires bis gültig_bis до действует_до срок",
    "seller": "own_company verkäufer eigene_firma наша_компания исполнитель",
}


@dataclass(slots=True)
class KnownBalances:
    clients: Known
    sellers: Known
    taken: frozenset[tuple[int, str]]

    @classmethod
    def read(cls, _user: User) -> "KnownBalances":
        rows = Client.objects.current().select_related("default_seller")
        named = ((row, (row.name, row.legal_name, row.external_id, row.tax_number, row.vat_id)) for row in rows)
        sellers = ((seller, (seller.code, seller.name)) for seller in Seller.objects.filter(is_active=True))
        packages = HourPackage.objects.filter(voided_on=None).values_list("client", "name")
        return cls(Known(named), Known(sellers), frozenset((client, name.casefold()) for client, name in packages))


class BalanceRow(RowForm):
    client = forms.CharField()
    name = forms.CharField(max_length=120)
    purchased = HoursCell()
    balance = HoursCell()
    price = AmountCell()
    price_includes_tax = WordCell(YES_NO)
    currency = forms.RegexField(r"(?i)^[a-z]{3}$", required=False, strip=True)
    valid_from = DayCell()
    expires_on = DayCell(required=False)
    seller = forms.CharField(required=False)

    def __init__(self, values: Mapping[str, str], known: KnownBalances) -> None:
        super().__init__(values)
        self.known = known

    def clean_client(self) -> Client:
        return find_client(self.known.clients, self.cleaned_data["client"])

    def clean_seller(self) -> Seller | None:
        text = self.cleaned_data["seller"]
        missing = _("There is no own company “%(value)s”.")
        found: Seller | None = self.known.sellers.find(text, missing=missing, shared=missing) if text else None
        return found

    def clean(self) -> dict[str, Any]:
        body: dict[str, Any] = super().clean() or {}
        client = body.get("client")
        if client is None or self.errors:
            return body
        self._fill_in(body, client)
        self._check_hours(body)
        if (client.pk, body["name"].casefold()) in self.known.taken:
            self.add_error("name", ValidationError(_("The client has a package of this name."), "duplicate"))
        return body

    def _fill_in(self, body: dict[str, Any], client: Client) -> None:
        body["seller"] = seller = body["seller"] or client.default_seller or self.known.sellers.only
        if seller is None:
            self.add_error("seller", ValidationError(_("Say which own company sold it."), "required"))
            return
        body["currency"] = (body["currency"] or client.currency).upper()
        asked = body["price_includes_tax"]
        body["price_includes_tax"] = asked == "yes" if asked else seller.price_includes_tax

    def _check_hours(self, body: dict[str, Any]) -> None:
        if body["purchased"] <= 0:
            self.add_error("purchased", ValidationError(_("A package has more than no hours."), "invalid"))
        elif body["balance"] > body["purchased"]:
            self.add_error("balance", ValidationError(_("More is left than was bought."), "invalid"))
        if body["expires_on"] and body["expires_on"] < body["valid_from"]:
            self.add_error("expires_on", ValidationError(_("It ends before it begins."), "invalid"))


def balance_keys(form: forms.Form) -> list[str]:
    return [f"{form.cleaned_data['client'].pk} {form.cleaned_data['name'].casefold()}"]


def write_balance(form: forms.Form, user: User) -> HourPackage:
    """The package as it was bought, and one adjustment for what was used before."""
    body, now = dict(form.cleaned_data), timezone.now()
    purchased, balance = body.pop("purchased"), body.pop("balance")
    today = timezone.localdate(now)
    package = HourPackage(**body, purchased_minutes=purchased)
    package = buy_package(package, by=user, on=today, at=now)
    if balance < purchased:
        reason = str(_("Used before the import"))
        adjust_balance(package.account, minutes=balance - purchased, reason=reason, on=today, by=user, at=now)
    return package


def undo_balances(rows: Sequence[Any], user: User) -> None:
    """Voids the packages; the ledger keeps both rows. Raises ValidationError once hours were drawn."""
    now = timezone.now()
    on: date = timezone.localdate(now)
    for package in cast("Sequence[HourPackage]", rows):
        void_package(package, reason=str(_("Import taken back")), by=user, on=on, at=now)


BALANCES = Kind(
    code="balances",
    label=_("Opening package balances"),
    text=_("One line for each hour package that a client still draws on. Hours as 8.5 or 8:30."),
    fields=(
        Field("client", _("client"), "Brandl Logistik GmbH", required=True),
        Field("name", _("package"), "50 h support 2024", required=True),
        Field("purchased", _("hours bought"), "50", required=True),
        Field("balance", _("hours left"), "8.5", required=True),
        Field("price", _("price of the whole package"), "6750.00", required=True),
        Field("price_includes_tax", _("price includes VAT"), "yes"),
        Field("currency", _("currency"), "EUR"),
        Field("valid_from", _("valid from"), "01.02.2024", required=True),
        Field("expires_on", _("valid until"), "31.12.2027"),
        Field("seller", _("own company"), "de"),
    ),
    headers=HEADERS,
    known=KnownBalances.read,
    form=BalanceRow,
    keys=balance_keys,
    write=write_balance,
    model=HourPackage,
    undo=undo_balances,
)
