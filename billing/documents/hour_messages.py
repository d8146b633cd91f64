"""Messages about hours in the words of their reader, and their mail from the outbox."""

from datetime import datetime

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from billing.documents.outbox import send_waiting
from billing.models import HourMessage
from crm.web.formats import HOUR, NARROW, language, write_balance, write_clock


def mail_hour_messages(*, at: datetime) -> int:
    """Drains the outbox of messages about hours; says how many mails left."""
    waiting = HourMessage.objects.unmailed(at=at).select_related("client", "made_by", "entry__seller")
    return send_waiting(waiting, write=message_mail, at=at)


def message_mail(message: HourMessage) -> EmailMessage:
    subject, text = words_of(message)
    address = message.made_by.email
    return EmailMessage(subject=subject, body=text, to=[message.recipient], reply_to=[address] if address else [])


def words_of(message: HourMessage) -> tuple[str, str]:
    """Subject and text, in the language of the reader."""
    with translation.override(message.language):
        subject = gettext("%(used)s used, %(left)s left") % {
            "used": write_clock(message.used_minutes),
            "left": f"{write_balance(message.left_minutes)}{NARROW}{HOUR[language()]}",
        }
        return subject, render_to_string("billing/mail/hours.txt", {"message": message, "subject": subject})
