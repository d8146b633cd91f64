"""How offers do: win rate and estimate accuracy by consultant and service line, and what mis-sales cost."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce, TruncDate

from billing.models import Offer, OfferFit, OfferSignature, TimeEntry
from billing.rules.estimates import Accuracy, Decided, accuracy_of, win_rate
from clients.models import ServiceLine
from crm.models import User
from crm.money import quantise


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One consultant or service line; None stands for too little to say."""

    key: int | None
    name: str
    decided: int
    won: int
    win_rate: Decimal | None
    delivered: int
    signed_minutes: int
    used_minutes: int
    accuracy: Decimal | None


@dataclass(frozen=True, slots=True)
class MisSale:
    """An offer that did not fit, who sold it, and the internal cost of the work on it in the base currency."""

    offer: Offer
    minutes: int
    cost: Decimal


def offer_results(user: User, *, first: date, last: date, by: str) -> list[ResultRow]:
    """Offers that were decided, and those delivered, in the days; `by` is `consultant` or `service_line`.

    The consultant of an offer is who leads it, else who wrote it.
    """
    key: Any = F("service_line") if by == "service_line" else Coalesce("lead", "author")
    decided = _concluded(user, first, last).values_list(key, "won")
    closed = _delivered(user, first, last).values_list(key, "signed_minutes", "used_minutes")
    wins: dict[int | None, list[bool]] = {}
    for key, accepted in decided:
        wins.setdefault(key, []).append(bool(accepted))
    work: dict[int | None, list[Decided]] = {}
    for key, signed, used in closed:
        work.setdefault(key, []).append(Decided(signed, used))
    names = _names(by, {*wins, *work})
    return [_row(key, names.get(key, "–"), wins.get(key, []), work.get(key, [])) for key in names]


def similar_offers(offer: Offer, *, on: date) -> Accuracy | None:
    """How long work of the same service took against what was signed; None where too few can say."""
    if offer.service_line_id is None:
        return None
    closed = Offer.objects.delivered().filter(service_line=offer.service_line_id, closed_on__lte=on)
    rows: Any = closed.filter(signed_minutes__gt=0).with_used_minutes()
    return accuracy_of([Decided(signed, used) for signed, used in rows.values_list("signed_minutes", "used_minutes")])


def mis_sales() -> list[MisSale]:
    """Offers whose newest fit check says that they do not fit, the dearest first; for who may know costs."""
    newest = {check.offer_id: check for check in OfferFit.objects.order_by("offer", "pk")}
    families = [pk for pk, check in newest.items() if not check.fits]
    offers = Offer.objects.select_related("client", "seller", "author").in_bulk(families)
    work = (
        TimeEntry.objects.booked()
        .annotate(family=Coalesce(F("offer__root"), F("offer")))
        .filter(family__in=families)
        .order_by()
        .values_list("family", "minutes", "cost_per_hour")
    )
    sums: dict[int, tuple[int, Fraction]] = dict.fromkeys(families, (0, Fraction(0)))
    for family, minutes, cost in work:
        before = sums[family]
        sums[family] = (before[0] + minutes, before[1] + Fraction(cost or 0) * minutes / 60)
    rows = [MisSale(offers[pk], minutes, quantise(cost)) for pk, (minutes, cost) in sums.items()]
    return sorted(rows, key=lambda row: -row.cost)


def _concluded(user: User, first: date, last: date) -> Any:
    """Of each offer the version that ended it: the first one accepted, else the newest sent one if it was lost.

    While a later version waits for the client nothing is lost yet.
    """
    family = Offer.objects.annotate(first=Coalesce("root", "pk")).filter(first=OuterRef("first"))
    accepted, later = family.filter(signature__accepted=True), family.filter(version__gt=OuterRef("version"))
    won = Q(signature__accepted=True) & ~Exists(accepted.filter(version__lt=OuterRef("version")))
    lost = Q(status__in=[Offer.Status.DECLINED, Offer.Status.EXPIRED]) & ~Exists(accepted)
    return (
        Offer.objects.visible_to(user)
        .annotate(first=Coalesce("root", "pk"))
        .filter(won | lost & ~Exists(later.exclude(status=Offer.Status.DRAFT)))
        .annotate(won=Exists(OfferSignature.objects.filter(offer=OuterRef("pk"), accepted=True)))
        .annotate(concluded_on=Coalesce(TruncDate("decided_at"), F("valid_until")))
        .filter(concluded_on__range=(first, last))
    )


def _delivered(user: User, first: date, last: date) -> Any:
    rows = Offer.objects.visible_to(user).delivered().filter(closed_on__range=(first, last))
    return rows.filter(signed_minutes__gt=0).with_used_minutes()


def _names(by: str, keys: Iterable[int | None]) -> dict[int | None, str]:
    """Names in their order; what has no consultant or service comes last."""
    wanted = {key for key in keys if key}
    rows: Sequence[User | ServiceLine] = (
        list(User.objects.filter(pk__in=wanted))
        if by == "consultant"
        else list(ServiceLine.objects.filter(pk__in=wanted))
    )
    names: dict[int | None, str] = {row.pk: str(row) for row in sorted(rows, key=str)}
    return names | ({None: "–"} if None in set(keys) else {})


def _row(key: int | None, name: str, wins: Sequence[bool], work: Sequence[Decided]) -> ResultRow:
    found = accuracy_of(work, least=1)
    return ResultRow(
        key=key,
        name=name,
        decided=len(wins),
        won=sum(wins),
        win_rate=win_rate(sum(wins), len(wins)),
        delivered=len(work),
        signed_minutes=sum(each.signed for each in work),
        used_minutes=sum(each.used for each in work),
        accuracy=found.ratio if found else None,
    )
