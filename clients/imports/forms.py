"""One row of each kind that this floor imports, checked like any other input."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clients.imports.cells import DayCell, Known, RowForm, WordCell
from clients.models import Client, Contact, Seller
from clients.rules.names import core_name
from clients.rules.tax_ids import compact, is_inn, may_be_vat_id
from crm.db.lines import text_check
from crm.models import User

SOURCE = "import"
STATUSES = {
    "prospect": "Interessent|потенциальный|лид|lead",
    "active": "aktiv|активный|действующий|customer",
    "dormant": "ruhend|спящий|неактивный|inactive",
    "lost": "verloren|потерян|ушел|ушёл",
}
TIERS = {"vip": "VIP|ВИП", "a": "А", "b": "В|Б", "c": "С"}
LANGUAGES = {"en": "English|Englisch|английский", "de": "German|Deutsch|немецкий", "ru": "Russian|Russisch|русский"}
BUYING_ROLES = {
    "customer": "payer|Zahler|плательщик|заказчик",
    "consumer": "user|Nutzer|Anwender|пользователь",
    "both": "payer and user|beides|оба",
}
LEVELS = {"management": "Leitung|Geschäftsführung|руководство|руководитель", "staff": "Mitarbeiter|сотрудник"}
E_INVOICES = {"none": "no|keine|nein|нет", "zugferd": "ZUGFeRD|Factur-X", "xrechnung": "XRechnung|X-Rechnung"}
COUNTRIES = {
    "DE": "Germany|Deutschland|Германия",
    "RU": "Russia|Russland|Россия|РФ|Российская Федерация",
    "AT": "Austria|Österreich|Австрия",
    "CH": "Switzerland|Schweiz|Швейцария",
    "FR": "France|Frankreich|Франция",
    "NL": "Netherlands|Niederlande|Нидерланды",
    "PL": "Poland|Polen|Польша",
    "IT": "Italy|Italien|Италия",
    "ES": "Spain|Spanien|Испания",
    "GB": "United Kingdom|Großbritannien|Великобритания|UK",
    "US": "USA|United States|Vereinigte Staaten|США",
    "KZ": "Kazakhstan|Kasachstan|Казахстан",
    "BY": "Belarus|Weißrussland|Беларусь",
}


def text_cell(model: type[Any], name: str, *, required: bool = False) -> forms.CharField:
    """A text as long as its column allows, of one line where that holds one line."""
    column = model._meta.get_field(name)
    check = text_check(column)
    return forms.CharField(max_length=column.max_length, required=required, validators=[check] if check else [])


@dataclass(slots=True)
class KnownClients:
    """What a file of clients is checked against: colleagues, sellers, and the clients that are here already."""

    people: Known
    sellers: Known
    names: dict[str, Client]
    tax_numbers: dict[str, Client]
    external_ids: frozenset[str]

    @classmethod
    def read(cls, _user: User) -> "KnownClients":
        people = User.objects.working()
        here = list(Client.objects.current().only("name", "tax_number", "vat_id", "external_source", "external_id"))
        return cls(
            Known((person, (person.username, person.email, person.get_full_name())) for person in people),
            Known((seller, (seller.code, seller.name)) for seller in Seller.objects.filter(is_active=True)),
            {core_name(client.name): client for client in here},
            {number: client for client in here for number in (client.tax_number, client.vat_id) if number},
            frozenset(client.external_id for client in here if client.external_source == SOURCE),
        )


class ClientRow(RowForm):
    name = text_cell(Client, "name", required=True)
    legal_name = text_cell(Client, "legal_name")
    status = WordCell(STATUSES, default="active")
    tier = WordCell(TIERS, default="c")
    account_manager = forms.CharField(required=False)
    street = text_cell(Client, "street")
    postcode = text_cell(Client, "postcode")
    city = text_cell(Client, "city")
    country = WordCell(COUNTRIES)
    currency = forms.RegexField(r"(?i)^[a-z]{3}$", required=False, strip=True)
    language = WordCell(LANGUAGES)
    industry = text_cell(Client, "industry")
    vat_id = text_cell(Client, "vat_id")
    tax_number = text_cell(Client, "tax_number")
    registration_reason = forms.CharField(required=False)
    billing_email = forms.EmailField(required=False)
    e_invoice = WordCell(E_INVOICES)
    e_address = text_cell(Client, "e_address")
    buyer_reference = text_cell(Client, "buyer_reference")
    payment_terms_days = forms.IntegerField(required=False, min_value=0, max_value=365)
    seller = forms.CharField(required=False)
    since_on = DayCell(required=False)
    external_id = text_cell(Client, "external_id")

    def __init__(self, values: Mapping[str, str], known: KnownClients) -> None:
        super().__init__(values)
        self.known = known

    def clean_account_manager(self) -> User | None:
        text = self.cleaned_data["account_manager"]
        missing, shared = _("Nobody here is called “%(value)s”."), _("Several people are called “%(value)s”.")
        found: User | None = self.known.people.find(text, missing=missing, shared=shared) if text else None
        return found

    def clean_seller(self) -> Seller | None:
        text = self.cleaned_data["seller"]
        missing = _("There is no own company “%(value)s”.")
        found: Seller | None = self.known.sellers.find(text, missing=missing, shared=missing) if text else None
        return found

    def clean_vat_id(self) -> str:
        number = compact(self.cleaned_data["vat_id"])
        if number and not may_be_vat_id(number):
            raise ValidationError(_("This VAT ID has a wrong check digit or length."), code="invalid")
        return number

    def clean_external_id(self) -> str:
        key: str = self.cleaned_data["external_id"]
        if key in self.known.external_ids:
            raise ValidationError(_("This external id was imported before."), code="taken")
        return key

    def clean(self) -> dict[str, Any]:
        body: dict[str, Any] = super().clean() or {}
        self._fill_in(body)
        self._check_numbers(body)
        self._check_new(body)
        return body

    def _fill_in(self, body: dict[str, Any]) -> None:
        """Country, currency and language follow from each other where the file is silent."""
        seller = body.get("seller")
        body["country"] = body.get("country") or (seller.country if seller else self._country(body))
        body["currency"] = (body.get("currency") or "").upper() or ("RUB" if body["country"] == "RU" else "EUR")
        spoken = {"RU": "ru", "BY": "ru", "DE": "de", "AT": "de", "CH": "de"}
        body["language"] = body.get("language") or spoken.get(body["country"], "en")
        body["e_invoice"] = body.get("e_invoice") or Client.EInvoice.usual_in(body["country"])
        body["seller"] = seller or self.known.sellers.only

    def _country(self, body: dict[str, Any]) -> str:
        if body.get("vat_id", "")[:2] in COUNTRIES:
            return str(body["vat_id"][:2])
        return "RU" if body.get("registration_reason") or is_inn(body.get("tax_number", "")) else "DE"

    def _check_numbers(self, body: dict[str, Any]) -> None:
        """By the rules of the client's model, which say what is wrong with which column."""
        for name in ("tax_number", "registration_reason"):
            body[name] = compact(body.get(name, ""))
        numbers = {name: body.get(name, "") for name in ("country", "tax_number", "registration_reason", "e_invoice")}
        given = {name: body.get(name, "") for name in ("e_address", "buyer_reference")}
        try:
            Client(**numbers, **given).clean()
        except ValidationError as wrong:
            self.add_error(None, wrong)

    def _check_new(self, body: dict[str, Any]) -> None:
        """A second client of the same name or tax number is almost always the same one."""
        same = self.known.names.get(core_name(body.get("name", "")))
        for number in filter(None, (body.get("tax_number"), body.get("vat_id"))):
            same = same or self.known.tax_numbers.get(number)
        if same is not None:
            message = _("This client is here already: %(name)s.")
            self.add_error("name", ValidationError(message, "duplicate", {"name": same.name}))


@dataclass(slots=True)
class KnownContacts:
    """What a file of contacts is checked against: the clients of the firm and the addresses of their people."""

    clients: Known
    addresses: frozenset[tuple[int, str]]
    external_ids: frozenset[str]

    @classmethod
    def read(cls, user: User) -> "KnownContacts":
        rows = Client.objects.visible_to(user).current()
        named = ((row, (row.name, row.legal_name, row.external_id, row.tax_number, row.vat_id)) for row in rows)
        pairs = Contact.objects.exclude(email="").values_list("client", "email")
        ids = Contact.objects.filter(external_source=SOURCE).values_list("external_id", flat=True)
        return cls(Known(named), frozenset((client, email.casefold()) for client, email in pairs), frozenset(ids))


def find_client(known: Known, text: str) -> Client:
    """The client that a cell names by name, external id or tax number. Raises ValidationError."""
    found: Client = known.find(
        text,
        missing=_("There is no client “%(value)s”. Import the clients first."),
        shared=_("Several clients are called “%(value)s”. Use the external id or tax number."),
    )
    return found


class ContactRow(RowForm):
    client = forms.CharField()
    first_name = text_cell(Contact, "first_name")
    last_name = text_cell(Contact, "last_name")
    full_name = text_cell(Contact, "last_name")
    position = text_cell(Contact, "position")
    email = forms.EmailField(required=False)
    phone = text_cell(Contact, "phone")
    buying_role = WordCell(BUYING_ROLES, default="consumer")
    level = WordCell(LEVELS, default="staff")
    birthday = DayCell(required=False)
    language = WordCell(LANGUAGES)
    external_id = text_cell(Contact, "external_id")

    def __init__(self, values: Mapping[str, str], known: KnownContacts) -> None:
        super().__init__(values)
        self.known = known

    def clean_client(self) -> Client:
        return find_client(self.known.clients, self.cleaned_data["client"])

    def clean(self) -> dict[str, Any]:
        body: dict[str, Any] = super().clean() or {}
        self._split_name(body)
        client, email = body.get("client"), body.get("email")
        if client and not body.get("language"):
            body["language"] = client.language
        if client and email and (client.pk, email.casefold()) in self.known.addresses:
            self.add_error("email", ValidationError(_("A contact with this address is here already."), "duplicate"))
        if body.get("external_id") in self.known.external_ids:
            self.add_error("external_id", ValidationError(_("This external id was imported before."), code="taken"))
        return body

    def _split_name(self, body: dict[str, Any]) -> None:
        """“Jonas Brandl” or “Brandl, Jonas”, where the parts do not stand apart."""
        if body.get("last_name") or self.errors.keys() & {"last_name", "full_name"}:
            return
        last, comma, first = body["full_name"].partition(",")
        if not comma:
            first, _space, last = body["full_name"].rpartition(" ")
        body["first_name"], body["last_name"] = body.get("first_name") or first.strip(), last.strip()
        if not body["last_name"]:
            self.add_error("last_name", ValidationError(_("Say the name."), code="required"))
