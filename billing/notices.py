"""What people are told of agreements and money."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing.models import Expense, Offer, Payment, TimeEntry
from clients.services.notices import NoticeDraft, NoticeKind, register_notices
from crm.models import AuditEntry
from crm.web.formats import write_money
from crm.webhooks.events import INSERT, UPDATE, Event


def _written(amount: Decimal, currency: str) -> str:
    return str(write_money(amount, currency))


_money: Any = lazy(_written, str)
ACCEPTED, DECLINED = Offer.Status.ACCEPTED, Offer.Status.DECLINED


def offer_answered(entries: Sequence[AuditEntry]) -> Iterator[NoticeDraft]:
    """Who wrote the offer, and who keeps the client."""
    related = ("client__account_manager", "author")
    offers = Offer.objects.select_related(*related).in_bulk({entry.object_id for entry in entries})
    for entry in entries:
        offer = offers.get(entry.object_id)
        if offer is None:
            continue
        for person in filter(None, {offer.author, offer.client.account_manager}):
            said = _("Offer {number} is accepted") if offer.status == ACCEPTED else _("Offer {number} is declined")
            yield NoticeDraft(
                recipient=person,
                entry=entry,
                title=format_lazy(said, number=offer.number),
                detail=offer.title,
                client=offer.client,
                url=reverse("billing:offer_detail", args=[offer.pk]),
            )


def payment_received(entries: Sequence[AuditEntry]) -> Iterator[NoticeDraft]:
    """Who keeps the client."""
    ids = {entry.object_id for entry in entries}
    payments = Payment.objects.select_related("client__account_manager").in_bulk(ids)
    for entry in entries:
        payment = payments.get(entry.object_id)
        keeper = payment.client.account_manager if payment else None
        if payment and keeper:
            yield NoticeDraft(
                recipient=keeper,
                entry=entry,
                title=format_lazy(_("{amount} received"), amount=_money(payment.amount, payment.currency)),
                client=payment.client,
                url=reverse("billing:payment_detail", args=[payment.pk]),
            )


def expense_judged(entries: Sequence[AuditEntry]) -> Iterator[NoticeDraft]:
    """Who paid."""
    related = ("employee", "client")
    expenses = Expense.objects.select_related(*related).in_bulk({entry.object_id for entry in entries})
    for entry in entries:
        row = expenses.get(entry.object_id)
        if row:
            approved = row.status == Expense.Status.APPROVED
            yield NoticeDraft(
                recipient=row.employee,
                entry=entry,
                title=_("Your expense is approved") if approved else _("Your expense is given back"),
                detail=row.description,
                client=row.client,
                url=reverse("billing:expense_list"),
            )


def time_sent_back(entries: Sequence[AuditEntry]) -> Iterator[NoticeDraft]:
    """Who worked; one notice for each entry with a comment of its own."""
    rows = TimeEntry.objects.select_related("employee", "client").in_bulk({entry.object_id for entry in entries})
    for entry in entries:
        row = rows.get(entry.object_id)
        if row and row.review_comment:
            yield NoticeDraft(
                recipient=row.employee,
                entry=entry,
                title=_("An entry is sent back"),
                detail=row.review_comment,
                client=row.client,
                url=f"{reverse('billing:time_week')}?on={row.worked_on:%Y-%m-%d}",
            )


def _answered(status: str, code: str) -> NoticeKind:
    label = _("An offer is accepted") if status == ACCEPTED else _("An offer is declined")
    event = Event(code, label, Offer, "offers", (UPDATE,), {"status": status}, Q(status=status))
    return NoticeKind(code, label, event, offer_answered)


register_notices(
    _answered(ACCEPTED, "offer_accepted"),
    _answered(DECLINED, "offer_declined"),
    NoticeKind(
        "payment_received",
        _("A client of mine has paid"),
        Event("payment_received", _("Payment booked"), Payment, "payments", (INSERT,)),
        payment_received,
    ),
    NoticeKind(
        "expense_judged",
        _("My expense is approved or given back"),
        Event(
            "expense_judged",
            _("My expense is approved or given back"),
            Expense,
            "expenses",
            (UPDATE,),
            {},
            ~Q(status="submitted"),
        ),
        expense_judged,
    ),
    NoticeKind(
        "time_sent_back",
        _("An entry of mine is sent back"),
        Event(
            "time_sent_back",
            _("An entry of mine is sent back"),
            TimeEntry,
            "time-entries",
            (UPDATE,),
            {"status": "draft"},
        ),
        time_sent_back,
    ),
)
