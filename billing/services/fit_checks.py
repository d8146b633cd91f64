"""The fit check before the first delivery: needs against what was sold, and what a mis-sale costs."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing.models import HourPackage, Offer, OfferFit, Retainer
from clients.services.tasks import TaskDraft, open_task, settle_tasks
from crm.access import Role
from crm.db import worded
from crm.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MISSING, MIS_SALE = "fit_check_missing", "mis_sale"


def is_first_sale(offer: Offer) -> bool:
    """Whether nothing was agreed with the client before this offer."""
    since = offer.decided_at or offer.created_at
    family = offer.client.family
    before = Offer.objects.filter(client__in=family, decided_at__lt=since, signature__accepted=True)
    older = (
        before.exclude(pk__in=Offer.objects.family_of(offer).values("pk")),
        HourPackage.objects.filter(client__in=family, created_at__lt=since),
        Retainer.objects.filter(client__in=family, created_at__lt=since),
    )
    return not any(rows.exists() for rows in older)


def fit_check_of(offer: Offer) -> OfferFit | None:
    """The newest check of the offer in any version."""
    return OfferFit.objects.filter(offer=offer.family_id).select_related("made_by").first()


def owes_fit_check(offer: Offer) -> bool:
    """Whether work may begin only with a warning: a first sale that nobody checked."""
    return offer.is_binding and fit_check_of(offer) is None and is_first_sale(offer)


@transaction.atomic
def check_fit(offer: Offer, *, needs: str, fits: bool, finding: str = "", by: User, at: datetime) -> OfferFit:
    """Keeps a consultant's word, settles the warning, and tells the partner of what does not fit.

    ValidationError `wrong_status` for an offer that the client has not accepted.
    """
    if not offer.is_binding:
        raise ValidationError(_("There is nothing to check before the client has accepted."), code="wrong_status")
    with worded():
        check = OfferFit.objects.create(
            offer_id=offer.family_id, needs=needs.strip(), fits=fits, finding=finding.strip(), made_by=by, made_at=at
        )
    settle_tasks(MISSING, f"offer:{offer.family_id}", at=at, by=by)
    if not fits:
        _tell_partner(offer, MIS_SALE, _("{number} was sold to {client} and does not fit: decide what to do"), at)
    return check


def warn_without_check(offer: Offer, *, at: datetime) -> None:
    """Work has begun on a first sale that nobody checked: the partner is told, once; nothing is blocked."""
    if owes_fit_check(offer):
        _tell_partner(offer, MISSING, _("Work on {number} for {client} began without a fit check"), at)


def _tell_partner(offer: Offer, kind: str, words: "_StrPromise", at: datetime) -> None:
    partner = offer.client.executive_owner or _any_partner()
    if partner is None:
        return
    open_task(
        TaskDraft(
            kind=kind,
            source=f"offer:{offer.family_id}",
            assignee=partner,
            title=format_lazy(words, number=offer.number, client=offer.client.name),
            due_at=at,
            client=offer.client,
            url=reverse("billing:offer_detail", args=[offer.pk]),
        )
    )


def _any_partner() -> User | None:
    return User.objects.in_role(Role.PARTNER).filter(is_active=True).order_by("pk").first()
