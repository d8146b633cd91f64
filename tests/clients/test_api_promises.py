"""Promises through the API: whether a late one was a slip or a habit."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.make import Cast, make_api, make_client, make_promised

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


@pytest.mark.parametrize("n", [5, 40])
def test_late_promises_tell_a_habit_from_a_slip_at_the_same_cost(
    cast: Cast, n: int, django_assert_max_num_queries: Any
) -> None:
    client = make_client(account_manager=cast.manager)
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    for _ in range(n):
        make_promised(client, by=cast.manager, due=yesterday)
    slip = make_promised(client, by=cast.partner, due=yesterday)
    open_one = make_promised(client, by=cast.manager, due="2999-01-01")
    api = make_api(cast.manager)
    api.get(f"{V1}/promises/")
    with django_assert_max_num_queries(7):
        rows = {row["id"]: row["lateness"] for row in api.get(f"{V1}/promises/?page_size=500").json()["results"]}
    assert (rows.pop(slip.pk), rows.pop(open_one.pk)) == ("random", None)
    assert list(rows.values()) == ["systematic"] * n
    assert api.get(f"{V1}/promises/{slip.pk}/").json()["lateness"] == "random"


def test_a_promise_is_marked_on_track_until_it_is_kept(cast: Cast) -> None:
    promise = make_promised(make_client(account_manager=cast.manager), by=cast.manager, due="2999-01-01")
    api, path = make_api(cast.manager), f"{V1}/promises/{promise.pk}"
    assert api.post(f"{path}/on-track/").json()["on_track_at"]
    api.post(f"{path}/keep/")
    assert api.post(f"{path}/on-track/").status_code == 409
