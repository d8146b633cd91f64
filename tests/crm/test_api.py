"""The frame of the API, on the two resources of tests.crm.resources: who gets in, what a refusal looks like."""

import bz2
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from clients.models import Client, Contact
from crm.api.throttling import Limits, Window
from crm.models import ApiToken, AuditEntry
from crm.tokens import make_token
from tests.make import Cast, make_api, make_client, make_contact

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.crm.resources")]


def errors_of(response: Any) -> list[tuple[str, str | None]]:
    return [(error["code"], error["attr"]) for error in response.json()["errors"]]


def test_without_a_token_the_answer_is_401_and_says_how() -> None:
    response = APIClient().get("/api/clients/")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Token"
    assert response.json()["type"] == "client_error"


@pytest.mark.parametrize("header", ["Token", "Token wrong", "Token a b", "Token \xe4\xf6", "token  "])
def test_a_wrong_token_is_401(header: str) -> None:
    assert APIClient().get("/api/clients/", HTTP_AUTHORIZATION=header).status_code == 401


def test_a_token_ends_when_it_expires_or_is_revoked_or_its_user_leaves(cast: Cast) -> None:
    now = timezone.now()
    api = make_api(cast.partner)
    assert api.get("/api/clients/").status_code == 200
    for ended in ({"expires_at": now}, {"expires_at": now + timedelta(days=1), "revoked_at": now}):
        ApiToken.objects.update(**ended)
        assert api.get("/api/clients/").status_code == 401
    ApiToken.objects.update(revoked_at=None)
    cast.partner.is_active = False
    cast.partner.save()
    assert api.get("/api/clients/").status_code == 401


def test_the_key_is_nowhere_in_the_database(cast: Cast) -> None:
    token, key = make_token(cast.partner, name="x", at=timezone.now(), expires_at=timezone.now())
    token.refresh_from_db()
    assert key not in (token.digest, token.prefix)
    assert token.prefix == key[:8]


def test_last_use_is_written_once_a_day(cast: Cast) -> None:
    api = make_api(cast.partner)
    api.get("/api/clients/")
    assert ApiToken.objects.get().used_on == timezone.localdate()
    ApiToken.objects.update(used_on=timezone.localdate() - timedelta(days=1))
    api.get("/api/clients/")
    assert ApiToken.objects.get().used_on == timezone.localdate()


def test_a_list_asks_the_same_number_of_queries_whatever_its_length(cast: Cast, django_assert_num_queries: Any) -> None:
    api = make_api(cast.partner)
    api.get("/api/clients/")
    for _number in range(20):
        make_client(account_manager=cast.manager)
    with django_assert_num_queries(3):  # the token, the count, the rows
        assert len(api.get("/api/clients/").json()["results"]) == 20


def test_what_the_token_does_is_signed_with_its_user_and_the_path(cast: Cast) -> None:
    client = make_client()
    make_api(cast.partner).patch(f"/api/clients/{client.pk}/", {"name": "100% 'ours'"})
    entry = AuditEntry.objects.of(client)[0]
    assert (entry.actor, entry.old, entry.new) == (cast.partner, {"name": client.name}, {"name": "100% 'ours'"})
    assert entry.origin == f"127.0.0.1 PATCH /api/clients/{client.pk}/"


def test_what_one_may_not_see_is_404_and_what_one_may_not_change_403(cast: Cast) -> None:
    own, other = make_client(account_manager=cast.manager), make_client()
    manager, consultant = make_api(cast.manager), make_api(cast.outsider)
    assert manager.patch(f"/api/clients/{own.pk}/", {"name": "Neu"}).status_code == 200
    assert manager.get(f"/api/clients/{other.pk}/").status_code == 200
    assert manager.patch(f"/api/clients/{other.pk}/", {"name": "Neu"}).status_code == 403
    assert consultant.get(f"/api/clients/{other.pk}/").status_code == 404
    assert consultant.get("/api/clients/").json()["results"] == []


def test_a_kind_of_thing_that_a_role_never_sees_is_404_by_id_and_403_as_a_list(cast: Cast) -> None:
    cast.integration.roles = []
    cast.integration.save()
    api, client = make_api(cast.integration), make_client()
    assert api.get("/api/clients/").status_code == 403
    assert api.get(f"/api/clients/{client.pk}/").status_code == 404
    assert api.post("/api/clients/", {"name": "Neu"}).status_code == 403


def test_guarded_fields_are_null_for_those_without_the_right(cast: Cast) -> None:
    client = make_client(debtor_account="10001", account_manager=cast.consultant)
    assert make_api(cast.finance).get(f"/api/clients/{client.pk}/").json()["debtor_account"] == "10001"
    assert make_api(cast.consultant).get(f"/api/clients/{client.pk}/").json()["debtor_account"] is None


def test_half_a_character_is_no_json_and_a_whole_one_in_two_halves_is(cast: Cast) -> None:
    api = make_api(cast.partner)

    def post(name: str) -> Any:
        return api.generic("POST", "/api/clients/", f'{{"name": "{name}"}}', content_type="application/json")

    for half in ("\\ud800", "\\uD83D x", "\\udfff"):
        refused = post(half)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "parse_error")
    assert post("\\ud83d\\ude80 AG").json()["name"] == "🚀 AG"


def test_a_relation_to_something_invisible_does_not_exist(cast: Cast) -> None:
    hidden, mine = make_client(), make_client(account_manager=cast.outsider)
    contact = make_contact(mine)
    response = make_api(cast.partner).patch(f"/api/contacts/{contact.pk}/", {"client": hidden.pk})
    assert response.status_code == 200
    contact = make_contact(mine)
    cast.outsider.roles = ["account_manager"]
    cast.outsider.save()
    nothings: list[Any] = [10**30, -1, "x", True, None, {}, 2**63]
    for nothing in nothings:
        response = make_api(cast.outsider).patch(f"/api/contacts/{contact.pk}/", {"client": nothing})
        assert (response.status_code, response.json()["errors"][0]["attr"]) == (400, "client")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"name": ""}, ("blank", "name")),
        ({"name": "x" * 161}, ("max_length", "name")),
        ({"name": "a\0b"}, ("null_characters_not_allowed", "name")),
        ({"name": "A", "status": "gone"}, ("invalid_choice", "status")),
        ({"name": "A", "currency": "euro"}, ("max_length", "currency")),
        ({"name": "A", "notes": "x" * 60_000}, ("max_length", "notes")),
        ({"name": "A", "expected_years": "NaN"}, ("invalid", "expected_years")),
        ({"name": "A", "expected_years": "-1", "expected_years_reason": "x"}, ("invalid", "expected_years_reason")),
        ({"name": "A", "expected_years": "9"}, ("invalid", "expected_years")),
        ({"name": "A", "parent": [1]}, ("incorrect_type", "parent")),
        ([], ("invalid", "non_field_errors")),
        ("text", ("invalid", "non_field_errors")),
    ],
)
def test_a_wrong_body_is_400_with_the_field_named(cast: Cast, body: Any, expected: tuple[str, str]) -> None:
    response = make_api(cast.partner).post("/api/clients/", body)
    assert (response.status_code, response.json()["type"]) == (400, "validation_error")
    assert expected in errors_of(response)


def test_a_constraint_names_its_field_and_speaks_in_its_own_words(cast: Cast) -> None:
    make_client(external_source="odoo", external_id="7")
    api = make_api(cast.partner)
    body = {"name": "A", "external_source": "odoo", "external_id": "7"}
    error = api.post("/api/clients/", body).json()["errors"][0]
    assert error == {
        "code": "external_id_taken",
        "detail": "This external id is already in use for this source.",
        "attr": "external_id",
    }
    other = make_client()
    response = api.patch(f"/api/clients/{other.pk}/", {"parent": other.pk})
    assert errors_of(response) == [("invalid", "parent")]


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b"\xff\xfe",
        b'{"name": NaN}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"1" * 5000,
        b'{"name": "\\ud800"}',
        b'{"name": 1e999}',
        b"",
    ],
)
def test_malformed_json_is_400(cast: Cast, text: Any) -> None:
    response = make_api(cast.partner).generic("POST", "/api/clients/", text, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["errors"]


def test_who_asks_too_often_is_told_when_to_come_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Limits, "windows", lambda _self: [Window(2, 86_400)])
    api = make_api(cast.partner)
    assert [api.get("/api/clients/").status_code for _ in range(3)] == [200, 200, 429]
    refused = api.post("/api/clients/", {"name": "Alfa"})
    assert (refused.status_code, refused.json()["type"]) == (429, "client_error")
    assert errors_of(refused) == [("throttled", None)]
    assert 0 < int(refused.headers["Retry-After"]) <= 86_400
    assert not Client.objects.exists()


def test_other_media_types_are_415_and_other_methods_405(cast: Cast) -> None:
    api = make_api(cast.partner)
    assert api.generic("POST", "/api/clients/", "a=1", content_type="text/plain").status_code == 415
    assert api.delete("/api/clients/").status_code == 405
    assert api.generic("BREW", "/api/clients/").status_code == 405


def test_a_body_that_is_too_large_is_413_and_a_long_text_400(cast: Cast) -> None:
    api = make_api(cast.partner)
    response = api.post("/api/clients/", {"name": "A", "notes": "x" * 2_000_000})
    assert (response.status_code, errors_of(response)) == (400, [("max_length", "notes")])
    response = api.post("/api/clients/", {"name": "A", "notes": "x" * 4_000_000})
    assert (response.status_code, errors_of(response)) == (413, [("too_large", None)])


@pytest.mark.parametrize("pk", ["0", "-1", "99999999999999999999999", "x", "1'", "%00", "1%0a", "½"])
def test_an_unknown_id_is_404(cast: Cast, pk: str) -> None:
    api = make_api(cast.partner)
    for method in ("get", "patch", "delete"):
        assert getattr(api, method)(f"/api/clients/{pk}/").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=x",
        "page=99999999999999999999999",
        "parent=x",
        "parent=99999999999999999999999",
        "status=gone",
        "name=%00",
        "search=%00",
        "updated_after=yesterday",
        "updated_after=0001-01-01T00:00:00%2B23:59",
        "updated_after=9999-12-31T23:59:59-23:59",
    ],
)
def test_a_wrong_question_is_never_a_500(cast: Cast, query: str) -> None:
    assert make_api(cast.partner).get(f"/api/clients/?{query}").status_code in (200, 400, 404)


def test_pages_have_the_size_that_was_asked_for_up_to_500(cast: Cast) -> None:
    for number in range(60):
        make_client(name=f"Client {number:02}")
    api = make_api(cast.partner)
    first = api.get("/api/clients/").json()
    assert (len(first["results"]), first["previous"], first["count"]) == (50, None, 60)
    second = api.get(first["next"]).json()
    assert [row["name"] for row in second["results"]] == [f"Client {number}" for number in range(50, 60)]
    assert second["next"] is None
    assert len(api.get("/api/clients/?page_size=7&ordering=-name").json()["results"]) == 7
    assert len(api.get("/api/clients/?page_size=100000").json()["results"]) == 60


def test_moments_are_utc_with_z(cast: Cast) -> None:
    client = make_client()
    shown = make_api(cast.partner).get(f"/api/clients/{client.pk}/").json()
    assert shown["created_at"] == client.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_updated_after_lists_changes_in_order_and_deletions_as_tombstones(cast: Cast) -> None:
    before = make_client(name="Before")
    gone = make_client(external_source="odoo", external_id="9")
    moment = timezone.now()
    after = make_client(name="After")
    Client.objects.filter(pk=before.pk).update(city="Bonn")
    number = gone.pk
    gone.delete()
    api = make_api(cast.partner)
    rows = api.get("/api/clients/", {"updated_after": moment.isoformat(), "page_size": "1"}).json()
    assert [row["id"] for row in rows["results"]] == [after.pk]
    rows = api.get(rows["next"]).json()["results"]
    assert [row["id"] for row in rows] == [before.pk, number]
    assert (rows[1]["external_id"], rows[1]["deleted_at"][-1]) == ("9", "Z")
    seen = make_api(cast.manager).get("/api/clients/", {"updated_after": moment.isoformat()}).json()["results"]
    assert (seen[-1]["id"], seen[-1]["external_id"]) == (number, None)


def test_an_etag_spares_the_second_reading_and_refuses_a_lost_update(cast: Cast) -> None:
    client = make_client()
    api, url = make_api(cast.partner), f"/api/clients/{client.pk}/"
    tag = api.get(url).headers["ETag"]
    assert api.get(url, HTTP_IF_NONE_MATCH=tag).status_code == 304
    changed = api.patch(url, {"name": "Neu"}, HTTP_IF_MATCH=tag)
    assert (changed.status_code, changed.headers["ETag"] != tag) == (200, True)
    assert changed.headers["ETag"] == api.get(url).headers["ETag"]
    assert api.patch(url, {"name": "Alt"}, HTTP_IF_MATCH=tag).status_code == 412
    assert api.delete(url, HTTP_IF_MATCH=tag).status_code == 412
    client.refresh_from_db()
    assert client.name == "Neu"
    assert api.delete(url, HTTP_IF_MATCH=changed.headers["ETag"]).status_code == 204


def test_if_match_reads_lists_and_the_star(cast: Cast) -> None:
    url = f"/api/clients/{make_client().pk}/"
    api = make_api(cast.partner)
    tag = api.get(url).headers["ETag"]
    assert api.patch(url, {"name": "B"}, HTTP_IF_MATCH=f'"x", {tag}').status_code == 200
    assert api.patch(url, {"name": "C"}, HTTP_IF_MATCH="*").status_code == 200
    assert api.patch(url, {"name": "D"}, HTTP_IF_MATCH="").status_code == 412


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [("period_locked", 409, "client_error"), ("wrong_status", 409, "client_error"), ("other", 400, "validation_error")],
)
def test_a_refusal_by_the_state_is_409_with_its_code(cast: Cast, code: str, status: int, kind: str) -> None:
    response = make_api(cast.partner).post(f"/api/clients/{make_client().pk}/refuse/", {"code": code})
    assert (response.status_code, response.json()["type"]) == (status, kind)
    assert response.json()["errors"][0]["code"] == code


def test_what_is_still_referred_to_is_409(cast: Cast) -> None:
    parent = make_client()
    make_client(parent=parent)
    response = make_api(cast.partner).delete(f"/api/clients/{parent.pk}/")
    assert (response.status_code, errors_of(response)) == (409, [("in_use", None)])


def test_a_refused_act_leaves_nothing_behind(cast: Cast) -> None:
    api = make_api(cast.partner)
    assert api.post(f"/api/clients/{make_client().pk}/rename/", {}).status_code == 400
    assert api.post(f"/api/clients/{make_client().pk}/rename/", {"code": "x" * 300}).status_code == 400
    assert not Contact.objects.exists()


def test_a_charset_that_unpacks_is_no_charset(cast: Cast) -> None:
    body: Any = bz2.compress(b'{"name": "A"}')
    response = make_api(cast.partner).generic(
        "POST", "/api/clients/", body, content_type="application/json; charset=bz2_codec"
    )
    assert (response.status_code, errors_of(response)) == (400, [("parse_error", None)])
