"""The description of billing's resources is complete: generating it warns of nothing."""

from typing import Any

from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator

from billing.api import RESOURCES


def test_the_description_of_billing_warns_of_nothing() -> None:
    with GENERATOR_STATS.silence():
        schema: dict[str, Any] = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
        said = [str(message) for message in [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]]
    assert [message for message in said if "billing" in message] == []
    assert all(f"/api/v1/{name}/" in schema["paths"] for name in RESOURCES)
    assert {"/api/v1/reports/ageing/", "/api/v1/reports/wip/"} <= schema["paths"].keys()
