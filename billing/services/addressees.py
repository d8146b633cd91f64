"""Who at a client a mail goes to."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from billing.models.hour_messages import addressees
from clients.models import Client, Contact


def addressee_of(client: Client, contact: Contact | None) -> tuple[str, str, Contact | None]:
    """Address, language and person; where no person has an address, the one for invoices. `no_address` without any."""
    person = contact or addressees(client).first()
    if person and not (client.has(person) and person.email):
        error = ValidationError(_("Choose a person of this client who has an e-mail address."), code="no_address")
        raise ValidationError({"contact": error})
    if person:
        return person.email, person.language, person
    if client.billing_email:
        return client.billing_email, client.language, None
    raise ValidationError(_("Nobody at this client has an e-mail address yet."), code="no_address")
