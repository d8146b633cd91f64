"""Loops of detractors in words: the page of one, and the figures of many."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clients.reports.shown import valued
from crm.models import User
from loyalty.models import DetractorLoop, LoyaltyPolicy
from loyalty.models.loops import LoopQuery
from loyalty.services.concentration import fraction
from loyalty.services.loops import loops_of

SHOWN = 20


def loop_context(loop: DetractorLoop, *, user: User) -> dict[str, Any]:
    answer, policy = loop.response, LoyaltyPolicy.load()
    valued([answer], user)
    return {
        "loop": loop,
        "answer": answer,
        "due_at": answer.answered_at + policy.first_contact_within,
        "hours": policy.first_contact_hours,
    }


def loop_panel(rows: LoopQuery, *, everything: LoopQuery, at: datetime) -> Mapping[str, Any]:
    """Figures of the window's loops, and all that are still open with the moment until which we have time."""
    policy, found = LoyaltyPolicy.load(), loops_of(rows, at=at)
    listed = everything.open().select_related("response__client", "response__contact").order_by("response__answered_at")
    return {
        "figures": found,
        "in_time": fraction(found.in_time_share),
        "recovered": fraction(found.recovered_share),
        "hours": policy.first_contact_hours,
        "open": [(row, row.response.answered_at + policy.first_contact_within) for row in listed[:SHOWN]],
    }
