"""Files through the API at documents/: added as base64, read as bytes, titled anew, deleted."""

from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest
from django.db import InternalError, transaction
from django.urls import reverse
from django.utils import timezone

from billing.models import Attachment
from clients.models import Client
from tests.make import Cast, browser_of, make_api, make_client, make_engagement, make_offer
from tests.make.attachments import make_attachment, pdf
from tests.make.invoices import make_invoice

pytestmark = pytest.mark.django_db
URL = "/api/v1/documents/"
LONG_AGO = timezone.now() - timedelta(days=100)


@pytest.fixture
def alfa(cast: Cast) -> Client:
    client = make_client(account_manager=cast.manager)
    make_engagement(client, lead=cast.manager, members=[cast.consultant])
    return client


def body(content: bytes | None = None, **kw: Any) -> dict[str, Any]:
    coded = b64encode(pdf() if content is None else content).decode()
    return {"kind": "contract", "name": "Vertrag.pdf", "content": coded, **kw}


def test_a_file_is_added_read_and_deleted(cast: Cast, alfa: Client) -> None:
    api = make_api(cast.manager)
    made = api.post(URL, body(pdf("x"), client=alfa.pk, kind="other"), format="json")
    assert made.status_code == 201
    told = made.json()
    assert (told["client"], told["size"], told["content_type"]) == (alfa.pk, len(pdf("x")), "application/pdf")
    assert "content" not in told
    assert api.get(f"{URL}{told['id']}/content/").content == pdf("x")
    assert api.delete(f"{URL}{told['id']}/").status_code == 204
    assert not Attachment.objects.exists()


def test_title_kind_and_a_later_day_are_patched_and_nothing_else(cast: Cast, alfa: Client) -> None:
    row = make_attachment(alfa, at=LONG_AGO)
    api, url, stood = make_api(cast.manager), f"{URL}{row.pk}/", row.keep_until_on
    assert stood is not None
    later = {"name": "Rahmenvertrag.pdf", "keep_until_on": (stood + timedelta(days=9)).isoformat()}
    answer = api.patch(url, later)
    assert answer.status_code == 200, answer.json()
    assert {name: answer.json()[name] for name in later} == later
    for change, attr, code in (
        ({"keep_until_on": stood.isoformat()}, "keep_until_on", "keep_longer"),
        ({"kind": "other", "keep_until_on": None}, "keep_until_on", "keep_longer"),
        ({"client": alfa.pk}, "client", "made_once"),
        ({"content": b64encode(pdf("x")).decode()}, "content", "made_once"),
        ({"kind": "letter"}, "kind", "invalid_choice"),
    ):
        refused = api.patch(url, change)
        assert [(each["attr"], each["code"]) for each in refused.json()["errors"]] == [(attr, code)], change
    with pytest.raises(InternalError), transaction.atomic():
        Attachment.objects.filter(pk=row.pk).update(keep_until_on=stood)
    with pytest.raises(InternalError), transaction.atomic():
        Attachment.objects.filter(pk=row.pk).update(sha256="0" * 64)
    assert make_api(cast.consultant).patch(url, {"name": "y"}).status_code in (403, 404)


def test_files_of_a_client_are_a_list_to_take_along(cast: Cast, alfa: Client) -> None:
    make_attachment(alfa)
    rows: Any = browser_of(cast.manager).get(reverse("billing:client_files", args=[alfa.pk]), {"format": "csv"})
    assert len(b"".join(rows.streaming_content).decode().strip().splitlines()) == 2


@pytest.mark.parametrize(
    ("change", "attr", "code"),
    [
        ({"content": b64encode(b"<html>").decode()}, "content", "file_type"),
        ({"content": ""}, "content", "blank"),
        ({"content": "%"}, "content", "invalid"),
        ({"kind": "letter"}, "kind", "invalid_choice"),
        ({"client": None}, "client", "one_thing"),
        ({"client": 999_999}, "client", "does_not_exist"),
        ({"keep_until_on": "2027-01-01"}, "keep_until_on", "keep_longer"),
        ({"name": ""}, "name", "blank"),
    ],
)
def test_bad_input_is_refused_by_field(cast: Cast, alfa: Client, change: dict[str, Any], attr: str, code: str) -> None:
    answer = make_api(cast.manager).post(URL, body(client=alfa.pk) | change, format="json")
    assert answer.status_code == 400
    assert [(each["attr"], each["code"]) for each in answer.json()["errors"]] == [(attr, code)]


def test_a_file_belongs_to_one_thing_alone(cast: Cast, alfa: Client) -> None:
    answer = make_api(cast.manager).post(URL, body(client=alfa.pk, offer=make_offer(alfa).pk), format="json")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "one_thing")


def test_who_may_not_change_the_thing_adds_no_file(cast: Cast, alfa: Client) -> None:
    answer = make_api(cast.consultant).post(URL, body(client=alfa.pk), format="json")
    assert answer.status_code == 403
    assert not Attachment.objects.exists()


def test_files_of_foreign_things_are_not_there(cast: Cast, alfa: Client) -> None:
    row = make_attachment(make_invoice(alfa))
    for user in (cast.consultant, cast.outsider):
        api = make_api(user)
        assert api.get(f"{URL}{row.pk}/").status_code == 404
        assert api.get(f"{URL}{row.pk}/content/").status_code == 404
        assert api.delete(f"{URL}{row.pk}/").status_code == 404
        assert api.get(URL).json()["results"] == []


def test_a_kept_file_is_not_deleted(cast: Cast, alfa: Client) -> None:
    row = make_attachment(alfa, at=LONG_AGO)
    answer = make_api(cast.partner).delete(f"{URL}{row.pk}/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "kept_until")


def test_lists_are_filtered_searched_and_ordered(cast: Cast, alfa: Client) -> None:
    offer = make_offer(alfa)
    first = make_attachment(alfa, name="Anlage.pdf", kind="other", at=LONG_AGO)
    second = make_attachment(offer, name="Vertrag.pdf")
    make_attachment(make_client())
    api = make_api(cast.partner)

    def ids(query: str) -> list[int]:
        return [row["id"] for row in api.get(f"{URL}?{query}").json()["results"]]

    assert ids(f"client={alfa.pk}") == [second.pk, first.pk]
    assert ids(f"client={alfa.pk}&ordering=name") == [first.pk, second.pk]
    assert ids(f"offer={offer.pk}") == [second.pk]
    assert ids("kind=other") == ids("search=anlage") == [first.pk]
