"""Whom at the client a mail goes to."""

from django import forms

from billing.models.hour_messages import addressees
from clients.models import Client, Contact


def choose_addressee(field: "forms.ModelChoiceField[Contact]", client: Client) -> None:
    """People who can be mailed, whoever comes first chosen; the client's address where there is nobody."""
    field.queryset = people = addressees(client)
    first = people.first()
    field.initial, field.empty_label = first, None if first else client.billing_email
