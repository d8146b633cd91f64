"""Every golden case is replayed by some test, or it is said here why not. Run it as a script for the list."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.reference import read_reference

TESTS = Path(__file__).parent.parent

NOT_REPLAYED = {
    "tiers.rfm": "no rule of the product sorts clients by recency, frequency and money; health and value do",
    "tiers.matrix": "potential is an amount with a review date beside the value of today, not a quadrant",
    "recovery.hazard_recovery": "anchors are the one covariate of the product; mood is not observed (see test_cox)",
    "recovery.hill": "no figure rests on the tail of the distribution of clients' sizes",
    "recovery.hours": "overruns are counted against the signed estimate, not fitted with a distribution",
    "recovery.packages": "days to the end of a package come from its own burn-down, not from a fitted rate of top-ups",
}
"""Cases without a function of ours to replay, and the reason."""


def missing() -> list[str]:
    """Ids that no test names and with which no prefix of `golden_cases` begins."""
    nodes = [node for path in TESTS.rglob("test_*.py") if path != Path(__file__) for node in _nodes(path)]
    named = {node.value for node in nodes if isinstance(node, ast.Constant)}
    prefixes = tuple(prefix for node in nodes if isinstance(node, ast.Call) for prefix in _prefixes(node))
    ids = [case["id"] for case in read_reference("loyalty.json")["cases"]]
    return [name for name in ids if name not in named and not name.startswith(prefixes)]


def _nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def _prefixes(call: ast.Call) -> Iterator[str]:
    if isinstance(call.func, ast.Name) and call.func.id == "golden_cases":
        for argument in call.args:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value:
                yield argument.value


def test_every_golden_case_is_replayed_or_it_is_said_why_not() -> None:
    assert set(missing()) == set(NOT_REPLAYED)


if __name__ == "__main__":
    for name in missing():
        print(name, NOT_REPLAYED.get(name, "NOT REPLAYED"), sep=": ")  # noqa: T201  # it is a script
