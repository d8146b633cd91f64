"""Choosing a client or a person by typing: a text field with suggestions, which works without scripts too."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contact
from clients.models.client import ClientQuery
from clients.models.contact import ContactQuery
from crm.models import User
from crm.web.forms import offer
from crm.web.pages import asked_id

SUGGESTED = 8
BY_ID = re.compile(r"#(\d{1,18})\s*$")


def label_of(client: Client) -> str:
    """How a client stands in the field: the name, and the city where it is known to the person who types."""
    return f"{client.name} · {client.city}" if client.city and client.shows("city") else client.name


def suggestions(user: User, text: str) -> list[Client]:
    """Clients whose name begins with or resembles the text, own ones first."""
    rows = Client.objects.visible_to(user).current()
    return list(rows.ranked_for(user, text)[:SUGGESTED])


class ClientPick(forms.CharField):
    """A client by name, `name · city` or `#id`; only those whom the person may see exist."""

    default_error_messages = {
        "unknown": _("There is no client “%(text)s”. Type a part of the name and choose."),
        "several": _("Several clients match: %(names)s."),
    }

    def __init__(self, *, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(max_length=260, **kwargs)
        self.rows: ClientQuery = Client.objects.none()
        if user:
            self.let(user)

    def let(self, user: User) -> None:
        """Offers the clients of this person."""
        self.rows = Client.objects.visible_to(user).current().with_openness(user)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "autocomplete": "off", "spellcheck": "false"}

    def prepare_value(self, value: Any) -> Any:
        pk = value.pk if isinstance(value, Client) else value
        if not isinstance(pk, int):
            return value
        client = self.rows.filter(pk=pk).first()
        return label_of(client) if client else str(value if isinstance(value, Client) else "")

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return self.pick(text) if text else None

    def pick(self, text: str) -> Client:
        """The one client that the text means. Raises `unknown` or `several`, and what any text is refused for."""
        self.run_validators(text)
        for rows in self._meant(text):
            found = list(rows[: SUGGESTED + 1])
            if len(found) == 1:
                return found[0]
            if found:
                names = "; ".join(f"{label_of(client)} #{client.pk}" for client in found[:SUGGESTED])
                raise ValidationError(self.error_messages["several"], code="several", params={"names": names})
        raise ValidationError(self.error_messages["unknown"], code="unknown", params={"text": text})

    def _meant(self, text: str) -> list[ClientQuery]:
        """Readings of the text, the strictest first."""
        by_id = BY_ID.search(text)
        name, _dot, city = text.rpartition(" · ")
        readings = [self.rows.filter(pk=by_id[1])] if by_id else []
        readings.append(self.rows.filter(Q(("bills", True)), name__iexact=name, city__iexact=city))
        return [*readings, self.rows.filter(name__iexact=text), self.rows.filter(name__icontains=text)]


def picked_client(form: forms.BaseForm) -> Client | None:
    """The client as typed so far, even while the rest of the form is empty."""
    pick = form.fields.get("client")
    typed = form["client"].value() if isinstance(pick, ClientPick) else None
    if not isinstance(pick, ClientPick) or not typed:
        return None
    try:
        found: Client = typed if isinstance(typed, Client) else pick.pick(str(pick.prepare_value(typed)))
    except forms.ValidationError:
        return None
    return found


def meant_client(user: User, text: str) -> Client | None:
    """The client whom a form names, by id out of a list or by what is typed so far; the form says what is wrong."""
    by_id = Client.objects.visible_to(user).with_openness(user).filter(pk=asked_id(text)).first()
    try:
        return by_id or (ClientPick(user=user).pick(text) if text else None)
    except forms.ValidationError:
        return None


def people_of(client: Client | None) -> ContactQuery:
    """Who works there, also at clients that were merged into it: these people are on its card."""
    return Contact.objects.filter(client__in=client.family).here() if client else Contact.objects.none()


class ForPerson(forms.Form):
    """A client by typing, and one of their people once the client is known."""

    client = ClientPick(label=_("Client"))
    contact = forms.ModelChoiceField(Contact.objects.none(), label=_("To whom"), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pick = self.fields["client"]
        if isinstance(pick, ClientPick):
            pick.let(user)
        offer(self, "contact", people_of(picked_client(self)))


def options_url(field: str) -> str:
    """Where a field of this name asks for suggestions."""
    return f"{reverse('clients:client_options')}?of={field}"
