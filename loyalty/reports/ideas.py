"""The board of ideas: columns by state, the best score first, and what came of those that are done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F

from clients.reports.shown import valued
from crm.models import User
from loyalty.models import Idea
from loyalty.services.effects import Effect, idea_effects

IN_COLUMN = 15
State = Idea.State
NEXT: Mapping[str, str] = {State.CHOSEN: State.DOING, State.DOING: State.DONE}
"""Where a button leads; to be chosen, an idea needs an owner and a day, so that is a form."""


@dataclass(frozen=True, slots=True)
class BoardColumn:
    state: str
    label: str
    count: int
    ideas: Sequence[Idea]
    next_state: str


def idea_rows(user: User) -> Any:
    rows = Idea.objects.visible_to(user).with_may_change(Idea.objects.changeable_by(user))
    return rows.select_related("client", "contact", "owner", "made_by")


def board_columns(rows: Any, user: User, *, on: date) -> list[BoardColumn]:
    """Four columns from new to done; dropped ideas stand in the list only."""
    counts = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    states = [State.NEW, State.CHOSEN, State.DOING, State.DONE]
    return [
        BoardColumn(state, str(state.label), counts.get(state, 0), _column(rows, state, user, on), NEXT.get(state, ""))
        for state in states
    ]


def with_effects(ideas: Sequence[Idea], *, on: date) -> Sequence[Idea]:
    """Each idea with `effect`: None unless it is done."""
    found: Mapping[int, Effect] = idea_effects(ideas, on=on)
    for idea in ideas:
        idea.effect = found.get(idea.pk)  # type: ignore[attr-defined]
    return ideas


def _column(rows: Any, state: str, user: User, on: date) -> Sequence[Idea]:
    newest = "-done_on" if state == State.DONE else F("score").desc(nulls_last=True)
    ideas = list(rows.filter(state=state).order_by(newest, "-noted_on", "-pk")[:IN_COLUMN])
    valued(ideas, user)
    return with_effects(ideas, on=on)
