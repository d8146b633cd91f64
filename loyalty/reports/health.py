"""Health as pages and API show it: every point with its evidence in words and a link to where it came from."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients.models import Client, ClientFigure, ServiceLine
from clients.models.client import ClientQuery
from crm.access import may
from crm.models import User
from crm.web.formats import language, write_day, write_number, write_percent
from loyalty.models import HealthSnapshot
from loyalty.models.health import Cap, Feature
from loyalty.services.backtests import Backtest
from loyalty.services.concentration import fraction

ORDERINGS = {
    "health": "figures__health_score",
    "value": "figures__badge_value",
    "contact": "figures__last_two_way_at",
    "name": "name",
}
CHANGE_OVER = timedelta(days=28)
LARGEST = 3
HISTORY = 24
PLACES: Mapping[str, tuple[str, str]] = {
    Feature.SILENCE: ("clients:client_timeline", "interaction.see"),
    Feature.ANCHORS: ("loyalty:value_panel", "value.see"),
    Feature.NPS: ("clients:client_people", "client.see"),
    Feature.PROMISES: ("clients:client_promises", "promise.see"),
    Feature.PAYMENT_DELAY: ("billing:client_money_panel", "invoice.see"),
    Feature.REVENUE_TREND: ("loyalty:value_panel", "value.see"),
    Feature.PEOPLE_TOUCHED: ("clients:client_people", "client.see"),
    Feature.CONTRACT_LEFT: ("billing:client_hours_panel", "package.see"),
}
"""Where the evidence of a feature stands, and the right that opens it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One feature of the card: its points, what was read, and the page that tells more (empty if closed)."""

    code: str
    name: str
    points: int
    maximum: int
    known: bool
    evidence: str
    url: str = ""

    @property
    def lost(self) -> int:
        return self.maximum - self.points

    @property
    def bar(self) -> int:
        """Width of the bar in per cent: to the right what is had, to the left what is lost, whichever is more."""
        return round(50 * max(self.points, self.lost) / self.maximum) if self.maximum else 0

    @property
    def is_loss(self) -> bool:
        return self.lost > self.points


@dataclass(frozen=True, slots=True)
class Row:
    """A client of the list with its newest snapshot, the change in four weeks and what costs most."""

    client: Client
    snapshot: HealthSnapshot | None
    change: int | None
    largest: tuple[Line, ...]


def scored_clients(user: User, *, band: str = "", ordering: str = "") -> ClientQuery:
    """Clients with a score that the person sees in full, the least healthy first."""
    rows = Client.objects.current().open_to(user).with_shown_figures(user).exclude(figures__health_score=None)
    rows = rows.select_related("figures", "account_manager")
    if band in ClientFigure.Band.values:
        rows = rows.filter(figures__health_band=band)
    field = F(ORDERINGS.get(ordering.lstrip("-"), ORDERINGS["health"]))
    falling = ordering.startswith("-")
    return rows.order_by(field.desc(nulls_last=True) if falling else field.asc(nulls_last=True), "pk")


def band_counts(user: User) -> Mapping[str, int]:
    """How many clients of the person stand in each band."""
    rows = Client.objects.current().open_to(user).exclude(figures__health_score=None).order_by()
    counted = dict(rows.values_list("figures__health_band").annotate(Count("pk")))
    return {band: counted.get(band, 0) for band in ClientFigure.Band.values}


def health_rows(clients: Collection[Client], *, today: date) -> list[Row]:
    """Adds the newest snapshot and the one of four weeks ago, in three statements whatever the number."""
    ids = [client.pk for client in clients]
    rows, names = HealthSnapshot.objects.filter(client__in=ids), service_names()
    newest = {each.client_id: each for each in rows.shown()}
    before = rows.filter(as_of_on__lte=today - CHANGE_OVER, as_of_on__gt=today - 2 * CHANGE_OVER).newest()
    earlier = dict(before.values_list("client_id", "score"))
    return [_row(client, newest.get(client.pk), earlier.get(client.pk), today, names) for client in clients]


def service_names() -> Mapping[str, str]:
    """Service lines by code, in the reader's language."""
    return {line.code: line.name_in(language()) for line in ServiceLine.objects.all()}


def lines_of(
    snapshot: HealthSnapshot, *, today: date, names: Mapping[str, str], user: User | None = None
) -> list[Line]:
    """The card in its own order; links only to what the person may open."""
    return [
        Line(
            code=factor["code"],
            name=str(Feature(factor["code"]).label),
            points=factor["points"],
            maximum=factor["maximum"],
            known=factor["known"],
            evidence=evidence(factor["code"], factor["facts"], today=today, names=names),
            url=_place(factor["code"], snapshot.client_id, user),
        )
        for factor in snapshot.factors
    ]


def largest_first(lines: Iterable[Line]) -> list[Line]:
    return sorted((line for line in lines if line.lost), key=lambda line: -line.lost)


def health_context(client: Client, *, user: User, today: date) -> dict[str, Any]:
    """The newest card of one client with its evidence and the scores before it."""
    history = list(HealthSnapshot.objects.filter(client=client).order_by("-as_of_on")[:1])
    if not history:
        return {"client": client, "snapshot": None}
    snapshot = history[0]
    return {
        "client": client,
        "snapshot": snapshot,
        "lines": lines_of(snapshot, today=today, names=service_names(), user=user),
        "cap": cap_words(snapshot),
        "history": history_of(client),
    }


def history_of(client: Client) -> list[HealthSnapshot]:
    """The last score of each month, the newest first."""
    months: dict[tuple[int, int], HealthSnapshot] = {}
    rows = HealthSnapshot.objects.filter(client=client).defer("factors").order_by("-as_of_on")
    for row in rows[: HISTORY * 31]:
        months.setdefault((row.as_of_on.year, row.as_of_on.month), row)
    return list(months.values())[:HISTORY]


def cap_words(snapshot: HealthSnapshot) -> str:
    """What holds the score down, or nothing."""
    return str(Cap(snapshot.capped_by).label) if snapshot.capped_by else ""


def evidence(code: str, facts: Mapping[str, Any], *, today: date, names: Mapping[str, str]) -> str:
    """What a feature was read from, in a sentence; what is not known says so."""
    if not facts:
        return _nothing()[code]
    if code == Feature.ANCHORS:
        return ", ".join(names.get(line, line) for line in facts["codes"])
    return {
        Feature.SILENCE: _silence,
        Feature.NPS: _nps,
        Feature.PROMISES: _promises,
        Feature.PAYMENT_DELAY: _payment,
        Feature.REVENUE_TREND: _trend,
        Feature.PEOPLE_TOUCHED: _people,
        Feature.CONTRACT_LEFT: _contract,
    }[Feature(code)](facts, today)


def _row(
    client: Client, snapshot: HealthSnapshot | None, before: int | None, today: date, names: Mapping[str, str]
) -> Row:
    if snapshot is None:
        return Row(client, None, None, ())
    change = None if before is None else snapshot.score - before
    return Row(client, snapshot, change, tuple(largest_first(lines_of(snapshot, today=today, names=names))[:LARGEST]))


def _place(code: str, client: int, user: User | None) -> str:
    name, right = PLACES[code]
    return reverse(name, args=[client]) if user is not None and may(user, right) else ""


def _nothing() -> dict[str, str]:
    return {
        Feature.SILENCE: _("no contact both ways in two years: neutral points"),
        Feature.ANCHORS: _("no service used in 12 months"),
        Feature.NPS: _("nobody who decides or pays has answered in 12 months: neutral points"),
        Feature.PROMISES: _("no promise was due in 90 days: neutral points"),
        Feature.PAYMENT_DELAY: _("no invoice has been paid yet: neutral points"),
        Feature.REVENUE_TREND: _("no revenue half a year ago to compare with: neutral points"),
        Feature.PEOPLE_TOUCHED: _("nobody met or heard in 60 days"),
        Feature.CONTRACT_LEFT: _("no agreement runs"),
    }


def _silence(facts: Mapping[str, Any], _today: date) -> str:
    days = ngettext("%(count)s day since the last contact", "%(count)s days since the last contact", facts["days"])
    words = days % {"count": facts["days"]}
    if facts["usual"] is None:
        return _("%(words)s, no rhythm known yet: neutral points") % {"words": words}
    usual = write_number(Decimal(facts["usual"]), 1, trim=True)
    return _("%(words)s, usually every %(usual)s") % {"words": words, "usual": usual}


def _nps(facts: Mapping[str, Any], _today: date) -> str:
    words = ngettext("%(mean)s from %(count)s key person", "%(mean)s on average from %(count)s key people", facts["n"])
    return words % {"mean": write_number(Decimal(facts["mean"]), 1, trim=True), "count": facts["n"]}


def _promises(facts: Mapping[str, Any], _today: date) -> str:
    return _("%(kept)s of %(n)s due in 90 days were honoured") % {"kept": facts["kept"], "n": facts["n"]}


def _payment(facts: Mapping[str, Any], _today: date) -> str:
    days, n = Decimal(facts["days"]), facts["n"]
    shown = write_number(abs(days), 1, trim=True)
    if days <= 0:
        words = ngettext(
            "%(days)s days before the due date, %(count)s invoice",
            "%(days)s days before the due date on average, last %(count)s invoices",
            n,
        )
    else:
        words = ngettext(
            "%(days)s days after the due date, %(count)s invoice",
            "%(days)s days after the due date on average, last %(count)s invoices",
            n,
        )
    return words % {"days": shown, "count": n}


def _trend(facts: Mapping[str, Any], _today: date) -> str:
    change = Decimal(facts["change"])
    shown = write_percent(abs(change))
    words = (
        _("%(change)s more than in the half-year before")
        if change >= 0
        else _("%(change)s less than in the half-year before")
    )
    return words % {"change": shown}


def _people(facts: Mapping[str, Any], _today: date) -> str:
    words = ngettext("%(count)s person met or heard in 60 days", "%(count)s people met or heard in 60 days", facts["n"])
    return words % {"count": facts["n"]}


def _contract(facts: Mapping[str, Any], today: date) -> str:
    if not facts["until"]:
        return _("an agreement without an end")
    return _("agreed until %(day)s") % {"day": write_day(date.fromisoformat(facts["until"]), today)}


def backtest_context(test: Backtest, as_of_on: date) -> dict[str, Any]:
    """The figures as a page writes them: computed ones as Decimals, unknown ones as None."""
    fitted = test.score
    return {
        "test": test,
        "as_of_on": as_of_on,
        "auc": fraction(fitted and fitted.auc),
        "error": fraction(fitted and fitted.standard_error),
        "lift": fraction(test.lift),
        "brier": fraction(test.brier),
        "bands": [(ClientFigure.Band(row.band).label, row, fraction(row.rate)) for row in test.bands],
        "factors": [
            (Feature(code).label, fraction(found and found.auc), fraction(found and found.standard_error))
            for code, found in test.by_feature
        ],
        "bins": [(fraction(each.stated), fraction(each.observed), each.n) for each in test.bins],
    }
