"""The golden cases of tests/reference/loyalty.json and the comparison that their tolerances mean."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.reference import read_reference

_CASES: dict[str, dict[str, Any]] = {case["id"]: case for case in read_reference("loyalty.json")["cases"]}


def golden(name: str) -> dict[str, Any]:
    """One case by its id."""
    return _CASES[name]


def golden_cases(prefix: str) -> list[Any]:
    """Every case whose id starts so, as parameters that carry their ids; none at all is an error."""
    found = [pytest.param(case, id=name) for name, case in _CASES.items() if name.startswith(prefix)]
    assert found, prefix
    return found


def assert_close(actual: Any, expected: Any, case: Mapping[str, Any], *, floor: float = 0.0) -> None:
    """Compare numbers, lists and mappings by the case's tolerance; keys that only we have do not count."""
    if isinstance(expected, Mapping):
        for key, value in expected.items():
            assert_close(actual[key], value, case, floor=floor)
    elif isinstance(expected, Sequence) and not isinstance(expected, str):
        assert len(actual) == len(expected)
        for one, other in zip(actual, expected, strict=True):
            assert_close(one, other, case, floor=floor)
    elif isinstance(expected, int | float) and not isinstance(expected, bool):
        assert actual is not None
        tolerance = max(case["tol"], floor)
        allowed = tolerance if case["tol_kind"] == "abs" else tolerance * max(1.0, abs(expected))
        assert abs(float(actual) - expected) <= allowed + 1e-15, f"{actual} is not {expected}"
    else:
        assert actual == expected
