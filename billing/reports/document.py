"""What a page shows of one document: its lines and sums, and of an issued one what became of it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from billing.documents.act_files import missing_for_upd
from billing.documents.paper import paper_of
from billing.models import DocumentDelivery, Invoice, Payment, ServiceAct
from billing.models.service_acts import WRITTEN_IN
from billing.reports.e_invoices import draft_state, e_invoice_state
from billing.reports.sums import hours_billed
from billing.rules.cash_discount import split_discount
from billing.rules.vat import VatGroup
from billing.services.advance_receipts import awaiting_receipts
from billing.services.advances import open_advances
from billing.services.credits import left_on_lines
from billing.services.drafts import HAND_KINDS
from billing.services.invoice_links import links_to
from billing.services.issuing import problems_of
from billing.services.service_acts import awaiting_acts
from billing.services.totals import groups_left
from crm.access import may
from crm.models import Firm, LinkOpening, SignedLink, User


def document_context(invoice: Invoice, user: User, *, at: datetime) -> dict[str, Any]:
    """Everything of the page; the sums are those that the database holds."""
    lines = list(invoice.lines.select_related("service_line").order_by("position"))
    shared = {
        "invoice": invoice,
        "lines": lines,
        "groups": list(invoice.vat.order_by("-rate", "category")),
        "hours": hours_billed(lines),
        "paper": paper_of(invoice),
        "may_change": may(user, "invoice.change"),
    }
    return shared | (_draft(invoice, user) if invoice.status == Invoice.Status.DRAFT else _issued(invoice, user, at=at))


def _draft(invoice: Invoice, user: User) -> dict[str, Any]:
    return {
        "problems": problems_of(invoice),
        "check": draft_state(invoice),
        "advances": open_advances(invoice) if invoice.gross_amount > 0 else [],
        "hand_kinds": [kind.value for kind in HAND_KINDS],
        "may_issue": may(user, "invoice.issue"),
    }


def _discount(invoice: Invoice) -> list[VatGroup]:
    """What of the cash discount that was taken is net and what VAT, for each rate."""
    return split_discount(invoice.discounted_amount, groups_left(invoice), currency=invoice.currency)


def _issued(invoice: Invoice, user: User, *, at: datetime) -> dict[str, Any]:
    requests = invoice.write_off_requests.select_related("requested_by", "decided_by", "write_off")
    waiting = next((row for row in requests if row.decided_at is None), None)
    return {
        "e_invoice": e_invoice_state(invoice),
        **_act(invoice, at=at),
        "discount": _discount(invoice),
        "kept_until": invoice.kept_until,
        "delivery": DocumentDelivery.objects.filter(invoice=invoice).first(),
        "allocations": invoice.allocations.select_related("payment", "made_by").order_by("made_at", "pk"),
        "corrections": invoice.corrections.issued().order_by("issued_on", "pk"),
        "write_offs": invoice.write_offs.select_related("approved_by").order_by("pk"),
        "reminders": invoice.dunning_items.select_related("notice").order_by("level"),
        "stop": invoice.dunning_stops.standing().select_related("made_by").first(),
        "may_stop": may(user, "dunning.change") and invoice.owed_amount > 0,
        "waiting": waiting,
        "credits": _credits(invoice) if may(user, "payment.change") else [],
        "may_decide": waiting is not None and _may_decide(waiting.requested_by_id, user),
        "may_credit": _may_credit(invoice, user),
        "may_pay": may(user, "payment.change") and invoice.owed_amount > 0,
        "may_ask": may(user, "write_off.ask") and invoice.owed_amount > 0 and waiting is None,
        "may_see_history": may(user, "audit.see"),
        "links": list(links_to(invoice, at=at)) if may(user, "invoice.change") else [],
        "opened": _last_opening(invoice),
    }


def _act(invoice: Invoice, *, at: datetime) -> dict[str, Any]:
    """The act of an invoice of a company that writes acts, and what its UPD lacks."""
    if invoice.seller.country != WRITTEN_IN or invoice.kind != Invoice.Kind.INVOICE:
        return {"has_acts": False}
    acts = ServiceAct.objects.filter(invoice=invoice).order_by("pk")
    acts = acts.select_related("invoice__client", "package", "seller", "signature", "withdrawal")
    found = acts.standing().filter(package=None).first()
    waiting = Invoice.objects.filter(pk=invoice.pk)
    return {
        "has_acts": True,
        "act": found,
        "other_acts": acts.exclude(package=None, withdrawal=None),
        "upd_missing": list(missing_for_upd(found)) if found else [],
        "credited_since": found is not None and _is_credited_since(invoice, found.created_at),
        "upd_schema": bool(settings.UPD_SCHEMA),
        "receipts": awaiting_receipts(waiting, until=timezone.localdate(at)),
        "advance_vat": list(invoice.advance_vat.with_rest().select_related("withdrawal").order_by("pk")),
        "act_waits": found is None and awaiting_acts(waiting, on=timezone.localdate(at)).exists(),
    }


def _credits(invoice: Invoice) -> list[Payment]:
    """What the client has paid and nothing settles, while this invoice is owed."""
    return list(Payment.objects.credits_for(invoice)) if invoice.owed_amount > 0 else []


def _is_credited_since(invoice: Invoice, moment: datetime) -> bool:
    return bool(invoice.corrections.issued().filter(created_at__gt=moment).exists())


def _last_opening(invoice: Invoice) -> LinkOpening | None:
    """When a client looked at it last, on any of its links."""
    opened = LinkOpening.objects.filter(link__purpose=SignedLink.Purpose.INVOICE, link__subject_id=invoice.pk)
    return opened.order_by("-at", "-pk").first()


def _may_credit(invoice: Invoice, user: User) -> bool:
    if not may(user, "invoice.issue") or invoice.kind != Invoice.Kind.INVOICE:
        return False
    return any(not left.is_nothing for left in left_on_lines(invoice).values())


def _may_decide(asked_by: int, user: User) -> bool:
    return may(user, "write_off.approve") and (asked_by != user.pk or Firm.load().small_firm)
