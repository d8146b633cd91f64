"""Reminders as letters: what stands on them in the client's language, their PDF, and their mail from the outbox."""

import logging
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from babel.dates import format_date
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import translation

from billing.documents.paper import bank_facts, foot_lines, party_lines
from billing.documents.typeset import set_pdf
from billing.models import DunningItem, DunningNotice
from billing.rules.document_words import Words, words_in
from crm.web.formats import write_money

FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=5), timedelta(hours=6)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LetterPaper:
    """A letter; `rows` are number, day of issue, due day, days overdue and open amount of each invoice."""

    language: str
    words: Words
    title: str
    number: str
    day: str
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    text: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, str]
    bank: tuple[tuple[str, str], ...]
    foot: tuple[str, ...]


def letter_of(notice: DunningNotice, items: list[DunningItem]) -> LetterPaper:
    """The letter as the client reads it; of one not sent yet the items need not be saved."""
    with translation.override(notice.language):
        return _write(notice, items, words_in(notice.language))


def letter_paper(notice: DunningNotice) -> LetterPaper:
    return letter_of(notice, list(notice.items.select_related("invoice")))


def render_letter(notice: DunningNotice) -> bytes:
    paper = letter_paper(notice)
    words = {str(name): text for name, text in paper.words.items()}
    return set_pdf("reminder", asdict(paper) | {"words": words}, on=notice.dated_on)


def mail_reminders(*, at: datetime) -> int:
    """Drains the outbox of reminders; says how many mails left."""
    waiting = DunningNotice.objects.unmailed(at=at).order_by("pk").values_list("pk", flat=True)
    return sum(mail_reminder(pk, at=at) for pk in waiting)


@transaction.atomic
def mail_reminder(notice_id: int, *, at: datetime) -> bool:
    """Mails a letter; False if another worker has it, or if it could not leave and waits for its next attempt."""
    waiting = DunningNotice.objects.unmailed(at=at).select_for_update(skip_locked=True, of=("self",))
    notice = waiting.filter(pk=notice_id).first()
    if notice is None:
        return False
    try:
        _mail(notice).send()
        notice.mailed_at, notice.mail_error = at, ""
    except OSError as error:
        notice.mail_error = str(error)[:300]
        notice.next_attempt_at = at + min(FIRST_RETRY * 2**notice.attempts, LONGEST_RETRY)
        notice.attempts += 1
        log.warning("Reminder %s could not be mailed: %s", notice.pk, error)
    notice.save(update_fields=["mailed_at", "mail_error", "attempts", "next_attempt_at"])
    return notice.mailed_at is not None


def _mail(notice: DunningNotice) -> EmailMessage:
    """The letter's words with its table in plain text, the letter itself as PDF."""
    paper = letter_paper(notice)
    table = "\n".join("  ".join(row) for row in paper.rows)
    bank = "\n".join(f"{name}: {value}" for name, value in paper.bank)
    parts = [*paper.text, f"{table}\n{paper.total[0]}: {paper.total[1]}", bank, paper.seller[0]]
    reply_to = str(notice.seller_frozen.get("email", ""))
    mail = EmailMessage(
        subject=notice.subject,
        body="\n\n".join(part for part in parts if part),
        to=[notice.recipient],
        reply_to=[reply_to] if reply_to else [],
    )
    mail.attach(f"{paper.title}-{notice.pk}.pdf", render_letter(notice), "application/pdf")
    return mail


def _write(notice: DunningNotice, items: list[DunningItem], words: Words) -> LetterPaper:
    return LetterPaper(
        language=notice.language,
        words=words,
        title=words[f"reminder_{notice.level}"],
        number="",
        day=format_date(notice.dated_on, "long", locale=notice.language),
        seller=tuple(party_lines(notice.seller_frozen, words)),
        buyer=tuple(party_lines(notice.buyer_frozen, words)),
        text=(words["greeting"], *(part for part in notice.body.split("\n\n") if part.strip())),
        rows=tuple(_row(item, notice) for item in items),
        total=(words["open"], str(write_money(notice.total_amount, notice.currency))),
        bank=tuple(bank_facts(notice.seller_frozen.get("bank") or {}, words)),
        foot=tuple(foot_lines(notice.seller_frozen, words)),
    )


def _row(item: DunningItem, notice: DunningNotice) -> tuple[str, ...]:
    invoice = item.invoice
    days = (notice.dated_on - item.due_on).days
    amount = str(write_money(item.amount, notice.currency))
    return invoice.number, _short(invoice.issued_on, notice), _short(item.due_on, notice), str(days), amount


def _short(day: date | None, notice: DunningNotice) -> str:
    return format_date(day, "medium", locale=notice.language) if day else ""
