"""Notices: facts are taken from the trail, so that it does not matter who wrote them, and told once to each person.

The trail is the outbox: a worker that dies loses nothing, because the next run reads the last hour again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from clients.models import Client, Notice, NoticeChoice
from crm.models import AuditEntry, User
from crm.webhooks.events import Event

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

type Words = str | _StrPromise

LOOKBACK = timedelta(hours=1)
"""How long a transaction may last and still be told of."""

DRAIN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeDraft:
    """One fact for one person; lazy words are written in their language."""

    recipient: User
    entry: AuditEntry
    title: "Words"
    detail: "Words" = ""
    url: str = ""
    client: Client | None = None


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """`event` finds the fact in the trail, `write` says to whom it matters and in which words."""

    code: str
    label: "Words"
    event: Event
    write: Callable[[Sequence[AuditEntry]], Iterable[NoticeDraft]]


_kinds: dict[str, NoticeKind] = {}


def register_notices(*kinds: NoticeKind) -> None:
    """From an app's module `notices`; the same code again replaces one."""
    _kinds.update({kind.code: kind for kind in kinds})


def notice_kinds() -> list[NoticeKind]:
    return list(_kinds.values())


def collect_notices(*, at: datetime) -> int:
    """Writes the notices that are missing; says how many. Safe to run twice and at once."""
    tables = {kind.event.table for kind in _kinds.values()}
    entries = list(AuditEntry.objects.filter(at__gt=at - LOOKBACK, at__lte=at, table_name__in=tables).order_by("pk"))
    urgent = {choice.user_id: set(choice.at_once) for choice in NoticeChoice.objects.exclude(at_once=[])}
    rows = [row for kind in _kinds.values() for row in _written(kind, entries, urgent)]
    known = set(
        Notice.objects.filter(source__in={row.source for row in rows}).values_list("recipient", "kind", "source")
    )
    fresh = [row for row in rows if (row.recipient_id, row.kind, row.source) not in known]
    return len(Notice.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=500))


def _written(kind: NoticeKind, entries: Sequence[AuditEntry], urgent: dict[int, set[str]]) -> Iterator[Notice]:
    """Nobody is told of what they did themselves, and nobody who left."""
    for draft in kind.write(list(kind.event.choose(entries))):
        person = draft.recipient
        if person.pk == draft.entry.actor_id or not person.is_active:
            continue
        with translation.override(person.language):
            title, detail = str(draft.title)[:200], str(draft.detail)[:300]
        yield Notice(
            recipient=person,
            kind=kind.code,
            source=f"entry:{draft.entry.pk}",
            client=draft.client,
            title=title,
            detail=detail,
            url=draft.url,
            happened_at=draft.entry.at,
            is_urgent=kind.code in urgent.get(person.pk, ()),
        )


def read_notices(user: User, *, at: datetime, ids: Iterable[int] | None = None) -> int:
    """Marks some or all of one's notices as read; says how many were not yet."""
    rows = Notice.objects.filter(recipient=user).unread()
    return (rows if ids is None else rows.filter(pk__in=ids)).update(read_at=at)


def unread_notice(notice: Notice) -> None:
    Notice.objects.filter(pk=notice.pk).update(read_at=None)


def mail_notices(*, at: datetime) -> int:
    """Mails what is to be told at once, each in its own transaction; says how many. Safe to run twice at once."""
    for sent in range(DRAIN):
        with transaction.atomic():
            notice = Notice.objects.unmailed().select_for_update(skip_locked=True).order_by("pk").first()
            if notice is None:
                return sent
            Notice.objects.filter(pk=notice.pk).update(mailed_at=at)
            _mail(notice)
    return DRAIN


def _mail(notice: Notice) -> None:
    person = notice.recipient
    seen = Notice.objects.visible_to(person).filter(pk=notice.pk).exists()
    if seen and person.email and person.is_active:
        said = {"notice": notice, "person": person, "base": settings.BASE_URL}
        with translation.override(person.language):
            text = render_to_string("clients/mail/notice.txt", said)
        send_mail(notice.title, text, None, [person.email])
