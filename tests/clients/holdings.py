"""Something of every kind that a firm would hold about a person, for the tests of exports and erasures."""

from typing import Any

from django.utils import timezone

from billing.models import Offer
from billing.services.offers import Signer, decide_offer, send_offer
from clients.models import (
    Complaint,
    Contact,
    DirectChannelGrant,
    ImportBatch,
    ImportRow,
    InfluenceEdge,
    Inquiry,
    Interaction,
    Notice,
    PersonalRelationship,
    Promise,
    PromiseDate,
)
from clients.services.greetings import send_greeting
from clients.services.tasks import TaskDraft, open_task
from loyalty.models import Idea, SurveyInvitation
from tests.make import Cast, make_answer, make_contact, make_survey
from tests.make.offers import SENT_AT, make_offer

NOW = timezone.now()
TODAY = timezone.localdate(NOW)
NAME, MAIL, PHONE = "Wanda Zielinska", "wanda.zielinska@nord.example", "+49 151 2345678"


def fill(cast: Cast, person: Contact) -> Offer:
    """The accepted offer has to stay."""
    _said(cast, person)
    _close(cast, person)
    _named(cast, person)
    _asked(cast, person)
    Contact.objects.filter(pk=person.pk).update(private_notes="Her son is ill", notes_until_on=TODAY)
    sent = send_offer(make_offer(person.client, contact=person, title=f"Work for {NAME}"), at=SENT_AT, recipient=MAIL)
    return decide_offer(sent, accepted=True, signer=Signer(NAME), at=SENT_AT)


def _said(cast: Cast, person: Contact) -> None:
    client = person.client
    common: dict[str, Any] = {"client": person.client, "contact": person}
    send_greeting(person, text=f"Dear {NAME}, all the best", by=cast.manager, at=NOW)
    call = Interaction.objects.create(
        client=client, kind="call", occurred_at=NOW, logged_by=cast.manager, summary="Frau Zielinska was cross."
    )
    call.contacts.set([person])
    promise = Promise.objects.create(
        text=f"Call {NAME} at {PHONE}", due_at=NOW, current_due_at=NOW, made_by=cast.manager, made_at=NOW, **common
    )
    PromiseDate.objects.create(
        promise=promise, position=2, due_at=NOW, reason=f"{NAME} is away", made_by=cast.manager, made_at=NOW
    )
    Complaint.objects.create(text=f"{NAME} says it is late", received_on=TODAY, logged_by=cast.manager, **common)
    Inquiry.objects.create(
        channel="call",
        route="sales",
        received_at=NOW,
        text="Zielinska asks for a price",
        reply="Call 0151 2345678",
        owner=cast.manager,
        logged_by=cast.manager,
        currency="EUR",
        **common,
    )


def _close(cast: Cast, person: Contact) -> None:
    client = person.client
    common: dict[str, Any] = {"client": person.client, "contact": person}
    DirectChannelGrant.objects.create(
        employee=cast.manager, channel="phone", granted_on=TODAY, basis="tier", granted_by=cast.partner, **common
    )
    PersonalRelationship.objects.create(employee=cast.consultant, note="Wanda is my aunt", declared_on=TODAY, **common)
    InfluenceEdge.objects.create(listener=person, speaker=make_contact(client, first_name="Ulf", last_name="Boss"))


def _named(cast: Cast, person: Contact) -> None:
    client = person.client
    client.notes = f"Ask {MAIL.upper()} first"
    client.save()
    Notice.objects.create(recipient=cast.manager, kind="x", source="y", title=f"{NAME} answered", happened_at=NOW)
    batch = ImportBatch.objects.create(kind="contacts", file_name="people.csv", made_by=cast.manager)
    ImportRow.objects.create(batch=batch, number=1, cells=["Zielinska, Wanda", MAIL, "Nord AG"])
    draft = TaskDraft(kind="birthday", source=f"contact:{person.pk}", assignee=cast.manager, title=NAME, due_at=NOW)
    open_task(draft)


def _asked(cast: Cast, person: Contact) -> None:
    client = person.client
    common: dict[str, Any] = {"client": person.client, "contact": person}
    make_answer(3, person, comment="Call me, Wanda", client=client)
    SurveyInvitation.objects.create(survey=make_survey(by=cast.manager), contact=person, made_at=NOW)
    Idea.objects.create(
        text=f"{NAME} finds it slow",
        touch_point="work",
        finding="missing",
        source="conversation",
        noted_on=TODAY,
        made_by=cast.manager,
        **common,
    )
