"""How far the work under an offer is against what was signed, for its page and the API."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db.models import Sum

from billing.models import Coverage, Offer, OverrunNotice, TimeEntry
from billing.rules.overrun import OverrunStep, due_steps, limit_minutes
from billing.services.notices import expected_minutes, last_forecasts
from billing.services.overruns import signed_versions, tolerance_of
from crm.models import User
from crm.money import quantise

ROOM = Fraction(7, 6)  # the gauge ends a sixth beyond its largest mark


@dataclass(frozen=True, slots=True)
class OverrunState:
    """Minutes; the limit is None while no estimate is signed, `places` are those on the gauge in per cent."""

    signed_minutes: int
    limit_minutes: int | None
    used_minutes: int
    forecast_minutes: int
    unannounced_minutes: int
    due: tuple[OverrunStep, ...]
    legal_basis: str
    notices: list[OverrunNotice]

    @property
    def left(self) -> int:
        return (self.limit_minutes or 0) - self.used_minutes

    @property
    def over(self) -> int:
        """How far the forecast is beyond what was signed."""
        return self.forecast_minutes - self.signed_minutes

    @property
    def is_late(self) -> bool:
        """Whether somebody beside the consultant is to be told."""
        return bool(set(self.due) - {OverrunStep.TELL_CONSULTANT})

    @property
    def must_warn(self) -> bool:
        answered = bool(self.notices) and self.notices[0].decision != OverrunNotice.Decision.NONE_YET
        return OverrunStep.WARN_CLIENT in self.due and not answered

    @property
    def places(self) -> dict[str, str]:
        marks = {
            "used": self.used_minutes,
            "signed": self.signed_minutes,
            "limit": self.limit_minutes or 0,
            "forecast": self.forecast_minutes,
            "rest": max(0, self.forecast_minutes - self.used_minutes),
        }
        whole = max(*marks.values(), 1) * ROOM
        return {name: f"{float(Fraction(minutes * 100) / whole):.2f}%" for name, minutes in marks.items()}


def overrun_of(offer: Offer) -> OverrunState:
    """The state of the offer in all its versions, by its last accepted one; of a closed one nobody is to be told."""
    signed = next(iter(reversed(signed_versions([offer.family_id]))), offer)
    used = _used(offer)
    forecast = expected_minutes(offer, last_forecasts([offer]).get(offer.family_id), used=used)
    tolerance = tolerance_of(signed)
    minutes = signed.signed_minutes
    by_time = offer.basis == Offer.Basis.ACTUAL
    is_open = minutes and offer.status != Offer.Status.CLOSED
    due = due_steps(used=used, forecast=forecast, signed=minutes, tolerance=tolerance) if is_open else ()
    return OverrunState(
        signed_minutes=minutes,
        limit_minutes=limit_minutes(minutes, tolerance) if minutes and by_time else minutes or None,
        used_minutes=used,
        forecast_minutes=forecast,
        unannounced_minutes=sum(part.minutes for part in unannounced_of(offer)),
        due=tuple(step for step in due if by_time or step is not OverrunStep.WARN_CLIENT),
        legal_basis=offer.seller.overrun_legal_basis,
        notices=list(OverrunNotice.objects.of_offer(offer).select_related("made_by")),
    )


def unannounced_of(offer: Offer) -> Iterable[Coverage]:
    """Minutes that do not bill because nobody announced them, the latest first."""
    parts = Coverage.objects.filter(
        source=Coverage.Source.NONE, offer__isnull=False, entry__offer__in=Offer.objects.family_of(offer).values("pk")
    )
    return parts.select_related("entry__employee").order_by("-entry__worked_on", "-entry")


def _used(offer: Offer) -> int:
    work = TimeEntry.objects.filter(
        offer__in=Offer.objects.family_of(offer).values("pk"), billing_type=TimeEntry.BillingType.BILLABLE
    )
    return work.aggregate(total=Sum("billed_minutes"))["total"] or 0


@dataclass(slots=True)
class Unannounced:
    """What of one offer stays off invoices; the value is None for who may not see the price."""

    offer: Offer
    minutes: int = 0
    oldest_on: date | None = None
    people: list[str] = field(default_factory=list)
    value: Decimal | None = None


def unannounced_by_offer(user: User) -> list[Unannounced]:
    """Offers with minutes that nobody announced, the most of them first, in two statements."""
    parts = Coverage.objects.filter(
        source=Coverage.Source.NONE, offer__isnull=False, entry__offer__in=Offer.objects.visible_to(user)
    )
    offers = Offer.objects.priced_for(user).select_related("client", "lead", "author")
    known = offers.in_bulk(parts.order_by().values_list("entry__offer", flat=True).distinct())
    found: dict[int, Unannounced] = {}
    for part in parts.select_related("entry__employee").order_by("entry__worked_on", "pk"):
        offer = known[part.entry.offer_id or 0]
        _add(found.setdefault(offer.family_id, Unannounced(offer)), part)
    for row in found.values():
        row.value = _worth(row) if row.offer.shows_price else None
    return sorted(found.values(), key=lambda row: (-row.minutes, row.offer.pk))


def _add(row: Unannounced, part: Coverage) -> None:
    row.minutes += part.minutes
    row.oldest_on = row.oldest_on or part.entry.worked_on
    if (name := str(part.entry.employee)) not in row.people:
        row.people.append(name)


def _worth(row: Unannounced) -> Decimal:
    return quantise(Fraction(row.offer.hourly_rate or 0) * row.minutes / 60, row.offer.currency)
