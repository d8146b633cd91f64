"""Clients that come, merge, part again or leave are seen to at once: clients may not call, so loyalty listens."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models.signals import post_save
from django.utils import timezone

from clients.models import Client, Referral, StatusChange
from clients.services.merging import regrouped
from loyalty.services.nps import refresh_nps
from loyalty.services.referrals import refresh_referrals
from loyalty.services.reviews import open_review_of
from loyalty.services.values import revalue_clients, value_newcomer


def watch_arrivals() -> None:
    post_save.connect(value_arrival, sender=Client, dispatch_uid="loyalty.arrivals")
    post_save.connect(review_loss, sender=StatusChange, dispatch_uid="loyalty.losses")
    post_save.connect(count_referral, sender=Referral, dispatch_uid="loyalty.referrals")
    regrouped.connect(value_regrouped, dispatch_uid="loyalty.regrouped")


def value_regrouped(*, clients: Sequence[Client], on: date, **_signal: Any) -> None:
    """After a merge or its undoing: billing, which stands below, has counted already."""
    revalue_clients(clients, on=on)
    refresh_nps(on=on)


def value_arrival(*, instance: Client, created: bool, raw: bool = False, **_signal: Any) -> None:
    """Pages, API and imports alike; rows of a fixture (`raw`) wait for the night."""
    if created and not raw and instance.merged_into_id is None:
        value_newcomer(instance)


def count_referral(*, instance: Referral, raw: bool = False, **_signal: Any) -> None:
    """What the client has brought since, and what that makes an image client worth."""
    if not raw:
        on = timezone.localdate()
        refresh_referrals(on=on, only=instance)
        revalue_clients([instance.referrer], on=on)


def review_loss(*, instance: StatusChange, created: bool, raw: bool = False, **_signal: Any) -> None:
    """A client that is called lost owes us a review."""
    if created and not raw:
        open_review_of(instance, at=instance.made_at)
