"""Imports and calendar links through the API, as their pages do them."""

import base64
from typing import Any

import pytest
from django.test import Client as Browser

from clients.models import Client, ImportBatch
from crm.models import SignedLink
from tests.make import Cast, make_api, make_seller

pytestmark = pytest.mark.django_db
WHERE = "/api/v1/imports/"
FILE = "Firma;Ort;USt-ID\r\nNord AG;Köln;\r\nSüd AG;Ulm;DE1\r\n"


def sent(text: str = FILE, kind: str = "clients") -> dict[str, Any]:
    return {"kind": kind, "file_name": "clients.csv", "content": base64.b64encode(text.encode()).decode()}


def test_a_file_is_checked_mapped_run_and_taken_back(cast: Cast) -> None:
    make_seller()
    api = make_api(cast.partner)
    made = api.post(WHERE, sent())
    told = made.json()
    assert (made.status_code, told["state"], told["good_count"], told["bad_count"]) == (201, "staged", 1, 1)
    assert (told["headers"], told["mapping"]["name"]) == (["Firma", "Ort", "USt-ID"], 0)
    one = f"{WHERE}{told['id']}/"
    bad = api.get(f"{one}rows/", {"bad": "true"}).json()
    assert (bad["next"], [row["number"] for row in bad["results"]]) == (None, [3])
    assert len(api.get(f"{one}rows/").json()["results"]) == 2
    assert api.get(f"{one}rows/", {"after": 2}).json()["results"][0]["number"] == 3
    stopped = api.post(f"{one}run/")
    assert (stopped.status_code, stopped.json()["errors"][0]["code"]) == (400, "bad_rows")
    mapped = api.patch(one, {"mapping": {"name": 0, "city": 1}})
    assert (mapped.status_code, mapped.json()["bad_count"]) == (200, 0)
    assert api.post(f"{one}run/", {"only_good": True}).json()["state"] == "done"
    assert set(Client.objects.values_list("name", "city")) == {("Nord AG", "Köln"), ("Süd AG", "Ulm")}
    assert api.post(f"{one}run/").status_code == 409
    assert api.patch(one, {"mapping": {"name": 0}}).status_code == 409
    assert api.post(f"{one}undo/").json()["state"] == "undone"
    assert api.post(f"{one}undo/").status_code == 409
    assert not Client.objects.exists()


def test_wrong_files_and_mappings_are_refused_by_name(cast: Cast) -> None:
    api = make_api(cast.partner)
    for body, field in (
        (sent(kind="nothing"), "kind"),
        (sent() | {"content": "?"}, "content"),
        (sent() | {"file_name": ""}, "file_name"),
    ):
        answer = api.post(WHERE, body)
        assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, field)
    assert api.post(WHERE, sent("Firma\r\n")).status_code == 400
    one = f"{WHERE}{api.post(WHERE, sent()).json()['id']}/"
    wrong: tuple[Any, ...] = ({"nothing": 0}, {"name": -1}, {"name": "x"}, [])
    for mapping in wrong:
        assert api.patch(one, {"mapping": mapping}).status_code == 400


def test_each_imports_and_sees_what_their_role_may(cast: Cast) -> None:
    api = make_api(cast.consultant)
    assert api.post(WHERE, sent()).status_code == 400
    batch = ImportBatch.objects.create(kind="clients", file_name="x.csv", made_by=cast.partner)
    assert api.get(f"{WHERE}{batch.pk}/").status_code == 404
    assert api.get(WHERE).json()["results"] == []


def test_a_calendar_link_is_told_once_and_ends(cast: Cast) -> None:
    api, where = make_api(cast.consultant), "/api/v1/calendar-links/"
    made = api.post(where, {"name": "Phone"})
    told = made.json()
    assert (made.status_code, told["name"]) == (201, "Phone")
    assert Browser().get(f"/{told['address'].split('/', 3)[3]}").status_code == 200
    listed = api.get(where).json()["results"]
    assert [(row["id"], row["address"]) for row in listed] == [(told["id"], None)]
    assert listed[0]["read_at"] is not None
    assert make_api(cast.partner).get(f"{where}{told['id']}/").status_code == 404
    assert api.post(where, {"name": ""}).status_code == 400
    assert api.delete(f"{where}{told['id']}/").status_code == 204
    assert Browser().get(f"/{told['address'].split('/', 3)[3]}").status_code == 410
    assert SignedLink.objects.get(pk=told["id"]).revoked_at is not None
    assert api.get(where).json()["results"] == []
