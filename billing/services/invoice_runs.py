"""Runs over many clients: work drafted, drafts issued, each of them once, whatever the number of workers.

What is left to do stands in the books: work on no document, drafts that somebody asked to issue. So a worker that is
killed loses nothing but the document it had open, and a second run does only the rest.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from billing.models import Coverage, Expense, Invoice, Offer, TimeEntry
from billing.rules.lines import Grouping
from billing.services.drafting import draft_invoices
from billing.services.issuing import issue_invoice, prepare_draft
from billing.services.locks import hold_periods_open
from billing.services.weeks import in_complete_weeks
from clients.models import Client
from clients.models.client import ClientQuery, holder_of
from crm.db import Query
from crm.models import User

type Tell = Callable[[Invoice, str], None]
type TellClient = Callable[[Client, int, str], None]


def clients_to_draft(*, through: date, complete_only: bool = False) -> ClientQuery:
    """Clients with something on no document, by name: approved work that has a price or whose VAT falls due with the
    use of its hours, an expense, a delivered fixed price.

    A merged client's work makes the one that stayed a client to draft; `complete_only` looks past work of weeks that
    finance has not completed.
    """
    waiting = Coverage.objects.filter(
        entry__status=TimeEntry.Status.APPROVED,
        entry__worked_on__lte=through,
        source=Coverage.Source.TIME_AND_MATERIALS,
        is_billed=False,
    )
    redeemed = Coverage.objects.filter(
        entry__status=TimeEntry.Status.APPROVED,
        entry__worked_on__lte=through,
        account__package__multi_purpose=True,
        is_billed=False,
    )
    if complete_only:
        waiting, redeemed = (_in_complete_weeks(work) for work in (waiting, redeemed))
    spent = Expense.objects.to_invoice().filter(spent_on__lte=through)
    fixed = Offer.objects.delivered().fixed_to_invoice().filter(closed_on__lte=through)
    wanted = Q(pk__in=waiting.values(holder=holder_of("entry__client")))
    wanted |= Q(pk__in=redeemed.values(holder=holder_of("entry__client")))
    wanted |= Q(pk__in=spent.values(holder=holder_of())) | Q(pk__in=fixed.values(holder=holder_of()))
    return Client.objects.filter(wanted).order_by("name", "pk")


def _in_complete_weeks(work: Query[Coverage]) -> Query[Coverage]:
    return work.filter(entry__in=in_complete_weeks(TimeEntry.objects.filter(coverages__in=work)))


def draft_all(
    *,
    through: date,
    on: date,
    by: User | None,
    tell: TellClient,
    grouping: Grouping = Grouping.ENGAGEMENT,
    complete_only: bool = False,
) -> int:
    """Drafts the work of every client up to a day, one after the other; who raises a question is told, not drafted."""
    made = 0
    for client in clients_to_draft(through=through, complete_only=complete_only):
        chosen = {"through": through, "grouping": grouping, "complete_only": complete_only}
        drafts, refused = _draft(client, on=on, by=by, **chosen)
        made += drafts
        tell(client, drafts, refused)
    return made


def queue_drafts(drafts: Iterable[Invoice], *, on: date, by: User) -> int:
    """Asks for drafts to be issued under a day; says how many wait."""
    waiting = Invoice.objects.drafts().filter(pk__in=[draft.pk for draft in drafts])
    return waiting.update(issue_asked_on=on, issue_asked_by=by, issue_problem="")


def issue_queued(*, at: datetime, tell: Tell) -> int:
    """Issues what waits, one by one; a refusal is kept on its draft and told, the others are issued.

    Any number of workers may drain the queue at once: each takes a draft that no other has open.
    """
    issued = 0
    for draft in Invoice.objects.queued().select_related("client", "seller").order_by("pk"):
        prepare_draft(draft, at=at)  # the long part, before anything is locked
    while taken := _issue_next(at):
        draft, refused = taken
        issued += not refused
        tell(draft, refused)
    return issued


@transaction.atomic
def _issue_next(at: datetime) -> tuple[Invoice, str] | None:
    """The next draft with why it was refused, or nothing; None when no draft is free."""
    hold_periods_open()
    rows = Invoice.objects.queued().select_related("client", "seller", "issue_asked_by").order_by("pk")
    draft = rows.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
    if draft is None:
        return None
    return draft, _issue(draft, on=draft.issue_asked_on or draft.drafted_on, at=at)


def _issue(draft: Invoice, *, on: date, at: datetime) -> str:
    """Why it was refused, or nothing."""
    try:
        issue_invoice(draft, issued_on=on, by=draft.issue_asked_by, at=at)
    except ValidationError as error:
        words = " ".join(error.messages)
        Invoice.objects.drafts().filter(pk=draft.pk).update(issue_asked_on=None, issue_problem=words[:200])
        return words
    return ""


def _draft(client: Client, *, on: date, by: User | None, **chosen: Any) -> tuple[int, str]:
    """How many drafts were made, and why none was; work that another run has drafted by now is no refusal."""
    try:
        made = draft_invoices(client, by=by, on=on, **chosen)
    except ValidationError as error:
        if getattr(error, "code", "") == "nothing_to_invoice":
            return 0, ""
        return 0, " ".join(error.messages)
    return len(made.drafts), ""
