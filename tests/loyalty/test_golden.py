"""Every golden case is replayed by some test, or it is said here why not. Run it as a script for the list."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.reference import read_reference

TESTS = Path(__file__).parent.parent

NOT_REPLAYED: dict[str, str] = {}
"""Cases without a function of ours to replay, and the reason."""

REPLAYED_IN_PART = {
    "recovery.hours": "the slope of unbilled hours on mood: nobody observes mood, so that no function of ours fits it",
    "recovery.hazard_recovery": "pages fit anchors alone: of retainer and mood only the simulation knows enough",
}
"""What of a replayed case no page of ours can show, and the reason."""


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
    assert {case["id"] for case in read_reference("loyalty.json")["cases"]} >= set(REPLAYED_IN_PART)


if __name__ == "__main__":
    for name in missing():
        print(name, NOT_REPLAYED.get(name, "NOT REPLAYED"), sep=": ")  # noqa: T201  # it is a script
