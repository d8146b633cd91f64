"""Retention as its page shows it: curves and hazards with their intervals, the anchor index, measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from billing.services.client_figures import anchors_of
from clients.models import Client, ClientFigure
from crm.models import User
from loyalty.models import RetentionMeasure, RetentionSnapshot
from loyalty.rules.anchors import anchor_index
from loyalty.services.concentration import fraction
from loyalty.services.effects import MeasureEffect, measure_effects

MEASURES_SHOWN = 30


@dataclass(frozen=True, slots=True)
class ShownMeasure:
    measure: RetentionMeasure
    effect: MeasureEffect

    @property
    def nps(self) -> Decimal | None:
        return fraction(self.effect.nps.raw, 1) if self.effect.nps else None


@dataclass(frozen=True, slots=True)
class RetentionRow:
    """One figure of the file: a share of clients or quarters with its interval."""

    what: str
    anchors: int
    n: int
    year: int | None
    share: Decimal | None
    low: Decimal | None
    high: Decimal | None


def retention_context() -> dict[str, Any]:
    """The newest table of retention, or none yet."""
    snapshot = RetentionSnapshot.objects.order_by("-as_of_on").first()
    if snapshot is None or not snapshot.curves.get("rows"):
        return {"retention": None}
    rows = [row | {"cells": _cells(row)} for row in snapshot.curves["rows"]]
    effect = snapshot.hazards.get("effect")
    shown = effect and effect | {name: fraction(effect[name]) for name in ("hazard_ratio", "low", "high")}
    trend_p, ratio = fraction(snapshot.curves.get("trend_p")), snapshot.curves.get("ratio")
    told = ratio and ratio | {name: fraction(ratio[name]) for name in ("ratio", "low", "high")}
    return {"retention": snapshot, "curves": rows, "effect": shown, "trend_p": trend_p, "ratio": told}


def hazard_rows(snapshot: RetentionSnapshot | None) -> list[Mapping[str, Any]]:
    """The hazard of a quarter by anchors at its start, as fractions that pages print."""
    names = ("hazard", "shrunk", "annual_retention", "low", "high")
    rows = snapshot.hazards.get("rows", []) if snapshot else []
    return [row | {name: fraction(row.get(name)) for name in names} for row in rows]


def firm_index(*, on: date) -> Mapping[str, Decimal | None] | None:
    """Mean anchors, share of clients with two and more, and what share of revenue hangs on one anchor alone."""
    held = anchors_of(on=on)
    figures = ClientFigure.objects.values_list("client_id", "revenue_12m")
    revenue = {client: amount for client, amount in figures if amount is not None}
    served = Client.objects.in_care().values_list("pk", flat=True)
    index = anchor_index({pk: frozenset(held.get(pk, ())) for pk in served}, revenue)
    names = {"mean": "mean", "two": "share_two_or_more", "single": "single_anchor_revenue_share"}
    return {name: fraction(getattr(index, field)) for name, field in names.items()} if index else None


def measure_rows(user: User, *, on: date) -> list[ShownMeasure]:
    found = RetentionMeasure.objects.visible_to(user).select_related("owner", "service_line")
    rows = list(found[:MEASURES_SHOWN])
    effects = measure_effects(rows, on=on)
    return [ShownMeasure(row, effects[row.pk]) for row in rows]


def retention_table(snapshot: RetentionSnapshot | None) -> list[RetentionRow]:
    """Curves by services of the first year, then the chance of a loss in a quarter by anchors at its start."""
    if snapshot is None:
        return []
    found = []
    for row in snapshot.curves.get("rows", []):
        for year, (share, limits) in enumerate(zip(row["years"], _limits(row), strict=True), start=1):
            low, high = limits or (None, None)
            if share is not None:
                found.append(_table_row(_("still here"), row["anchors"], row["n"], year, (share, low, high)))
    for row in snapshot.hazards.get("rows", []):
        figures = (row["hazard"], row.get("low"), row.get("high"))
        found.append(_table_row(_("lost in a quarter"), row["anchors"], row["periods"], None, figures))
    return found


def _table_row(what: str, anchors: int, n: int, year: int | None, figures: Sequence[float | None]) -> RetentionRow:
    return RetentionRow(what, anchors, n, year, *map(fraction, figures))


def _limits(row: Mapping[str, Any]) -> Sequence[Any]:
    return row.get("limits") or [None] * len(row["years"])


def _cells(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [_cell(share, limits) for share, limits in zip(row["years"], _limits(row), strict=True)]


def _cell(share: float | None, limits: Sequence[float] | None) -> Mapping[str, Any]:
    """A share as the heat table shows it: in whole per cent, in one of five shades; empty if not observed."""
    if share is None:
        return {"percent": None, "shade": 0}
    shown = {"percent": round(share * 100), "shade": max(1, min(5, int(share * 100 // 18)))}
    return shown | ({"low": round(limits[0] * 100), "high": round(limits[1] * 100)} if limits else {})
