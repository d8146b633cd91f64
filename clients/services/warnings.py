"""A warning to a client: the new date in the chain and what was said, in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from clients.models import Interaction, Promise, PromiseDate
from clients.services.interactions import log_interaction
from clients.services.promises import redate_promise
from crm.models import User
from crm.web.formats import lazy_day


@dataclass(frozen=True, slots=True)
class Mail:
    subject: str
    body: str
    address: str

    @property
    def url(self) -> str:
        """Opens the mail program with the text in it."""
        return (
            f"mailto:{quote(self.address)}?{urlencode({'subject': self.subject, 'body': self.body}, quote_via=quote)}"
        )


def warning_mail(promise: Promise) -> Mail:
    """The warning as text that is ready, in the language of the person, else of the client; the new date is added."""
    person = promise.contact
    with translation.override(person.language if person else promise.client.language):
        given = {"person": person or promise.client.name, "text": promise.text, "day": lazy_day(promise.due_on)}
        words = _(
            "Dear %(person)s,\n\nwe promised you “%(text)s” by %(day)s. We see now that we will not make it by then, "
            "and want you to know early.\n\nOur new date: "
        )
        return Mail(
            subject=str(_("%(text)s: a new date") % given),
            body=str(words % given),
            address=person.email if person else "",
        )


@transaction.atomic
def warn_client(
    promise: Promise, *, seen: str, channel: str, words: str, by: User, at: datetime, **dates: Any
) -> PromiseDate:
    """Moves a promise (dates as for `redate_promise`) and logs what the client was told, if anything was written.

    `seen` is the due moment that the person had before their eyes; another one now answers `already_done`.
    """
    if parse_datetime(seen) != promise.current_due_at:
        raise ValidationError(_("Somebody else has just moved this promise."), code="already_done")
    step = redate_promise(promise, by=by, at=at, **dates)
    told_at = dates.get("client_informed_at")
    if words.strip() and told_at:
        log_interaction(
            promise.client,
            by=by,
            at=at,
            occurred_at=told_at,
            kind=channel,
            direction=Interaction.Direction.BOTH if channel == Interaction.Kind.CALL else Interaction.Direction.OUT,
            initiated_by=Interaction.Initiator.US,
            contacts=[promise.contact] if promise.contact else [],
            summary=words.strip(),
        )
    return step
