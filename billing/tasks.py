"""Celery edges of billing: each takes ids or nothing, makes one service call and may run twice."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from celery import shared_task
from django.db.models import F, Q
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from billing.documents import act_files, advance_vat_files, delivery, hour_messages, monthly, reminders
from billing.documents.e_invoices import keeping
from billing.forms.invoices import GROUPINGS
from billing.models import AdvanceVatInvoice, BankFile, BankStatement, Invoice, ServiceAct
from billing.reports.goodwill import free_shares
from billing.rules.lines import Grouping
from billing.services import (
    bank_entries,
    bank_uploads,
    checkpoints,
    endings,
    extensions,
    fees,
    invoice_runs,
    offers,
    renewals,
    retainers,
)
from billing.services.client_figures import refresh_money
from billing.services.figures import refresh_hours
from billing.services.inquiry_sales import refresh_recent_sales
from billing.services.partner_questions import raise_contagion, raise_spreads
from billing.services.spreads import price_spreads
from billing.services.successions import alert_unread
from billing.services.timer import stop_forgotten_timers
from billing.services.waiting import cover_all_paid_work
from billing.services.waiting import cover_paid_work as cover_paid
from clients.models import Client
from crm.invariants import all_invariants, find_breaches
from crm.jobs import Job, Progress, ask_job, enqueue, register_job
from crm.models import JobRun, User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

CHECK_BOOKS, ISSUING, DRAFTING = "check_books", "issue_invoices", "draft_invoices"
COMPLETE_WEEKS = "complete_weeks"


@shared_task
def deliver_document(invoice_id: int) -> None:
    delivery.deliver_document(invoice_id, at=timezone.now())


@shared_task
def deliver_documents() -> None:
    """Drains the outbox of issued documents; beat calls it too, so a lost message only delays."""
    delivery.deliver_due(at=timezone.now())


@shared_task
def keep_act_files(act_id: int) -> None:
    """Keeps the files of an act; beat asks for what a lost message has left."""
    act = ServiceAct.objects.select_related("invoice__client", "seller").get(pk=act_id)
    act_files.keep_act_files(act, at=timezone.now())


@shared_task
def keep_forgotten_acts() -> None:
    """And advance VAT invoices."""
    act_files.keep_forgotten_acts(at=timezone.now())
    advance_vat_files.keep_forgotten_advance_vat(at=timezone.now())


@shared_task
def keep_advance_vat_files(advance_id: int) -> None:
    """Keeps the files of an advance VAT invoice; beat asks for what a lost message has left."""
    rows = AdvanceVatInvoice.objects.select_related("invoice__client", "seller")
    advance_vat_files.keep_advance_vat_files(rows.get(pk=advance_id), at=timezone.now())


@shared_task
def check_draft(invoice_id: int) -> None:
    """Judges the e-invoice of a draft; of what was dropped or issued meanwhile there is nothing to judge."""
    draft = Invoice.objects.drafts().filter(pk=invoice_id).select_related("client", "seller", "corrects").first()
    if draft:
        keeping.keep_check(draft, at=timezone.now())


@shared_task
def mail_offer(offer_id: int) -> None:
    delivery.mail_offer(offer_id, at=timezone.now())


@shared_task
def mail_offers() -> None:
    """Drains the outbox of offers and of their handovers."""
    delivery.mail_offers(at=timezone.now())
    delivery.mail_handovers(at=timezone.now())


@shared_task
def mail_handover(handover_id: int) -> None:
    delivery.mail_handover(handover_id, at=timezone.now())


@shared_task
def mail_reminder(notice_id: int) -> None:
    reminders.mail_reminder(notice_id, at=timezone.now())


@shared_task
def mail_reminders() -> None:
    """Drains the outbox of reminders."""
    reminders.mail_reminders(at=timezone.now())


@shared_task
def mail_monthly_reports() -> None:
    """Drains the outbox of monthly reports."""
    monthly.mail_monthly_reports(at=timezone.now())


@shared_task
def mail_hour_messages() -> None:
    """Drains the outbox of messages about hours; they wait half a minute, so beat sends most of them."""
    hour_messages.mail_hour_messages(at=timezone.now())


@shared_task
def refresh_money_figures(client_id: int) -> None:
    refresh_money([client_id], on=timezone.localdate())


@shared_task
def cover_paid_work(client_id: int) -> None:
    """A payment may have paid for hours that work waits for; the night job asks for all clients."""
    cover_paid(Client.objects.get(pk=client_id), by=None, at=timezone.now())


@shared_task
def read_bank_file(file_id: int) -> None:
    bank_uploads.read_bank_file(file_id)


@shared_task
def read_forgotten_files() -> None:
    """Reads files whose message was lost or whose worker died, each in a task of its own."""
    for pk in BankFile.objects.waiting().values_list("pk", flat=True):
        enqueue("billing.tasks.read_bank_file", pk)


@shared_task
def match_bank_entries(statement_id: int) -> None:
    """Matches what is left of a long statement; run again, it goes on where it was stopped."""
    statement = BankStatement.objects.get(pk=statement_id)
    while bank_entries.match_new_entries(statement, at=timezone.now()):
        pass


@shared_task
def match_forgotten_entries() -> None:
    """Goes on with statements whose worker died, each in a task of its own: one that fails holds no other back."""
    for pk in BankStatement.objects.being_matched().values_list("pk", flat=True):
        enqueue("billing.tasks.match_bank_entries", pk)


@shared_task
def check_forgotten_drafts() -> None:
    """Checks drafts whose message was lost: those without a check, or changed since theirs."""
    stale = Q(draft_check=None) | Q(updated_at__gt=F("draft_check__checked_at"))
    drafts = Invoice.objects.drafts().filter(stale).exclude(client__e_invoice="none")
    for draft in drafts.select_related("client", "seller"):
        keeping.keep_check(draft, at=timezone.now())


@shared_task
def draft_due_fees() -> None:
    fees.draft_due_fees(on=timezone.localdate(), at=timezone.now())


@shared_task
def look_after_agreements() -> None:
    """Ends what has run out and announces what is about to."""
    on, at = timezone.localdate(), timezone.now()
    offers.expire_offers(on=on)
    retainers.close_ended_retainers(on=on, at=at)
    checkpoints.lay_all_checkpoints(on=on, at=at)
    renewals.remind_renewals(on=on, at=at)
    raise_contagion([share.line for share in free_shares(on=on) if share.is_contagious], on=on, at=at)
    raise_spreads({row.line for row in price_spreads(on=on) if row.is_too_wide}, on=on, at=at)


@shared_task
def alert_unread_notes() -> None:
    """Tells leads of work that began without its handover note being read."""
    alert_unread(at=timezone.now())


@shared_task
def stop_timers() -> None:
    """Ends timers that somebody forgot; what they measured asks for a decision."""
    stop_forgotten_timers(at=timezone.now())


@shared_task
def end_hours() -> None:
    """Expires packages, closes allowances and tells of what ends soon; a missed night is made up for."""
    on, at = timezone.localdate(), timezone.now()
    cover_all_paid_work(at=timezone.now())
    endings.end_hours(on=on, at=at)
    extensions.announce_expiry(on=on, at=at)


@shared_task
def refresh_hour_figures() -> None:
    """Counts clients' hours anew, so that packages that ended and years that began show; and sales from inquiries."""
    refresh_hours(on=timezone.localdate())
    refresh_recent_sales(at=timezone.now())


def check_books(progress: Progress) -> None:
    """Runs every promise of the books; each breach is a warning on the run."""
    progress.expect(len(all_invariants()))
    breaches = [str(breach) for breach in find_breaches()]
    for breach in breaches:
        progress.warn(breach)
    progress.advance(len(all_invariants()))
    broken = ngettext("%(n)s promise is broken.", "%(n)s promises are broken.", len(breaches)) % {"n": len(breaches)}
    progress.conclude(broken if breaches else _("All promises of the books hold."))


def do_issue_invoices(progress: Progress) -> None:
    """Drains the queue of drafts; each refusal is named on the run and on its draft."""
    progress.expect(Invoice.objects.queued().count())

    def tell(draft: Invoice, refused: str) -> None:
        if refused:
            progress.warn(_("%(client)s was not issued: %(reason)s") % {"client": draft.client, "reason": refused})
        progress.advance()

    issued = invoice_runs.issue_queued(at=timezone.now(), tell=tell)
    progress.conclude(ngettext("%(n)s invoice issued.", "%(n)s invoices issued.", issued) % {"n": issued})


def do_draft_invoices(progress: Progress) -> None:
    """Drafts all work up to the day of the run; a client whose work raises a question is named and left out."""
    through, told = progress.as_of_on, progress.run.subject.split()
    complete_only = COMPLETE_WEEKS in told
    grouping = next((way for way in Grouping if way in told), Grouping.ENGAGEMENT)
    progress.expect(invoice_runs.clients_to_draft(through=through, complete_only=complete_only).count())

    def tell(client: Client, _drafts: int, refused: str) -> None:
        if refused:
            progress.warn(_("%(client)s was not drafted: %(reason)s") % {"client": client.name, "reason": refused})
        progress.advance()

    asked_by = progress.run.asked_by
    made = invoice_runs.draft_all(
        through=through,
        on=timezone.localdate(),
        by=asked_by,
        tell=tell,
        grouping=grouping,
        complete_only=complete_only,
    )
    progress.conclude(ngettext("%(n)s draft made.", "%(n)s drafts made.", made) % {"n": made})


def ask_for_drafting(
    *,
    by: User,
    through: date,
    at: datetime,
    grouping: Grouping = Grouping.ENGAGEMENT,
    complete_only: bool = False,
) -> JobRun:
    """A run that drafts all work up to a day, or of complete weeks only; its subject tells what was chosen.

    ValidationError `already_running` while one waits or runs.
    """
    run = ask_job(DRAFTING, subject=_drafting_of(grouping, complete_only=complete_only), as_of_on=through, by=by, at=at)
    enqueue("crm.tasks.run_job", run.pk)
    return run


def ask_for_issuing(*, by: User, on: date, at: datetime) -> JobRun:
    """A run that issues what is queued. ValidationError `already_running` while one waits or runs."""
    run = ask_job(ISSUING, as_of_on=on, by=by, at=at)
    enqueue("crm.tasks.run_job", run.pk)
    return run


def _drafting_of(grouping: Grouping, *, complete_only: bool) -> str:
    """Empty for the usual run: all work, a line for each engagement."""
    told = [COMPLETE_WEEKS] if complete_only else []
    return " ".join(told if grouping is Grouping.ENGAGEMENT else [*told, grouping])


def _drafting_words() -> "dict[str, str | _StrPromise]":
    weeks = _("only completed weeks")
    found: dict[str, str | _StrPromise] = {COMPLETE_WEEKS: weeks}
    for way, what in GROUPINGS:
        if way != Grouping.ENGAGEMENT:
            lines = format_lazy("{words}: {what}", words=_("one line for each"), what=what)
            found[_drafting_of(Grouping(way), complete_only=False)] = lines
            found[_drafting_of(Grouping(way), complete_only=True)] = format_lazy(
                "{weeks}, {lines}", weeks=weeks, lines=lines
            )
    return found


def register_jobs() -> None:
    register_job(Job(CHECK_BOOKS, _("Promises of the books"), check_books))
    register_job(Job(DRAFTING, _("Draft invoices"), do_draft_invoices, _drafting_words()))
    register_job(Job(ISSUING, _("Issue invoices"), do_issue_invoices))
