"""The client's link to an issued document: made and ended by finance, open for ninety days."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice
from crm.links import make_link, open_links, revoke_links
from crm.models import SignedLink, User
from crm.models.links import LinkQuery

OPEN_DAYS = timedelta(days=90)


def link_to_invoice(invoice: Invoice, *, by: User | None, at: datetime) -> str:
    """The secret of a new link, known only now. ValidationError `wrong_status` for a draft."""
    if invoice.status != Invoice.Status.ISSUED:
        raise ValidationError(_("This is still a draft."), code="wrong_status")
    _link, secret = make_link(
        SignedLink.Purpose.INVOICE,
        subject_id=invoice.pk,
        recipient=invoice.client.billing_email,
        by=by,
        at=at,
        expires_at=at + OPEN_DAYS,
    )
    return secret


def links_to(invoice: Invoice, *, at: datetime) -> LinkQuery:
    """Links to the document that still open, the newest first."""
    return open_links(SignedLink.Purpose.INVOICE, subject_id=invoice.pk, at=at)


def end_links_to(invoice: Invoice, *, at: datetime) -> int:
    """Revokes every link that is still open; says how many."""
    return revoke_links(SignedLink.Purpose.INVOICE, subject_id=invoice.pk, at=at)
