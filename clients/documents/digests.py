"""The daily digest: Today and the unread notices by mail, in each person's language at their hour.

A person's choice is the outbox: the row says on which day the last digest went. It is locked while the mail is sent,
so that two workers send one, and a worker that dies leaves the row for the next run.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import ngettext

from clients.models import Notice, NoticeChoice
from clients.reports.worklist import Worklist, worklist
from crm.models import User

DRAIN, SHOWN = 500, 12


@dataclass(frozen=True, slots=True)
class Digest:
    """What one mail says; nothing is a reason to send none."""

    person: User
    work: Worklist
    notices: list[Notice]

    @property
    def is_empty(self) -> bool:
        return self.work.is_empty and not self.notices


def digest_of(person: User, *, at: datetime) -> Digest:
    """As the person's own Today shows it, with what they may see and no more."""
    unread = Notice.objects.visible_to(person).unread().filter(happened_at__lte=at)
    return Digest(person, worklist(person, at=at), list(unread[:SHOWN]))


def send_digests(*, at: datetime) -> int:
    """Sends every digest whose hour has come, each in its own transaction; says how many went. Safe to run twice."""
    start_choices()
    sent, on = 0, timezone.localdate(at)
    for _number in range(DRAIN):
        with transaction.atomic():
            due = NoticeChoice.objects.due(on=on, hour=timezone.localtime(at).hour).order_by("pk")
            choice = due.select_for_update(skip_locked=True, of=("self",)).first()
            if choice is None:
                return sent
            NoticeChoice.objects.filter(pk=choice.pk).update(digest_sent_on=on)
            sent += _send(digest_of(choice.user, at=at), on)
    return sent


def start_choices() -> None:
    """Everybody who works here has a choice, with its defaults until they make another."""
    missing = User.objects.working().filter(notice_choice=None)
    NoticeChoice.objects.bulk_create([NoticeChoice(user=person) for person in missing], ignore_conflicts=True)


def _send(digest: Digest, on: date) -> bool:
    if digest.is_empty or not digest.person.email:
        return False
    with translation.override(digest.person.language):
        text = render_to_string("clients/mail/digest.txt", {"digest": digest, "today": on, "base": settings.BASE_URL})
        n = digest.work.count + len(digest.notices)
        subject = ngettext("Your day: %(n)s thing", "Your day: %(n)s things", n) % {"n": n}
    send_mail(subject, text, None, [digest.person.email])
    return True
