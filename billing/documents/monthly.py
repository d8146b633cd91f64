"""The monthly report as the client reads it, in the client's language: on the page, in the PDF and frozen when sent."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from babel.dates import format_date
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from billing.documents.outbox import send_waiting
from billing.documents.paper import foot_lines, party_lines
from billing.documents.typeset import set_pdf
from billing.models import MonthlyReport
from billing.reports.monthly import Kept, Month, month_of
from billing.rules.document_words import Words, words_in
from billing.services.frozen import freeze_buyer, freeze_seller
from billing.services.monthly import keep_report
from clients.models import Client, Contact, Seller
from clients.rules.promises import Outcome
from crm.models import User
from crm.web.formats import write_hours, write_money

PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Section:
    """A table under a heading; all columns but the first stand at the right. `notes` are sentences below it."""

    title: str
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MonthlyPaper:
    language: str
    words: Words
    title: str
    number: str
    day: str
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    sections: tuple[Section, ...]
    foot: tuple[str, ...]


def monthly_document(client: Client, month_on: date, *, steps: str = "", at: datetime) -> dict[str, Any]:
    """What would be sent now; `steps` are the next steps, a line each."""
    with translation.override(client.language):
        paper = _Writer(client, month_on, month_of(client, month_on, at=at), steps=steps, at=at).paper()
    return asdict(paper) | {"words": {str(name): text for name, text in paper.words.items()}}


def render_monthly(document: dict[str, Any], *, on: date) -> bytes:
    """The PDF of a document; `on` is the day that it is of."""
    return set_pdf("monthly", document, on=on)


def monthly_file(client: Client, month_on: date) -> str:
    return f"report-{client.pk}-{month_on:%Y-%m}.pdf"


def send_monthly(
    client: Client, month_on: date, *, steps: str, contact: Contact | None, by: User, at: datetime
) -> MonthlyReport:
    """Freezes the report as it is now and leaves it to the outbox; the errors are those of `keep_report`.

    ValidationError `nothing_to_tell` for a month in which nothing happened and nothing is said to come.
    """
    document = monthly_document(client, month_on, steps=steps, at=at)
    if not document["sections"]:
        raise ValidationError(_("There is nothing to tell of this month."), code="nothing_to_tell")
    return keep_report(client, month_on, document=document, contact=contact, by=by, at=at)


def mail_monthly_reports(*, at: datetime) -> int:
    """Drains the outbox of monthly reports; says how many mails left."""
    return send_waiting(MonthlyReport.objects.unmailed(), write=_mail, at=at)


def _mail(report: MonthlyReport) -> EmailMessage:
    document = report.document
    with translation.override(report.language):
        subject = f"{document['title']}: {document['number']}"
        text = render_to_string("billing/mail/monthly.txt", {"report": report, "document": document})
    address = report.sent_by.email
    mail = EmailMessage(subject=subject, body=text, to=[report.recipient], reply_to=[address] if address else [])
    content = render_monthly(document, on=timezone.localdate(report.sent_at))
    mail.attach(monthly_file(report.client, report.month_on), content, PDF)
    return mail


class _Writer:
    """Writes one report; runs in the client's language."""

    def __init__(self, client: Client, month_on: date, month: Month, *, steps: str, at: datetime) -> None:
        self.client, self.month_on, self.month, self.at = client, month_on, month, at
        self.steps = [line.strip() for line in steps.splitlines() if line.strip()]
        self.language = client.language

    def paper(self) -> MonthlyPaper:
        client, words = self.client, words_in(self.language)
        seller = client.default_seller or Seller.objects.order_by("pk").first()
        frozen = freeze_seller(seller, currency=client.currency) if seller else {}
        return MonthlyPaper(
            language=self.language,
            words=words,
            title=_("Monthly report"),
            number=format_date(self.month_on, "LLLL y", locale=self.language),
            day=self._day(timezone.localdate(self.at)),
            seller=tuple(party_lines(frozen, words)),
            buyer=tuple(party_lines(freeze_buyer(client), words)),
            sections=tuple(self._sections()),
            foot=tuple(foot_lines(frozen, words)),
        )

    def _sections(self) -> Iterator[Section]:
        parts = (self._work, self._promises, self._extras, self._acts, self._praise, self._packages, self._next)
        return (section for part in parts for section in part())

    def _work(self) -> Iterator[Section]:
        rows = self.month.worked
        if not rows:
            return
        total, free = sum(row.minutes for row in rows), sum(row.free_minutes for row in rows)
        lines = [
            (
                row.service_line.name_in(self.language) if row.service_line else _("Other work"),
                str(write_hours(row.minutes)),
            )
            for row in rows
        ]
        notes = [_("In all %(hours)s.") % {"hours": write_hours(total)}] if len(rows) > 1 else []
        if free:
            notes.append(_("Of these %(hours)s at no charge.") % {"hours": write_hours(free)})
        yield Section(_("What we did"), (_("Service"), _("Hours")), tuple(lines), tuple(notes))

    def _promises(self) -> Iterator[Section]:
        kept, rates = self.month.kept, self.month.rates
        if not kept and not rates.n:
            return
        held = rates.kept + rates.renegotiated_kept
        words = ngettext(
            "%(held)s of %(n)s promise that was due in the month was held.",
            "%(held)s of %(n)s promises that were due in the month were held.",
            rates.n,
        )
        notes = (words % {"held": held, "n": rates.n},) if rates.n else ()
        heads = (_("Promised"), pgettext("monthly report", "By"), pgettext("monthly report", "Done"))
        yield Section(_("Promises"), heads if kept else (), tuple(map(self._kept, kept)), notes)

    def _kept(self, row: Kept) -> tuple[str, ...]:
        done = timezone.localdate(row.promise.kept_at) if row.promise.kept_at else None
        moved = row.judged.outcome is Outcome.RENEGOTIATED_KEPT  # then the second date is the one that was agreed
        due_at = row.promise.current_due_at if moved else row.promise.due_at
        return row.promise.text, self._short(timezone.localdate(due_at)), self._short(done)

    def _extras(self) -> Iterator[Section]:
        rows = self.month.extras
        if rows:
            lines = [(row.name, self._short(row.given_on), str(write_money(row.value, row.currency))) for row in rows]
            heads = (_("Beyond the contract"), pgettext("monthly report", "On"), _("Value, net"))
            yield Section(_("At no charge for you"), heads, tuple(lines))

    def _acts(self) -> Iterator[Section]:
        rows = self.month.acts
        if rows:
            lines = [
                (
                    ". ".join(filter(None, [row.evidence.rstrip("."), row.result])),
                    self._short(row.acted_on),
                    str(write_money(row.saved, row.currency)) if row.saved else "",
                )
                for row in rows
            ]
            heads = (_("What we saw and did"), pgettext("monthly report", "On"), _("Spared you, net"))
            yield Section(_("Before you had to ask"), heads, tuple(lines))

    def _praise(self) -> Iterator[Section]:
        rows = self.month.praise
        if rows:
            lines = [(f"“{row.text}”", self._short(row.received_on)) for row in rows]
            yield Section(
                _("Your praise, for which we thank you"),
                (_("You said"), pgettext("monthly report", "On")),
                tuple(lines),
            )

    def _packages(self) -> Iterator[Section]:
        rows = self.month.packages
        if rows:
            lines = [(row.package.name, str(write_hours(row.minutes))) for row in rows]
            yield Section(_("Prepaid hours"), (_("Package"), _("Left")), tuple(lines))

    def _next(self) -> Iterator[Section]:
        lines: Iterable[tuple[str, str]] = [
            *((line, "") for line in self.steps),
            *((row.text, self._short(row.due_on)) for row in self.month.coming),
        ]
        if lines:
            yield Section(_("What comes next"), (_("Next step"), pgettext("monthly report", "By")), tuple(lines))

    def _day(self, day: date) -> str:
        return format_date(day, "long", locale=self.language)

    def _short(self, day: date | None) -> str:
        return format_date(day, "medium", locale=self.language) if day else ""
