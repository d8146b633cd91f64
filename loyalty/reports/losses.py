"""Lost clients as a page shows them: what went and why, what could have been kept, who shows the same signs now."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from clients.models import Client
from clients.services.status import losses_by
from crm.models import Firm, User
from crm.periods import DateRange, add_months, trailing_months
from loyalty.models import HealthSnapshot, LossReview
from loyalty.models.health import Feature
from loyalty.reports.charts import scale
from loyalty.reports.grids.staying import reasons_grid
from loyalty.rules.patterns import Sign, look_alikes, pattern
from loyalty.services.reviews import reviewable_from

SHOWS = ("all", "preventable", "waiting")
ZERO = Decimal(0)
ALIKE_SHOWN = 8
SILENT_SHOWN = 20
WATCH_FROM = 75


@dataclass(frozen=True, slots=True)
class Lost:
    """One row of the list: the review, and until when its conclusions wait."""

    review: LossReview
    waits_until: date | None
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class Silent:
    """A client that statistics count as lost since a day although nobody has confirmed it."""

    client: Client
    since_on: date


@dataclass(frozen=True, slots=True)
class Alike:
    """A client of ours that shows what lost ones showed."""

    client: Client
    signs: tuple[str, ...]


def losses_context(user: User, *, show: str, on: date) -> dict[str, Any]:
    """All that the page says of twelve months, over the clients that the person may read of."""
    window = trailing_months(on, 12)
    reviews = _reviews(user, window)
    lost = [review for review in reviews if review.kind == LossReview.Kind.LOST]
    silent = silent_clients(user, on=on)
    return {
        "figures": _figures(user, lost, window, on) | _silent_figures(silent, window),
        "silent": [each for each in silent if each.since_on in window][:SILENT_SHOWN],
        "currency": Firm.load().base_currency,
        "rows": [_row(review, on) for review in reviews if _is_wanted(review, show)],
        "show": show,
        "reasons": (reasons := _reasons(lost)),
        "reasons_grid": reasons_grid(reasons, currency=Firm.load().base_currency),
        "chart": _chart(lost),
        "alike": alike_clients(user),
        "way_back": [review for review in reviews if review.win_back_on and not review.won_back_on],
    }


def silent_clients(user: User, *, on: date) -> list[Silent]:
    """Clients of the person that only silence calls lost, the most valuable first: statistics count them already."""
    since = {pk: each.on for pk, each in losses_by(on=on).items() if not each.is_confirmed}
    rows = Client.objects.open_to(user).filter(pk__in=since).with_shown_figures(user).select_related("figures")
    ordered = rows.order_by(F("shown_badge_value").desc(nulls_last=True), "name")
    return [Silent(client, since[client.pk]) for client in ordered]


def alike_clients(user: User) -> list[Alike]:
    """Current clients of the person that share at least two signs with a client lost before, most signs first."""
    lost = HealthSnapshot.objects.filter(client__status=Client.Status.LOST).newest()
    mine = Client.objects.in_care().open_to(user)
    now = HealthSnapshot.objects.filter(client__in=mine, score__lt=WATCH_FROM).shown()
    found = look_alikes({row.client_id: _pattern(row) for row in now}, [_pattern(row) for row in lost])
    wanted = list(found)[:ALIKE_SHOWN]
    clients = mine.with_shown_figures(user).select_related("figures").in_bulk(wanted)
    return [
        Alike(clients[pk], tuple(str(Feature(code).label) for code in sorted(found[pk])))
        for pk in wanted
        if pk in clients
    ]


def _reviews(user: User, window: DateRange) -> list[LossReview]:
    rows = LossReview.objects.visible_to(user).filter(happened_on__gte=window.start, happened_on__lt=window.end)
    return list(rows.select_related("client", "win_back_owner"))


def _figures(user: User, lost: Sequence[LossReview], window: DateRange, on: date) -> dict[str, Any]:
    before = DateRange(add_months(window.start, -12), window.start)
    scores = [review.health_before for review in lost if review.health_before is not None]
    kept = [review for review in lost if review.preventable]
    back = list(LossReview.objects.visible_to(user).exclude(won_back_on=None))
    value = sum((review.value_lost or ZERO for review in lost), ZERO)
    keepable = sum((review.value_lost or ZERO for review in kept), ZERO)
    return {
        "lost": len(lost),
        "lost_before": len([each for each in _reviews(user, before) if each.kind == LossReview.Kind.LOST]),
        "value": value,
        "revenue": sum((review.revenue_lost or ZERO for review in lost), ZERO),
        "preventable": len(kept),
        "keepable": keepable,
        "keepable_share": keepable / value if value else None,
        "health": round(sum(scores) / len(scores)) if scores else None,
        "warned": len([score for score in scores if score < WATCH_FROM]),
        "scored": len(scores),
        "done": len([review for review in lost if review.concluded_on]),
        "overdue": len([review for review in lost if not review.concluded_on and reviewable_from(review) <= on]),
        "back": len(back),
        "back_value": sum((review.value_lost or ZERO for review in back), ZERO),
    }


def _silent_figures(silent: Sequence[Silent], window: DateRange) -> dict[str, int]:
    before = DateRange(add_months(window.start, -12), window.start)
    return {
        "silent": len([each for each in silent if each.since_on in window]),
        "silent_before": len([each for each in silent if each.since_on in before]),
    }


def _is_wanted(review: LossReview, show: str) -> bool:
    if show == "preventable":
        return bool(review.preventable)
    return show != "waiting" or review.concluded_on is None


def _row(review: LossReview, on: date) -> Lost:
    if review.concluded_on:
        return Lost(review, None, is_overdue=False)
    until = reviewable_from(review)
    return Lost(review, until, is_overdue=until <= on)


def _by_cause(lost: Sequence[LossReview]) -> list[tuple[str, Decimal, Decimal]]:
    """Cause, value that could have been kept, and value that could not; the largest first."""
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for review in lost:
        if review.cause:
            sums[str(LossReview.Cause(review.cause).label)][not review.preventable] += review.value_lost or ZERO
    rows = [(cause, kept, rest) for cause, (kept, rest) in sums.items()]
    return sorted(rows, key=lambda row: (-(row[1] + row[2]), row[0]))


def _reasons(lost: Sequence[LossReview]) -> list[Mapping[str, Any]]:
    rows, total, reached = _by_cause(lost), ZERO, ZERO
    total = sum((kept + rest for _cause, kept, rest in rows), ZERO)
    found: list[Mapping[str, Any]] = []
    for cause, kept, rest in rows:
        reached += kept + rest
        found.append({"cause": cause, "value": kept + rest, "share": reached / total if total else None})
    return found


def _chart(lost: Sequence[LossReview]) -> Mapping[str, Any] | None:
    """Figures of the chart; none while nothing was concluded or nothing was worth anything."""
    rows, reasons = _by_cause(lost), _reasons(lost)
    if not rows or not any(kept + rest for _cause, kept, rest in rows):
        return None
    divisor, suffix = scale(max(kept + rest for _cause, kept, rest in rows))
    return {
        "labels": [cause for cause, _kept, _rest in rows],
        "stacks": [
            {"name": _("could have been kept"), "tone": "bad", "data": [_short(row[1], divisor) for row in rows]},
            {"name": _("could not"), "tone": "idle", "data": [_short(row[2], divisor) for row in rows]},
        ],
        "values": [],
        "cum": [float(round(reason["share"] * 100, 1)) for reason in reasons],
        "suffix": suffix,
        "rotate": 1,
        "lw": 96,
    }


def _short(amount: Decimal, divisor: Decimal) -> float:
    return float(round(amount / divisor, 2))


def _pattern(snapshot: HealthSnapshot) -> frozenset[str]:
    fields = ("code", "points", "maximum", "known")
    return pattern(Sign(*(factor[name] for name in fields)) for factor in snapshot.factors)
