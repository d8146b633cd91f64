"""Many drafts issued in the background: the drafts that were asked for are the queue, so a lost worker loses none."""

from collections.abc import Callable, Iterable
from datetime import date, datetime

from django.core.exceptions import ValidationError

from billing.models import Invoice
from billing.services.issuing import issue_invoice
from crm.models import User

type Tell = Callable[[Invoice, str], None]


def queue_drafts(drafts: Iterable[Invoice], *, on: date, by: User) -> int:
    """Asks for drafts to be issued under a day; says how many wait."""
    waiting = Invoice.objects.drafts().filter(pk__in=[draft.pk for draft in drafts])
    return waiting.update(issue_asked_on=on, issue_asked_by=by, issue_problem="")


def issue_queued(*, at: datetime, tell: Tell) -> int:
    """Issues what waits, one by one; a refusal is kept on its draft and told, the others are issued."""
    issued = 0
    while draft := Invoice.objects.queued().select_related("client", "seller", "issue_asked_by").order_by("pk").first():
        refused = _issue(draft, on=draft.issue_asked_on or draft.drafted_on, at=at)
        issued += not refused
        tell(draft, refused)
    return issued


def _issue(draft: Invoice, *, on: date, at: datetime) -> str:
    """Why it was refused, or nothing."""
    try:
        issue_invoice(draft, issued_on=on, by=draft.issue_asked_by, at=at)
    except ValidationError as error:
        words = " ".join(error.messages)
        Invoice.objects.drafts().filter(pk=draft.pk).update(issue_asked_on=None, issue_problem=words[:200])
        return words
    return ""
