"""The loyalty test (loyalty.md 7.1): six questions about a client, asked anew in each quarter."""

from collections.abc import Collection
from enum import StrEnum

TESTED_TIERS = ("vip", "a")


class Question(StrEnum):
    USERS = "users"
    GAINS = "gains"
    MANAGEMENT = "management"
    HEAD = "head"
    COMFORT = "comfort"
    STAFF = "staff"


def blanks(answered: Collection[str]) -> list[Question]:
    """What is not answered yet, in the order of the test."""
    return [question for question in Question if question.value not in answered]


def score(answered: Collection[str]) -> int:
    """0..6: one point for each question with an answer and its evidence."""
    return len(Question) - len(blanks(answered))
