"""What this floor holds about a person of a client, and what becomes of it when the person is erased."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import (
    Advocacy,
    Complaint,
    Contact,
    DirectChannelGrant,
    Extra,
    ImportRow,
    InfluenceEdge,
    Inquiry,
    Interaction,
    Need,
    PersonalRelationship,
    Praise,
    ProactiveAct,
    Promise,
    Referral,
    ScopeRequest,
    Task,
)
from clients.services.greetings import REASON
from clients.services.holdings import Holding, Person, register_holding
from crm.erasing import GONE


def greetings(person: Person) -> QuerySet[Interaction]:
    return Interaction.objects.filter(reason=REASON, pk__in=_met(person))


def touches(person: Person) -> QuerySet[Interaction]:
    return Interaction.objects.exclude(reason=REASON).filter(pk__in=_met(person))


def _met(person: Person) -> QuerySet[Any]:
    through = Interaction.contacts.through._default_manager
    return through.filter(contact__in=person.ids).order_by().values("interaction")


def import_rows(person: Person) -> QuerySet[ImportRow]:
    """Lines of files that name the person, and those that the contact was made of."""
    made = ImportRow.objects.filter(batch__kind="contacts", made_id__in=person.ids)
    if not person.marks:
        return made
    text = Cast("cells", TextField())
    named = ImportRow.objects.annotate(text=text).filter(text__regex=person.marks.pattern)
    return ImportRow.objects.filter(pk__in=[*made.values_list("pk", flat=True), *named.values_list("pk", flat=True)])


def end_import_rows(person: Person, _at: datetime) -> None:
    """A line keeps its place and the number of its cells, not what stood in them."""
    rows = list(import_rows(person))
    for row in rows:
        row.cells, row.problems = [GONE] * len(row.cells), []
    ImportRow.objects.bulk_update(rows, ["cells", "problems"])


def end_tasks(person: Person, at: datetime) -> None:
    """Nothing is to be done about a person of whom we know nothing."""
    rows = Task.objects.unfinished().filter(contact__in=person.ids)
    rows.update(state=Task.State.DISMISSED, closed_at=at)


def end_grants(person: Person, at: datetime) -> None:
    on = timezone.localdate(at)
    rows = DirectChannelGrant.objects.current().filter(contact__in=person.ids)
    rows.filter(granted_on__lte=on).update(revoked_on=on)
    rows.filter(granted_on__gt=on).delete()


def end_edges(person: Person, _at: datetime) -> None:
    _edges(person).delete()


def _edges(person: Person) -> QuerySet[InfluenceEdge]:
    ids = person.ids
    return InfluenceEdge.objects.filter(listener__in=ids) | InfluenceEdge.objects.filter(speaker__in=ids)


FEEDBACK = ("client__name", "received_on", "channel", "text")
register_holding(
    Holding(
        "contacts",
        _("The person"),
        lambda person: Contact.objects.filter(pk__in=person.ids),
        (
            "client__name",
            "first_name",
            "last_name",
            "position",
            "email",
            "phone",
            "language",
            "buying_role",
            "level",
            "influence",
            "interests",
            "birthday",
            "left_on",
            "nps_score",
            "nps_on",
            "surveys_refused_at",
            "external_source",
            "external_id",
            "private_notes",
            "notes_class",
            "notes_until_on",
        ),
    ),
    Holding("greetings", _("Greetings"), greetings, ("occurred_at", "summary"), blanked={"summary": GONE}),
    Holding(
        "interactions",
        _("Calls, meetings, messages"),
        touches,
        ("client__name", "occurred_at", "kind", "direction", "summary", "sentiment", "cost"),
    ),
    Holding(
        "promises",
        _("Promises"),
        lambda person: Promise.objects.filter(contact__in=person.ids),
        ("client__name", "text", "due_at", "kept_at", "withdrawn_at"),
    ),
    Holding("complaints", _("Complaints"), lambda person: Complaint.objects.filter(contact__in=person.ids), FEEDBACK),
    Holding("praise", _("Praise"), lambda person: Praise.objects.filter(contact__in=person.ids), FEEDBACK),
    Holding(
        "inquiries",
        _("Inquiries"),
        lambda person: Inquiry.objects.filter(contact__in=person.ids),
        ("client__name", "received_at", "channel", "text", "reply", "answer"),
    ),
    Holding(
        "channels",
        _("Direct channels"),
        lambda person: DirectChannelGrant.objects.filter(contact__in=person.ids),
        ("client__name", "channel", "employee__username", "granted_on", "revoked_on", "reason"),
        ends=end_grants,
    ),
    Holding(
        "relationships",
        _("Personal relationships"),
        lambda person: PersonalRelationship.objects.filter(contact__in=person.ids),
        ("client__name", "employee__username", "kind", "note", "declared_on", "ended_on"),
        blanked={"note": ""},
    ),
    Holding(
        "influence",
        _("Who listens to whom"),
        _edges,
        ("listener__pk", "speaker__pk"),
        ends=end_edges,
    ),
    Holding(
        "needs",
        _("Needs"),
        lambda person: Need.objects.filter(contact__in=person.ids),
        ("client__name", "service_line__name", "evidence", "due_on", "status"),
    ),
    Holding(
        "extras",
        _("Extras"),
        lambda person: Extra.objects.filter(contact__in=person.ids),
        ("client__name", "name", "description", "given_on"),
        right="extra.see",
    ),
    Holding(
        "proactive_acts",
        _("Proactive acts"),
        lambda person: ProactiveAct.objects.filter(contact__in=person.ids),
        ("client__name", "kind", "acted_on", "evidence", "result"),
    ),
    Holding(
        "advocacy",
        _("Advocacy"),
        lambda person: Advocacy.objects.filter(contact__in=person.ids),
        ("client__name", "kind", "title", "status", "consent_on", "consent_evidence"),
        right="advocacy.see",
    ),
    Holding(
        "referrals",
        _("Referrals"),
        lambda person: Referral.objects.filter(contact__in=person.ids),
        ("client__name", "referred_on", "note"),
        blanked={"note": ""},
        right="referral.see",
    ),
    Holding(
        "scope_requests",
        _("Scope requests"),
        lambda person: ScopeRequest.objects.filter(contact__in=person.ids),
        ("client__name", "asked_on", "what", "answer", "reason"),
        right="scope.see",
    ),
    Holding(
        "tasks",
        _("Tasks"),
        lambda person: Task.objects.filter(contact__in=person.ids),
        ("title", "detail", "due_at", "state"),
        ends=end_tasks,
    ),
    Holding(
        "import_rows",
        _("Lines of imported files"),
        import_rows,
        ("batch__file_name", "number", "cells"),
        ends=end_import_rows,
        right="interaction.import",
    ),
)
