"""The kinds of this floor: clients and their people."""

from typing import cast

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.imports.batches import delete_unused
from clients.imports.forms import SOURCE, ClientRow, ContactRow, KnownClients, KnownContacts
from clients.imports.headers import CLIENT_HEADERS, CONTACT_HEADERS, CONTACT_LAYOUTS
from clients.imports.kinds import Field, Kind
from clients.models import Client, Contact
from clients.rules.names import core_name
from crm.models import User


def write_client(form: forms.Form, _user: User) -> Client:
    body = dict(form.cleaned_data)
    seller = body.pop("seller")
    client = Client(**body, default_seller=seller, external_source=SOURCE if body["external_id"] else "")
    client.save()
    return client


def client_keys(form: forms.Form) -> list[str]:
    """A name, a number and an id are one client each."""
    body = form.cleaned_data
    numbers = {body["tax_number"], body["vat_id"]} - {""}
    ids = [f"id {body['external_id']}"] if body["external_id"] else []
    return [core_name(body["name"]), *(f"number {number}" for number in numbers), *ids]


def write_contact(form: forms.Form, _user: User) -> Contact:
    body = {name: value for name, value in form.cleaned_data.items() if name != "full_name"}
    contact = Contact(**body, external_source=SOURCE if body["external_id"] else "")
    contact.save()
    return contact


def contact_keys(form: forms.Form) -> list[str]:
    """An address is one person; without one, the name at the client is. An id is one person everywhere."""
    body = form.cleaned_data
    client = cast("Client", body["client"])
    name = f"{body['first_name']} {body['last_name']}".casefold()
    ids = [f"id {body['external_id']}"] if body["external_id"] else []
    return [f"{client.pk} {body['email'].casefold() or name}", *ids]


CLIENTS = Kind(
    code="clients",
    label=_("Clients"),
    text=_("One line for each client. Only the name is needed; the rest can follow."),
    fields=(
        Field("name", _("name"), "Brandl Logistik GmbH", required=True),
        Field("legal_name", _("legal name")),
        Field("status", _("status"), "active"),
        Field("tier", _("tier"), "b"),
        Field("account_manager", _("account manager"), "Anna Orlova"),
        Field("street", _("street"), "Lindenweg 4"),
        Field("postcode", _("postcode"), "80331"),
        Field("city", _("city"), "München"),
        Field("country", _("country"), "DE"),
        Field("currency", _("currency"), "EUR"),
        Field("language", _("language"), "de"),
        Field("industry", _("industry"), "Logistik"),
        Field("vat_id", _("VAT ID"), "DE129273398"),
        Field("tax_number", _("tax number or INN")),
        Field("registration_reason", _("KPP")),
        Field("billing_email", _("e-mail for invoices"), "rechnung@brandl.example"),
        Field("e_invoice", _("e-invoice"), "zugferd"),
        Field("e_address", _("electronic address")),
        Field("buyer_reference", _("buyer reference"), "04011000-12345-03"),
        Field("payment_terms_days", _("payment terms in days"), "14"),
        Field("seller", _("own company"), "de"),
        Field("since_on", _("client since"), "01.02.2024"),
        Field("external_id", _("external id"), "K-1001"),
    ),
    headers=CLIENT_HEADERS,
    known=KnownClients.read,
    form=ClientRow,
    keys=client_keys,
    write=write_client,
    model=Client,
    undo=delete_unused,
)
CONTACTS = Kind(
    code="contacts",
    label=_("Contacts"),
    text=_("One line for each person. The client must be here already, by name, external id or tax number."),
    fields=(
        Field("client", _("client"), "Brandl Logistik GmbH", required=True),
        Field("first_name", _("first name"), "Jonas"),
        Field("last_name", _("last name"), "Brandl"),
        Field("full_name", _("whole name, where it stands together")),
        Field("position", _("position"), "CFO"),
        Field("email", _("e-mail"), "j@brandl.example"),
        Field("phone", _("phone"), "+49 89 123"),
        Field("buying_role", _("buying role"), "payer"),
        Field("level", _("level"), "management"),
        Field("birthday", _("birthday"), "09.02.1980"),
        Field("language", _("language"), "de"),
        Field("external_id", _("external id")),
    ),
    headers=CONTACT_HEADERS,
    known=KnownContacts.read,
    form=ContactRow,
    layouts=CONTACT_LAYOUTS,
    keys=contact_keys,
    write=write_contact,
    model=Contact,
    undo=delete_unused,
)
