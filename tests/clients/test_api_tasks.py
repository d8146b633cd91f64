"""Tasks over the API: acts, and the value at stake that consultants do not see."""

from decimal import Decimal

import pytest
from django.utils import timezone

from clients.models import Task
from clients.services.tasks import TaskDraft, open_task
from tests.clients.test_api import codes
from tests.make import Cast, make_api, make_client

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


def test_a_task_is_done_snoozed_delegated_and_dismissed(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    api = make_api(cast.manager)
    body = {"client": client.pk, "kind": "todo", "source": "mail:1", "title": "Call back", "due_at": "2026-11-27"}
    made = api.post(f"{V1}/tasks/", body).json()
    assert api.post(f"{V1}/tasks/", {**body, "title": "Call back now"}).json()["id"] == made["id"]
    url = f"{V1}/tasks/{made['id']}"
    assert codes(api.post(f"{url}/snooze/", {"until": "2020-01-01", "reason": "x"})) == {("past", "until")}
    assert api.post(f"{url}/snooze/", {"until": "2999-01-01", "reason": "x"}).json()["state"] == "snoozed"
    assert api.post(f"{url}/delegate/", {"assignee": cast.partner.pk}).json()["assignee"] == cast.partner.pk
    assert api.post(f"{url}/dismiss/", {"reason": "solved"}).json()["state"] == "dismissed"
    assert codes(api.post(f"{url}/done/")) == {("already_done", None)}
    assert make_api(cast.outsider).post(f"{url}/done/").status_code == 404


def test_the_value_at_stake_is_not_for_consultants(cast: Cast) -> None:
    draft = TaskDraft(
        kind="x", source="1", assignee=cast.consultant, title="t", due_at=timezone.now(), value_at_stake=Decimal(9)
    )
    task = open_task(draft)
    assert task is not None
    assert make_api(cast.consultant).get(f"{V1}/tasks/{task.pk}/").json()["value_at_stake"] is None
    assert make_api(cast.partner).get(f"{V1}/tasks/{task.pk}/").json()["value_at_stake"] == "9.00"
    assert Task.objects.count() == 1


def test_asking_for_a_task_leaves_an_open_one_of_somebody_else_alone(cast: Cast) -> None:
    foreign = make_client(account_manager=cast.partner)
    draft = TaskDraft(
        kind="detractor",
        source="survey-response:17",
        assignee=cast.partner,
        client=foreign,
        title="Call them",
        url="/loyalty/",
        due_at=timezone.now(),
        value_at_stake=Decimal(9),
    )
    open_task(draft)
    body = {"kind": "detractor", "source": "survey-response:17", "title": "Mine now", "due_at": "2999-01-01"}
    assert codes(make_api(cast.manager).post(f"{V1}/tasks/", body)) == {("already_done", None)}
    assert Task.objects.get().title == "Call them"
    assert make_api(cast.partner).post(f"{V1}/tasks/", body).status_code == 201
    task = Task.objects.get()
    assert (task.title, task.url, task.value_at_stake) == ("Mine now", "/loyalty/", Decimal(9))
