"""What the page of an offer shows: how far it is, what is used of the estimate, its versions and signature."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import Handover, InvoiceLine, Offer, TimeEntry
from billing.models.offers import OfferQuery
from billing.reports.offer_results import similar_offers
from billing.reports.overruns import overrun_of, unannounced_of
from billing.services.fit_checks import fit_check_of, owes_fit_check
from billing.services.handovers import level_of, open_links_of
from billing.services.low_prices import low_price_of
from billing.services.notices import may_override
from crm.access import may
from crm.models import LinkOpening, SignedLink, User
from crm.web.formats import write_day, write_hours


@dataclass(frozen=True, slots=True)
class Step:
    """One point of the signature's progress; `state` is done, now or empty."""

    label: str
    words: str
    state: str = ""


def offers_for(user: User) -> OfferQuery:
    """Rows for the list and the page: what a person may see, with used minutes and whether prices are shown."""
    rows = Offer.objects.visible_to(user).priced_for(user).with_used_minutes()
    return rows.select_related("client__figures", "seller", "author", "lead")


def offer_context(offer: Offer, *, user: User, on: date) -> dict[str, Any]:
    versions = list(Offer.objects.family_of(offer))
    signature = getattr(offer, "signature", None)
    unannounced = list(unannounced_of(offer)) if offer.is_binding else []
    return {
        "offer": offer,
        "versions": versions,
        "newest": versions[0],
        "signature": signature,
        "steps": list(_steps(offer, on)),
        "overrun": overrun_of(offer) if offer.is_binding else None,
        "unannounced": unannounced,
        "overridable": {part.entry_id for part in unannounced if may_override(part.entry, user)},
        "is_outline": level_of(offer) == Handover.Level.OUTLINE,
        **_delivery(offer),
        "similar": similar_offers(offer, on=on),
        "low_price": low_price_of(offer),
        "items": list(offer.items.order_by("position")),
        "may_change": Offer.objects.changeable_by(user).filter(pk=offer.pk).exists(),
        "people": _people(offer),
        "open_links": open_links_of(offer, at=timezone.now()),
        **(_billing(offer, user) if offer.basis == Offer.Basis.FIXED and offer.is_binding else {}),
    }


def _billing(offer: Offer, user: User) -> dict[str, Any]:
    """What of a fixed price stands on invoices, and who may draft the rest."""
    billed = Offer.objects.with_billed_amounts().get(pk=offer.pk)
    lines = InvoiceLine.objects.standing().filter(kind__in=["fixed", "advance"])
    of_family = Q(offer=offer.family_id) | Q(offer__root=offer.family_id)
    mine = Offer.objects.invoiceable_by(user).filter(pk=offer.pk).exists()
    return {
        "billed": billed,
        "bills": list(lines.filter(of_family).select_related("invoice").order_by("pk")),
        "may_invoice": mine and may(user, "invoice.draft") and offer.status != Offer.Status.SUPERSEDED,
        "sees_invoices": may(user, "invoice.see"),
    }


def _delivery(offer: Offer) -> dict[str, Any]:
    """The handover with what came back after it, and the fit check before delivery."""
    handover = getattr(offer, "handover", None)
    returns = handover.returns.select_related("entry").order_by("entry__worked_on") if handover else ()
    return {
        "handover": handover,
        "handover_signature": getattr(handover, "signature", None),
        "returns": list(returns),
        "fit_check": fit_check_of(offer),
        "owes_fit_check": owes_fit_check(offer) and offer.status != Offer.Status.CLOSED,
    }


def openings_of(offer: Offer) -> QuerySet[LinkOpening]:
    links = SignedLink.objects.filter(purpose=SignedLink.Purpose.OFFER, subject_id=offer.pk)
    return LinkOpening.objects.filter(link__in=links, method="GET").order_by("at")


def _steps(offer: Offer, on: date) -> Iterator[Step]:
    """Draft, sent, opened, decided, in progress, closed; the first that is not done is now."""
    opened = list(openings_of(offer).values_list("at", flat=True)[:100])
    stages = [
        (_("Draft"), True, _day(offer.created_at, on)),
        (_("Sent"), offer.sent_at is not None, _day(offer.sent_at, on)),
        (_("Opened"), bool(opened), _opened_words(opened, on)),
        (*_decision(offer, on),),
        (_("In progress"), offer.status == Offer.Status.CLOSED, _progress(offer)),
        (_("Closed"), offer.status == Offer.Status.CLOSED, write_day(offer.closed_on, on) if offer.closed_on else ""),
    ]
    now = _now_place(offer)
    for place, (label, done, words) in enumerate(stages):
        state = "done" if done and place != now else ("now" if place == now else "")
        yield Step(label, words, state)


def _now_place(offer: Offer) -> int:
    places = {Offer.Status.DRAFT: 0, Offer.Status.SENT: 2, Offer.Status.ACCEPTED: 4}
    return places.get(Offer.Status(offer.status), -1)


def _decision(offer: Offer, on: date) -> tuple[str, bool, str]:
    signature = getattr(offer, "signature", None)
    if signature is None:
        until = _("by %(day)s") % {"day": write_day(offer.valid_until, on)}
        return _("Signed"), False, until if offer.status == Offer.Status.SENT else ""
    label = _("Signed") if signature.accepted else _("Declined")
    return label, True, f"{_day(signature.at, on)}, {signature.by_name}"


def _progress(offer: Offer) -> str:
    if not offer.is_binding or not offer.signed_minutes:
        return ""
    used, signed = write_hours(offer.used_minutes), write_hours(offer.signed_minutes)
    return _("%(used)s of %(signed)s") % {"used": used, "signed": signed}


def _opened_words(opened: list[Any], on: date) -> str:
    if not opened:
        return ""
    times = ngettext("once", "%(count)s times", len(opened)) % {"count": len(opened)}
    return f"{_day(opened[0], on)}, {times}"


def _people(offer: Offer) -> list[User]:
    """Who worked on it, and how long: one row a person, with `worked`."""
    work = TimeEntry.objects.filter(Q(offer=offer.family_id) | Q(offer__root=offer.family_id))
    people = User.objects.filter(time_entries__in=work).annotate(worked=Sum("time_entries__minutes"))
    return list(people.order_by("-worked")[:8])


def _day(moment: Any, on: date) -> str:
    return write_day(timezone.localdate(moment), on) if moment else ""
