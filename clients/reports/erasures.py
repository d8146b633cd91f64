"""The receipt of an erasure in words: what went, and which documents stay until when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps

from clients.services.holdings import holdings, keeping_of


@dataclass(frozen=True, slots=True)
class Gone:
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Kept:
    """`until_on` is None where no law names a day."""

    kind: str
    title: str
    until_on: date | None


@dataclass(frozen=True, slots=True)
class ToldReceipt:
    gone: Sequence[Gone]
    mentions: int
    trail: int
    kept: Sequence[Kept]


def told_receipt(receipt: Mapping[str, Any]) -> ToldReceipt:
    """In the reader's language; a document of which several parts stay is told once."""
    labels = {each.code: str(each.label) for each in holdings()}
    gone = [Gone(labels.get(code, code), count) for code, count in receipt.get("gone", {}).items()]
    kept = dict.fromkeys(_kept(each) for each in receipt.get("kept", []))
    return ToldReceipt(gone, receipt.get("mentions", 0), receipt.get("trail", 0), list(kept))


def _kept(row: Mapping[str, Any]) -> Kept:
    until, model = row["until_on"], apps.get_model(row["model"])
    keeping = keeping_of(model)
    kind = str(keeping.label if keeping else model._meta.verbose_name)
    return Kept(kind, row["title"], date.fromisoformat(until) if until else None)
