"""What people are told of clients and colleagues."""

from collections.abc import Iterator, Sequence

from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clients.models import Absence, Client, Interaction, Promise
from clients.services.call_backs import deputies_of
from clients.services.notices import NoticeDraft, NoticeKind, register_notices
from crm.models import AuditEntry
from crm.web.formats import lazy_day
from crm.webhooks.events import INSERT, UPDATE, Event


def client_given(entries: Sequence[AuditEntry]) -> Iterator[NoticeDraft]:
    """Whoever has become the account manager."""
    told = [entry for entry in entries if (entry.new or {}).get("account_manager_id")]
    clients = Client.objects.select_related("account_manager").in_bulk({entry.object_id for entry in told})
    for entry in told:
        client = clients.get(entry.object_id)
        if client and client.account_manager and client.account_manager_id == (entry.new or {})["account_manager_id"]:
            yield NoticeDraft(
                recipient=client.account_manager,
                entry=entry,
                title=_("You are now the account manager"),
                client=client,
                url=reverse("clients:client", args=[client.pk]),
            )


def deputy_named(entries: Sequence[AuditEntry]) -> Iterator[NoticeDraft]:
    """Whoever is to stand in."""
    told = [entry for entry in entries if (entry.new or {}).get("deputy_id")]
    rows = Absence.objects.select_related("user", "deputy").in_bulk({entry.object_id for entry in told})
    for entry in told:
        row = rows.get(entry.object_id)
        if row and row.deputy and row.deputy_id == (entry.new or {})["deputy_id"]:
            yield NoticeDraft(
                recipient=row.deputy,
                entry=entry,
                title=format_lazy(_("You stand in for {person}"), person=row.user),
                detail=format_lazy("{first} – {last}", first=lazy_day(row.from_on), last=lazy_day(row.to_on)),
                url=reverse("clients:absence_list"),
            )


def call_missed(entries: Sequence[AuditEntry]) -> Iterator[NoticeDraft]:
    """Whoever holds the line, and at once whoever stands in for them."""
    rows = Interaction.objects.filter(pk__in={entry.object_id for entry in entries}, call_back__isnull=False)
    found = {row.pk: row for row in rows.select_related("client", "call_back__made_by")}
    for entry in entries:
        row = found.get(entry.object_id)
        if row is None or row.call_back is None:
            continue
        for person in {row.call_back.made_by, *deputies_of(row)}:
            yield NoticeDraft(
                recipient=person,
                entry=entry,
                title=format_lazy(_("A missed call of {client}"), client=row.client.name),
                detail=row.call_back.text,
                client=row.client,
                url=reverse("clients:promise", args=[row.call_back.pk]),
            )


def warned_early(entries: Sequence[AuditEntry]) -> Iterator[NoticeDraft]:
    """Whoever made a promise of which a lead says that it will not hold."""
    told = [entry for entry in entries if (entry.new or {}).get("early_warned_at")]
    rows = Promise.objects.select_related("client", "made_by").in_bulk({entry.object_id for entry in told})
    for entry in told:
        if row := rows.get(entry.object_id):
            yield NoticeDraft(
                recipient=row.made_by,
                entry=entry,
                title=format_lazy(_("Early warning: {promise}"), promise=row.text),
                detail=row.early_warning,
                client=row.client,
                url=reverse("clients:promise", args=[row.pk]),
            )


MISSED = {"is_missed": True}
EITHER = (INSERT, UPDATE)
register_notices(
    NoticeKind(
        "client_given",
        _("A client is given to me"),
        Event("client.given", _("A client is given to me"), Client, "clients", EITHER),
        client_given,
    ),
    NoticeKind(
        "deputy_named",
        _("I am named as a deputy"),
        Event("absence.planned", _("I am named as a deputy"), Absence, "absences", EITHER),
        deputy_named,
    ),
    NoticeKind(
        "call_missed",
        _("A call on my direct line was missed, or of somebody for whom I stand in"),
        Event("interaction.missed", _("A direct call was missed"), Interaction, "interactions", EITHER, MISSED),
        call_missed,
    ),
    NoticeKind(
        "warned_early",
        _("A lead warns early of a promise that I made"),
        Event("promise.warned_early", _("A lead warned early of a promise"), Promise, "promises", (UPDATE,)),
        warned_early,
    ),
)
