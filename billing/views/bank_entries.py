"""One bank entry: what is suggested, a split over invoices, credit of a client, left out with a reason, undone."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing.forms.bank import ReasonForm, WhoseForm
from billing.forms.payments import SettleForm
from billing.models import BankEntry, Invoice, Payment
from billing.models.bank import EntryQuery
from billing.services.bank_entries import (
    OPEN,
    confirm_entry,
    ignore_entry,
    rematch_entry,
    settle_entry,
    undo_entry,
)
from billing.services.payments import earned_discount, propose_allocations
from clients.models import Client
from clients.models.client import ClientQuery
from clients.views.acting import act_once, attempt
from crm.access import may
from crm.db import by_name
from crm.web.fragments import flash, page, respond_422
from crm.web.pages import asked_id
from crm.web.rights import SignedIn, requires

ENTRY = "billing/bank_entry.html"


@require_safe
@requires("bank.see")
def bank_entry(request: SignedIn, pk: int) -> HttpResponse:
    """The entry; `?client=` shows what that client owes."""
    return page(request, ENTRY, _context(request, _entry(request, pk)), fragment="body")


@require_POST
@requires("bank.change")
def bank_entry_settle(request: SignedIn, pk: int) -> HttpResponse:
    """Books the entry for a client; what it settles stands in the form, the rest is credit."""
    entry = _entry(request, pk)
    context = _context(request, entry, given=request.POST)
    form, whose = context["form"], context["client"]
    done = None
    if whose is not None and form.is_valid():
        settles = form.settles()
        done = attempt(
            form, lambda: settle_entry(entry, client=whose, settles=settles, by=request.user, at=timezone.now())
        )
    if done is None:
        return respond_422(request, ENTRY, context, fragment="body")
    flash(request, _("The payment is booked."))
    return redirect("billing:bank_entry", pk)


@require_POST
@requires("bank.change")
def bank_entry_confirm(request: SignedIn, pk: int) -> HttpResponse:
    return _act(
        request, pk, lambda row: confirm_entry(row, by=request.user, at=timezone.now()), _("Done as suggested.")
    )


@require_POST
@requires("bank.change")
def bank_entry_rematch(request: SignedIn, pk: int) -> HttpResponse:
    return _act(request, pk, lambda row: rematch_entry(row, by=request.user, at=timezone.now()), _("Asked again."))


@require_POST
@requires("bank.change")
def bank_entry_undo(request: SignedIn, pk: int) -> HttpResponse:
    """Its payment is corrected today, and its invoices are owed again."""
    today = timezone.localdate()
    words = _("Undone; the entry is open again.")
    return _act(request, pk, lambda row: undo_entry(row, on=today, by=request.user, at=timezone.now()), words)


@require_POST
@requires("bank.change")
def bank_entry_ignore(request: SignedIn, pk: int) -> HttpResponse:
    entry = _entry(request, pk)
    form = ReasonForm(request.POST)
    done = attempt(form, lambda: ignore_entry(entry, reason=form.cleaned_data["reason"])) if form.is_valid() else None
    if done is None:
        return respond_422(request, ENTRY, _context(request, entry) | {"ignoring": form}, fragment="body")
    flash(request, _("Left out."))
    return redirect("billing:bank_entry", pk)


def _act(request: SignedIn, pk: int, act: Callable[[BankEntry], object], words: str) -> HttpResponse:
    entry = _entry(request, pk)
    return act_once(request, lambda: act(entry), words, fallback=reverse("billing:bank_entry", args=[pk]))


def _entry(request: SignedIn, pk: int) -> BankEntry:
    rows: EntryQuery = BankEntry.objects.visible_to(request.user)
    return get_object_or_404(
        rows.taken_in().select_related("account__seller", "client", "statement", "payment", "refund"), pk=pk
    )


def _context(request: SignedIn, entry: BankEntry, *, given: Any = None) -> dict[str, Any]:
    is_open = entry.state in OPEN and may(request.user, "bank.change")
    returned = Payment.objects.filter(pk=entry.suggestion.get("payment")).first()
    context: dict[str, Any] = {
        "entry": entry,
        "is_open": is_open,
        "may_undo": may(request.user, "bank.change") and (entry.payment is not None or entry.state == "ignored"),
        "ignoring": ReasonForm(),
        "suggested": _suggested(entry),
        "returned": returned,
        "fee": entry.amount - returned.amount if returned else None,
        "client": None,
        "form": SettleForm(given),
    }
    return context | (_whose(request, entry, given) if is_open and entry.is_credit else {})


def _whose(request: SignedIn, entry: BankEntry, given: Any) -> dict[str, Any]:
    """The chosen client, or the suggested one, with what it owes."""
    clients: ClientQuery = Client.objects.visible_to(request.user).current().order_by(by_name("name"), "pk")
    asked = asked_id((given or request.GET).get("client")) or entry.client_id
    client = clients.filter(pk=asked).first() if asked else None
    owed = list(_owed(request, entry, client)) if client else []
    proposed = _suggested_of(entry, client, owed) or propose_allocations(owed, entry.amount, paid_on=entry.booked_on)
    form = SettleForm(given, owed=owed, proposed=proposed, paid_on=entry.booked_on)
    return {"whose": WhoseForm(initial={"client": client}, clients=clients), "client": client, "form": form}


def _suggested_of(entry: BankEntry, client: Client | None, owed: list[Invoice]) -> dict[Invoice, Decimal]:
    """What is suggested of this client's invoices, so that a change begins from there."""
    amounts = dict(entry.suggestion.get("settles", ())) if client and client.pk == entry.client_id else {}
    return {row: Decimal(amounts[row.pk]) for row in owed if row.pk in amounts}


def _owed(request: SignedIn, entry: BankEntry, client: Client) -> Any:
    seen = Invoice.objects.visible_to(request.user)
    return seen.owed_by(client, seller=entry.account.seller, currency=entry.currency)


def _suggested(entry: BankEntry) -> list[tuple[Invoice, Decimal, Decimal]]:
    """The invoices with what they get, and the cash discount that settles the rest of them."""
    amounts = {pk: Decimal(amount) for pk, amount in entry.suggestion.get("settles", ())}
    rows = Invoice.objects.filter(pk__in=amounts).with_balance().order_by("due_on", "pk")
    return [(row, amounts[row.pk], earned_discount(row, amounts[row.pk], paid_on=entry.booked_on)) for row in rows]
