"""What integrations can be told of agreements, hours and money."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models import DunningNotice, HourPackage, Invoice, Offer, Payment, Retainer, TimeEntry
from crm.webhooks.events import INSERT, UPDATE, Event, register_events

EITHER = (INSERT, UPDATE)
OFFERS = (
    ("offer.sent", _("Offer sent"), Offer.Status.SENT),
    ("offer.accepted", _("Offer accepted"), Offer.Status.ACCEPTED),
    ("offer.declined", _("Offer declined"), Offer.Status.DECLINED),
    ("offer.closed", _("Offer closed"), Offer.Status.CLOSED),
)
DOCUMENTS = (
    ("invoice.issued", _("Invoice issued"), "invoices", Invoice.Kind.INVOICE),
    ("credit_note.issued", _("Credit note issued"), "credit-notes", Invoice.Kind.CREDIT_NOTE),
)
ISSUED, APPROVED = {"status": Invoice.Status.ISSUED}, {"status": TimeEntry.Status.APPROVED}

register_events(
    *(Event(code, label, Offer, "offers", EITHER, {"status": status}) for code, label, status in OFFERS),
    Event("retainer.created", _("Retainer agreed"), Retainer, "retainers"),
    Event("hour_package.created", _("Hour package sold"), HourPackage, "hour-packages"),
    Event("time_entry.created", _("Time logged"), TimeEntry, "time-entries"),
    Event("time_entry.approved", _("Time approved"), TimeEntry, "time-entries", EITHER, APPROVED),
    *(Event(code, label, Invoice, where, EITHER, ISSUED, Q(kind=kind)) for code, label, where, kind in DOCUMENTS),
    Event("payment.created", _("Payment booked"), Payment, "payments"),
    Event("reminder.sent", _("Reminder sent"), DunningNotice, "dunning-notices"),
)
