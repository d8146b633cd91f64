"""Health of every client as of a day: snapshots with evidence, the figures of lists, a task for each change of band."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from billing.models import Invoice, Retainer
from clients.models import Client, ClientFigure, Contact
from clients.models.client import holder_of
from clients.services.facts import write_figures
from clients.services.keepers import first_partner, keeper_of
from clients.services.status import losses_by
from clients.services.tasks import TaskDraft, open_tasks
from crm.models import User
from crm.periods import add_months, month_start
from loyalty.models import DetractorLoop, HealthSnapshot, HealthWeights
from loyalty.models.health import Cap, Feature
from loyalty.rules.health import DEFAULT_SCORECARD, Band, CapCode, FeatureCode, Health, Reading, Scorecard, score_health
from loyalty.services.readings import Fact, end_of, read_all

KIND = "health"
PAST_MONTHS = 24
OVERDUE_DAYS = 90
ALWAYS_KNOWN: tuple[FeatureCode, ...] = ("anchors", "people_touched", "contract_left")
DUE_IN: Mapping[Band, timedelta] = {"red": timedelta(days=2), "amber": timedelta(days=7), "green": timedelta(days=14)}


@dataclass(frozen=True, slots=True)
class Scored:
    """The health of one client and the facts of each feature that has any."""

    health: Health
    facts: Mapping[FeatureCode, Fact]


def refresh_health(*, on: date, at: datetime) -> int:
    """Scores every client we serve; the first run also writes the month ends of two years, which the books still tell.

    The same day run twice leaves the same rows and opens no second task.
    """
    with transaction.atomic():
        if not HealthSnapshot.objects.exists():
            for day in month_ends(on):
                keep_scores(on=day)
        before = dict(ClientFigure.objects.exclude(health_band="").values_list("client", "health_band"))
        scored = keep_scores(on=on)
        write_figures("health", _figures(scored, before), as_of=on)
        _open_tasks(scored, before, at=at)
    return len(scored)


def keep_scores(*, on: date) -> Mapping[int, Scored]:
    """Scores as of a day, kept as that day's snapshots."""
    weights = HealthWeights.current()
    scored = score_clients(on=on, card=weights.card() if weights else DEFAULT_SCORECARD)
    rows = [_snapshot(client, found, on, weights) for client, found in scored.items()]
    HealthSnapshot.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["client", "as_of_on"],
        update_fields=["weights", "score", "raw", "band", "capped_by", "factors"],
        batch_size=1000,
    )
    return scored


def score_clients(*, on: date, card: Scorecard = DEFAULT_SCORECARD) -> dict[int, Scored]:
    """The health of every client that we served on a day, by id. Writes nothing."""
    read, capped = read_all(on=on), caps_of(on=on)
    found: dict[int, Scored] = {}
    for client in served(on=on):
        facts = {code: rows[client] for code, rows in read.items() if client in rows}
        values = {code: fact.value for code, fact in facts.items()}
        known: dict[FeatureCode, Reading | None] = {**dict.fromkeys(ALWAYS_KNOWN, 0), **values}
        found[client] = Scored(score_health(known, flags=capped.get(client, ()), card=card), facts)
    return found


def served(*, on: date) -> list[int]:
    """Clients that were ours on a day: no prospects, and of the lost ones those that were lost later.

    Whom nobody has called lost is looked after, however silent, until a person says otherwise.
    """
    came = Q(since_on__lte=on) | Q(since_on=None, created_at__lt=end_of(on))
    rows = Client.objects.current().exclude(status=Client.Status.PROSPECT).filter(came).order_by("pk")
    gone = losses_by(on=on).keys()
    return [pk for pk, status in rows.values_list("pk", "status") if status != Client.Status.LOST or pk not in gone]


def caps_of(*, on: date) -> dict[int, set[CapCode]]:
    """What holds the score of a client down, as of a day."""
    found: dict[int, set[CapCode]] = {}
    codes: list[tuple[CapCode, Iterable[int]]] = [
        ("open_detractor", _open_detractors(on)),
        ("overdue_90", _long_overdue(on)),
        ("notice_given", Retainer.objects.under_notice(on=on).values_list(holder_of(), flat=True)),
    ]
    for code, clients in codes:
        for client in clients:
            found.setdefault(client, set()).add(code)
    return found


def month_ends(on: date) -> list[date]:
    """The ends of the last 24 full months, the oldest first."""
    first = month_start(on)
    return [add_months(first, -back) - timedelta(days=1) for back in reversed(range(PAST_MONTHS))]


def _open_detractors(on: date) -> Iterable[int]:
    """Clients of whom somebody who decides is a critic, and the loop was not closed by that day."""
    decides = Q(response__contact__influence=Contact.Influence.DECISION_MAKER)
    still = Q(closed_at=None) | Q(closed_at__gte=end_of(on))
    loops = DetractorLoop.objects.standing().filter(decides, still, response__answered_at__lt=end_of(on))
    return loops.values_list(holder_of("response__client"), flat=True)


def _long_overdue(on: date) -> Iterable[int]:
    """Clients with an invoice that was due over 90 days ago and owed something at the end of the day."""
    late = Invoice.objects.issued().invoices().filter(due_on__lt=on - timedelta(days=OVERDUE_DAYS))
    owing = late.with_balance().filter(Q(balance_amount__gt=0) | Q(allocations__payment__received_on__gt=on))
    return owing.order_by().values_list(holder_of(), flat=True).distinct()


def _snapshot(client: int, found: Scored, on: date, weights: HealthWeights | None) -> HealthSnapshot:
    health = found.health
    return HealthSnapshot(
        client_id=client,
        as_of_on=on,
        weights=weights,
        score=health.score,
        raw=health.raw,
        band=health.band,
        capped_by=health.capped_by or "",
        factors=[
            {
                "code": factor.code,
                "points": factor.points,
                "maximum": factor.maximum,
                "known": factor.known,
                "facts": found.facts[factor.code].facts if factor.code in found.facts else {},
            }
            for factor in health.factors
        ],
    )


def _figures(scored: Mapping[int, Scored], before: Mapping[int, str]) -> dict[int, dict[str, Any]]:
    """Score and band of everybody scored, and none for whoever is not ours any more."""
    gone = {pk: {"health_score": None, "health_band": ""} for pk in before.keys() - scored.keys()}
    return gone | {
        pk: {"health_score": each.health.score, "health_band": each.health.band} for pk, each in scored.items()
    }


def _open_tasks(scored: Mapping[int, Scored], before: Mapping[int, str], *, at: datetime) -> int:
    """One for each client whose band is another than it was; a first score is no change."""
    changed = [pk for pk, each in scored.items() if before.get(pk, each.health.band) != each.health.band]
    rows = Client.objects.filter(pk__in=changed).select_related("account_manager", "executive_owner", "figures")
    partner = first_partner()
    drafts = [_draft(row, scored[row.pk].health, before[row.pk], at, partner=partner) for row in rows]
    return open_tasks(draft for draft in drafts if draft is not None)


def _draft(client: Client, health: Health, was: str, at: datetime, *, partner: User | None) -> TaskDraft | None:
    owner = keeper_of(client, fallback=partner)
    if owner is None:
        return None
    return TaskDraft(
        kind=KIND,
        source=f"client:{client.pk}",
        assignee=owner,
        client=client,
        title=lazy(_title, str)(health, was),
        detail=lazy(_detail, str)(health),
        due_at=at + DUE_IN[health.band],
        url=reverse("loyalty:health_panel", args=[client.pk]),
        value_at_stake=client.facts.simple_value if client.facts else None,
    )


def _title(health: Health, was: str) -> str:
    """Written when the task is, in the language of whoever gets it."""
    bands = dict(ClientFigure.Band.choices)
    words = {"was": bands[was], "now": bands[health.band], "score": health.score}
    return _("Health is “%(now)s” now (%(score)s), was “%(was)s”") % words


def _detail(health: Health) -> str:
    """What costs most, the largest first: features, and the cap that holds the score under their sum."""
    lost = [(str(Feature(factor.code).label), factor.lost) for factor in health.largest_first()]
    if health.capped_by:
        lost.append((str(Cap(health.capped_by).label), health.raw - health.score))
    largest = sorted(lost, key=lambda each: -each[1])[:3]
    return ", ".join(f"{words} −{points}" for words, points in largest)
