"""What is said about an overrun: who is told and when, notices to the client, forecasts, a partner's override."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing.models import Coverage, Invoice, Offer, OfferForecast, OverrunNotice, OverrunOverride, TimeEntry
from billing.models.time import BOOKED
from billing.rules.coverage import CoverWarning
from billing.rules.overrun import OverrunStep, due_steps, forecast_minutes, used_by
from billing.rules.rates import HourlyPrice
from billing.services.alerts import responsible
from billing.services.currencies import convert_to_base
from billing.services.locks import check_time_open, time_locked_until
from billing.services.overruns import Overrun, load_caps, load_overruns, signed_versions
from billing.services.rollups import add_work, remove_work
from clients.models import Contact, Task
from clients.services.tasks import TaskDraft, open_task, settle_tasks
from crm.access import Role
from crm.db import Query, update_rows, worded
from crm.models import Firm, User
from crm.web.formats import write_hours

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

BEYOND = (CoverWarning.UNANNOUNCED_OVERRUN, CoverWarning.OVER_CAP)
WORDS: "dict[OverrunStep, _StrPromise]" = {
    OverrunStep.TELL_CONSULTANT: _("{number}: {used} of {signed} signed are used"),
    OverrunStep.TELL_MANAGER: _("{number}: the signed {signed} are used, {used} by now"),
    OverrunStep.WARN_CLIENT: _("Warn the client about {number}: {forecast} expected, {limit} are the limit"),
}
ANSWERED = frozenset(OverrunNotice.Decision) - {OverrunNotice.Decision.NONE_YET}


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as it was given; `used_minutes` None means as many as are logged up to that moment."""

    informed_at: datetime
    channel: str
    person: str
    decision: str = OverrunNotice.Decision.NONE_YET
    used_minutes: int | None = None
    contact: Contact | None = None
    note: str = ""


@transaction.atomic
def note_overrun(offer: Offer, told: Told, *, by: User, at: datetime) -> OverrunNotice:
    """Keeps that the client was told, and settles the task once an answer is known.

    ValidationError `wrong_status` unless work is done under the offer by time spent, `future` for a later moment.
    """
    _require_by_time(offer)
    if told.informed_at > at:
        error = ValidationError(_("A notice is written down after the client was told."), code="future")
        raise ValidationError({"informed_at": error})
    overrun = load_overruns([offer])[offer.family_id]
    used = told.used_minutes
    if used is None:
        on = timezone.localdate(told.informed_at)
        used = used_by(overrun.worked.values(), informed_at=told.informed_at, informed_on=on)
    with worded():
        notice = OverrunNotice.objects.create(
            offer=offer,
            informed_at=told.informed_at,
            used_minutes=used,
            channel=told.channel,
            person=told.person.strip(),
            contact=told.contact,
            decision=told.decision,
            note=told.note,
            made_by=by,
            made_at=at,
        )
    if notice.decision in ANSWERED:
        settle_tasks(OverrunStep.WARN_CLIENT, _source(offer, overrun), at=at, by=by)
    return notice


@transaction.atomic
def forecast_offer(
    offer: Offer, *, remaining_minutes: int | None = None, done_percent: Decimal | None = None, by: User, at: datetime
) -> OfferForecast:
    """Keeps what is left to work and tells whom it concerns. ValidationError `wrong_status` before acceptance."""
    if not offer.is_binding:
        raise ValidationError(_("Work begins when the offer is accepted."), code="wrong_status")
    with worded():
        forecast = OfferForecast.objects.create(
            offer_id=offer.family_id,
            remaining_minutes=remaining_minutes,
            done_percent=done_percent,
            made_by=by,
            made_at=at,
        )
    tell_overruns([offer], at=at)
    return forecast


@transaction.atomic
def override_overrun(entry: TimeEntry, *, reason: str, by: User, at: datetime) -> OverrunOverride:
    """Lets all minutes of an entry bill, for a reason that only a partner may give.

    ValidationError `wrong_status` if none of it is unannounced, `already_done`, `period_locked`.
    """
    row = TimeEntry.objects.locked().select_related("offer").get(pk=entry.pk)
    if not may_override(row, by):
        raise PermissionDenied(_("Another partner lets an overrun bill: one whose work it is not."))
    check_time_open(row.worked_on)
    if OverrunOverride.objects.filter(entry=row).exists():
        raise ValidationError(_("This overrun was settled already."), code="already_done")
    if row.offer is None or not row.coverages.filter(source=Coverage.Source.NONE, offer__isnull=False).exists():
        raise ValidationError(_("Nothing of this work is an unannounced overrun."), code="wrong_status")
    with worded():
        override = OverrunOverride.objects.create(entry=row, reason=reason.strip(), made_by=by, made_at=at)
    bill_announced(row.offer)
    return override


def may_override(entry: TimeEntry, user: User) -> bool:
    """A partner, but not of one's own work, unless the firm is too small for two people."""
    return user.is_in(Role.PARTNER) and (entry.employee_id != user.pk or Firm.load().small_firm)


@transaction.atomic
def bill_announced(offer: Offer) -> int:
    """Lets booked minutes bill that a revision, or an override, now allows; says how many.

    Closed periods stay as they are, and so do hours over a cap that the client has read on a document. Entries are
    locked before the offer, as an approval does it.
    """
    entries = {entry.pk: entry for entry in lock_unannounced(offer)}
    list(Offer.objects.filter(pk=offer.family_id).locked())
    if not entries:
        return 0
    parts = _beyond(offer).filter(entry__in=entries).select_related("entry")
    rows = list(parts.order_by("entry__worked_on", "entry", "position"))
    kept = _kept_off(offer, rows)
    booked = [entry for entry in entries.values() if entry.status in BOOKED]
    remove_work(booked)
    billed = sum(_bill(row, kept[row.pk]) for row in rows)
    add_work(booked)
    return billed


def bill_raised(parts: Collection[int]) -> None:
    """Lets minutes over a cap bill that was raised while they stood on a document, once they are off it."""
    for offer in _raised(Coverage.objects.filter(pk__in=parts, is_billed=False)):
        bill_announced(offer)


def raised_on(draft: Invoice) -> list[Offer]:
    """Capped offers whose hours stand free of charge on a draft, and that leave room for them since a revision."""
    parts = Coverage.objects.filter(billed__line__invoice=draft, billed__released_by=None)
    closed = time_locked_until()
    return _raised(parts.filter(entry__worked_on__gt=closed) if closed else parts)


def _raised(parts: Query[Coverage]) -> list[Offer]:
    """The last accepted versions of offers over whose cap some of these parts are, if they let any of them bill."""
    over = Q(source=Coverage.Source.OFFER, offer__basis=Offer.Basis.NOT_TO_EXCEED)
    by_family: dict[int, list[Coverage]] = {}
    for row in parts.filter(over).select_related("offer", "entry").order_by("entry__worked_on", "entry", "position"):
        if row.offer:
            by_family.setdefault(row.offer.family_id, []).append(row)
    holding = {version.family_id: version for version in signed_versions(by_family)} if by_family else {}
    return [offer for family, offer in sorted(holding.items()) if _lets_bill(offer, by_family[family])]


def _lets_bill(offer: Offer, parts: Sequence[Coverage]) -> bool:
    kept = _kept_off(offer, parts)
    return any(kept[part.pk] < part.minutes for part in parts)


def lock_unannounced(offer: Offer) -> list[TimeEntry]:
    """Work under the offer with minutes beyond what it lets bill, outside closed periods, locked."""
    rows = TimeEntry.objects.filter(pk__in=_beyond(offer).values("entry"))
    closed = time_locked_until()
    return list((rows.filter(worked_on__gt=closed) if closed else rows).locked())


def _beyond(offer: Offer) -> Query[Coverage]:
    """Minutes that nobody announced, and approved ones over a cap that stand on no document."""
    over_cap = Q(
        source=Coverage.Source.OFFER,
        offer__basis=Offer.Basis.NOT_TO_EXCEED,
        is_billed=False,
        entry__status=TimeEntry.Status.APPROVED,
    )
    unannounced = Q(source=Coverage.Source.NONE, offer__isnull=False)
    return Coverage.objects.filter(unannounced | over_cap, entry__offer__in=Offer.objects.family_of(offer).values("pk"))


def _kept_off(offer: Offer, parts: Sequence[Coverage]) -> dict[int, int]:
    """How many minutes of each part still do not bill: by limit and notices, or by what a raised cap leaves."""
    overrun = load_overruns([offer], reopen=True).get(offer.family_id)
    if overrun:
        splits = overrun.split()
        return {part.pk: splits[part.entry_id].unannounced for part in parts}
    left = load_caps([offer]).get(offer.family_id, 0)
    kept = {}
    for part in parts:
        more = max(0, min(left, part.minutes))
        left -= more
        kept[part.pk] = part.minutes - more
    return kept


def tell_overruns(offers: Sequence[Offer], *, at: datetime) -> int:
    """Opens the tasks that are due by what is used and expected, each once for what is signed; says how many.

    Under a cap or a fixed price the client owes nothing more: there only our own people are told.
    """
    said = last_forecasts(offers)
    return sum(
        _tell(offer, overrun, said.get(offer.family_id), at=at)
        for overrun, offer in _overruns_of(offers)
        if overrun.signed and offer.status != Offer.Status.CLOSED
    )


def tell_of_work(entries: Iterable[TimeEntry], *, at: datetime) -> list[Offer]:
    """Tells what follows for the offers of work that was saved or approved; gives these offers, each once."""
    offers = list({entry.offer.family_id: entry.offer for entry in entries if entry.offer}.values())
    tell_overruns(offers, at=at)
    return offers


def last_forecasts(offers: Sequence[Offer]) -> dict[int, OfferForecast]:
    """By the first version of each offer: what was last said of the work that is left."""
    rows = OfferForecast.objects.filter(offer__in={offer.family_id for offer in offers}) if offers else ()
    return {row.offer_id: row for row in reversed(rows)}


def expected_minutes(offer: Offer, said: OfferForecast | None, *, used: int) -> int:
    """The forecast of the whole work: what was used when it was said still counts for its share."""
    if said is None:
        return used
    if said.remaining_minutes is not None:
        since = _worked_since(offer, said.made_at)
        return forecast_minutes(used=used, remaining=said.remaining_minutes - since)
    return forecast_minutes(used=used, done_percent=said.done_percent)


def _worked_since(offer: Offer, moment: datetime) -> int:
    """Minutes of work on later days than the forecast's own."""
    work = TimeEntry.objects.filter(offer__in=Offer.objects.family_of(offer).values("pk"), billing_type="billable")
    later = work.filter(worked_on__gt=timezone.localdate(moment)).values_list("billed_minutes", flat=True)
    return sum(later)


def _overruns_of(offers: Sequence[Offer]) -> Iterator[tuple[Overrun, Offer]]:
    families = {offer.family_id: offer for offer in offers}
    for family, overrun in load_overruns(offers, bases=Offer.Basis.values).items():
        yield overrun, families[family]


def _tell(offer: Offer, overrun: Overrun, said: OfferForecast | None, *, at: datetime) -> int:
    expected = expected_minutes(offer, said, used=overrun.used)
    steps = due_steps(used=overrun.used, forecast=expected, signed=overrun.signed, tolerance=overrun.tolerance)
    due = [step for step in steps if step is not OverrunStep.WARN_CLIENT or offer.basis == Offer.Basis.ACTUAL]
    source = _source(offer, overrun)
    told = set(Task.objects.filter(kind__in=due, source=source).values_list("kind", flat=True)) if due else set()
    fresh = [step for step in due if step not in told]
    for step in fresh:
        open_task(_draft(step, offer, overrun, expected, at))
    return len(fresh)


def _source(offer: Offer, overrun: Overrun) -> str:
    """What is signed belongs to it, so that a revision is told about anew."""
    return f"offer:{offer.family_id}:{overrun.signed}"


def _draft(step: OverrunStep, offer: Offer, overrun: Overrun, expected: int, at: datetime) -> TaskDraft:
    lead = offer.lead or _last_at_work(offer) or offer.author
    manager = responsible(offer.client) or lead
    words = {"used": overrun.used, "signed": overrun.signed, "forecast": expected, "limit": overrun.limit or 0}
    hours = {name: write_hours(minutes) for name, minutes in words.items()}
    return TaskDraft(
        kind=step,
        source=_source(offer, overrun),
        assignee=manager if step is OverrunStep.TELL_MANAGER else lead,
        title=format_lazy(WORDS[step], number=offer.number or offer.title, **hours),
        due_at=at + timedelta(days=0 if step is OverrunStep.WARN_CLIENT else 1),
        client=offer.client,
        contact=offer.contact,
        url=reverse("billing:offer_detail", args=[offer.pk]),
        value_at_stake=_at_stake(offer, overrun, expected, at) if step is OverrunStep.WARN_CLIENT else None,
    )


def _last_at_work(offer: Offer) -> User | None:
    """The consultant where no lead is named: an offer may be written by somebody who does not work on it."""
    entries = TimeEntry.objects.filter(offer__in=Offer.objects.family_of(offer).values("pk"))
    last = entries.select_related("employee").order_by("-worked_on", "-pk").first()
    return last.employee if last else None


def _at_stake(offer: Offer, overrun: Overrun, expected: int, at: datetime) -> Decimal | None:
    """What the minutes beyond the limit would bring, in the base currency where its rate is known."""
    beyond = max(0, max(expected, overrun.used) - (overrun.limit or 0))
    value = Fraction(offer.hourly_rate or 0) * beyond / 60
    found = convert_to_base(Decimal(value.numerator) / value.denominator, offer.currency, on=timezone.localdate(at))
    return found.amount if found else None


def _bill(part: Coverage, unannounced: int) -> int:
    """Turns minutes of a part into priced work, at the rate that the entry was approved or planned with."""
    more: int = part.minutes - min(part.minutes, unannounced)
    if not more:
        return 0
    entry = part.entry
    price = _price_of(entry)
    last = entry.coverages.aggregate(last=Max("position"))["last"] or 0
    Coverage.objects.create(
        entry=entry,
        position=last + 1,
        source=Coverage.Source.TIME_AND_MATERIALS,
        offer_id=part.offer_id,
        minutes=more,
        rate_amount=price.amount,
        amount=price.for_minutes(more),
        currency=price.currency,
        price_includes_tax=price.price_includes_tax,
    )
    _shorten(part, more)
    return more


def _shorten(part: Coverage, minutes: int) -> None:
    part.minutes -= minutes
    if part.minutes:
        part.save(update_fields=["minutes"])
        return
    entry = part.entry
    part.delete()
    entry.warnings = [word for word in entry.warnings if word not in BEYOND]
    update_rows([entry], ["warnings"])


def _price_of(entry: TimeEntry) -> HourlyPrice:
    offer = entry.offer
    if entry.rate_amount is not None:
        return HourlyPrice(entry.rate_amount, entry.rate_currency, bool(entry.rate_includes_tax))
    if offer is None or offer.hourly_rate is None:
        raise ValidationError(_("This work has no price."), code="rate_missing")
    return HourlyPrice(offer.hourly_rate, offer.currency, offer.price_includes_tax)


def _require_by_time(offer: Offer) -> None:
    if not offer.is_binding or offer.basis != Offer.Basis.ACTUAL:
        raise ValidationError(_("A notice belongs to an accepted offer by time spent."), code="wrong_status")
