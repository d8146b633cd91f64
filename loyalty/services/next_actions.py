"""What could be done for a client now, the largest effect on health first, and acts that a person puts away."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max
from django.utils import timezone

from billing.models import HourPackage, Retainer
from billing.services.retainers import term_of
from clients.models import Client, Contact, Interaction, Promise
from crm.models import User
from loyalty.models import DetractorLoop, HealthSnapshot, SkippedAct
from loyalty.rules.health import DEFAULT_SCORECARD, FeatureCode, Scorecard
from loyalty.rules.next_action import ActKind, Standing, expected_effect, ranked

PROMISED_WITHIN = timedelta(days=1)
UNMET_AFTER = timedelta(days=90)
RENEWED_WITHIN = timedelta(days=90)
ANCHORS_WANTED = 3


@dataclass(frozen=True, slots=True)
class NextAct:
    """One act: what it is about, the facts that speak for it, and its effect in points of health."""

    kind: ActKind
    effect: int
    subject: str
    about: Any
    facts: dict[str, Any]


type Candidate = tuple[ActKind, str, Any, dict[str, Any]]


def next_acts(client: Client, *, at: datetime) -> list[NextAct]:
    """All acts that fit the client now and were not put away, the best first; none before the first score."""
    snapshot = HealthSnapshot.objects.filter(client=client).select_related("weights").order_by("-as_of_on").first()
    if snapshot is None:
        return []
    on = timezone.localdate(at)
    card = snapshot.weights.card() if snapshot.weights else DEFAULT_SCORECARD
    skipped = set(SkippedAct.objects.filter(client=client).standing(on=on).values_list("kind", "subject"))
    found = [act for act in _candidates(client, snapshot, on=on, at=at) if (act[0].value, act[1]) not in skipped]
    standing = _standing(snapshot)
    return [
        NextAct(kind, effect, subject, about, facts)
        for kind, effect, (subject, about, facts) in ranked(_weighed(found, standing, card))
    ]


def skip_act(client: Client, *, kind: ActKind, subject: str, until: date, by: User) -> SkippedAct:
    """Puts an act away until a day; again moves the day."""
    row, _made = SkippedAct.objects.update_or_create(
        client=client, kind=kind.value, subject=subject, defaults={"until_on": until, "skipped_by": by}
    )
    return row


def _weighed(found: Iterable[Candidate], standing: Standing, card: Scorecard) -> Iterator[tuple[ActKind, int, Any]]:
    for kind, subject, about, facts in found:
        yield kind, expected_effect(kind, standing, card), (subject, about, facts)


def _standing(snapshot: HealthSnapshot) -> Standing:
    points: dict[FeatureCode, int] = {row["code"]: row["points"] for row in snapshot.factors}
    return Standing(points, snapshot.score, snapshot.raw, snapshot.capped_by)


def _candidates(client: Client, snapshot: HealthSnapshot, *, on: date, at: datetime) -> Iterator[Candidate]:
    facts = {row["code"]: row["facts"] for row in snapshot.factors}
    yield from _due_promises(client, at)
    yield from _detractors(client)
    if (quiet := facts.get("silence", {})).get("usual"):
        yield ActKind.SILENCE, "", client, quiet
    yield from _unmet_payers(client, at)
    yield from _renewals(client, on)
    yield from _low_packages(client, on)
    anchors = facts.get("anchors", {}).get("codes", [])
    if len(anchors) < ANCHORS_WANTED:
        yield ActKind.MISSING_ANCHOR, "", client, {"codes": anchors}


def _due_promises(client: Client, at: datetime) -> Iterator[Candidate]:
    due = Promise.objects.filter(client__in=client.family).due_before(at + PROMISED_WITHIN)
    for promise in due.order_by("current_due_at")[:1]:
        yield ActKind.DUE_PROMISE, str(promise.pk), promise, {"overdue": promise.current_due_at < at}


def _detractors(client: Client) -> Iterator[Candidate]:
    loops = DetractorLoop.objects.open().filter(response__client__in=client.family, response__contact__isnull=False)
    for loop in loops.select_related("response__contact").order_by("response__answered_at")[:1]:
        person = loop.response.contact
        yield (
            ActKind.DETRACTOR,
            str(loop.response.contact_id),
            person,
            {"spoken": loop.first_contact_at, "loop": loop.pk},
        )


def _unmet_payers(client: Client, at: datetime) -> Iterator[Candidate]:
    """Who pays and was not met for 90 days, whoever was met longest ago (or never) first."""
    touches = Interaction.objects.two_way().filter(client__in=client.family)
    met = dict(touches.order_by().values_list("contacts").annotate(Max("occurred_at")))
    paying = Contact.objects.here().filter(client__in=client.family).exclude(buying_role=Contact.BuyingRole.CONSUMER)
    unmet = [person for person in paying if person.pk not in met or met[person.pk] < at - UNMET_AFTER]
    for person in sorted(unmet, key=lambda person: (person.pk in met, met.get(person.pk), person.pk))[:1]:
        last = met.get(person.pk)
        yield ActKind.UNMET_PAYER, str(person.pk), person, {"days": (at - last).days if last else None}


def _renewals(client: Client, on: date) -> Iterator[Candidate]:
    rows = Retainer.objects.running(on=on).filter(client__in=client.family)
    asked = rows.exclude(renewal_mode=Retainer.RenewalMode.AUTOMATIC)
    ends = sorted(((term_of(row, on=on).last_on, row.pk, row) for row in asked), key=lambda end: end[:2])
    for last_on, pk, row in ends[:1]:
        if on <= last_on <= on + RENEWED_WITHIN:
            yield ActKind.RENEWAL, str(pk), row, {"last_on": last_on}


def _low_packages(client: Client, on: date) -> Iterator[Candidate]:
    rows = HourPackage.objects.valid(on=on).filter(client__in=client.family, kind=HourPackage.Kind.PAID)
    low = [row for row in rows.with_balance().order_by("account__balance_minutes", "pk") if row.is_low]
    for row in low[:1]:
        yield ActKind.LOW_PACKAGE, str(row.pk), row, {"left": row.account.balance_minutes}
