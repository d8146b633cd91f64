"""Signed links to offers, on which clients decide."""

from datetime import datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import Offer
from crm.links import make_link
from crm.models import SignedLink, User
from crm.models.links import LinkQuery


def link_to_offer(offer: Offer, *, by: User | None, at: datetime) -> str:
    """The secret of a new signed link, which ends with the offer's last valid day. `wrong_status` unless it is sent."""
    if offer.status != Offer.Status.SENT:
        raise ValidationError(_("Only an offer that was sent has a link."), code="wrong_status")
    ends = datetime.combine(offer.valid_until + timedelta(days=1), time(0), tzinfo=timezone.get_default_timezone())
    _link, secret = make_link(
        SignedLink.Purpose.OFFER, subject_id=offer.pk, recipient=offer.recipient, by=by, at=at, expires_at=ends
    )
    return secret


def links_of(offer: Offer) -> LinkQuery:
    """Every link that was made to this version."""
    return SignedLink.objects.filter(purpose=SignedLink.Purpose.OFFER, subject_id=offer.pk)
