"""Clients that were told apart: suggested no more, until somebody takes it back."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from clients.models import Client, DistinctPair
from clients.reports.quality import may_mend, twins_in
from clients.rules.findings import Finding, Identity, Twin, find_twins
from clients.services.distinct import ids_apart, tell_apart
from crm.access import Role
from tests.clients.pages import signed_in, text_of, url
from tests.make import Cast, make_api, make_client, make_user

pytestmark = pytest.mark.django_db


def pair(cast: Cast, **kw: Any) -> tuple[Client, Client]:
    first = make_client(name="Nord AG", account_manager=cast.manager)
    return first, make_client(name="Nord GmbH", account_manager=cast.manager, **kw)


def twins(cast: Cast) -> list[tuple[Client, Client | None]]:
    rows = may_mend(cast.manager).with_shown_figures(cast.manager)
    return [(each.client, each.other) for each in twins_in(rows, cast.manager)]


def test_a_pair_told_apart_is_asked_about_no_more_but_the_next_one_is() -> None:
    firms = [Identity(pk, "Nord", ("7",), pk) for pk in (1, 2, 3)]
    assert list(find_twins(firms, apart={(1, 3)})) == [
        Twin(2, 1, Finding.SAME_NUMBER),
        Twin(3, 2, Finding.SAME_NUMBER),
    ]
    assert list(find_twins(firms, apart={(1, 2), (1, 3), (2, 3)})) == []


def test_whichever_is_named_first_the_pair_stands_once(cast: Cast) -> None:
    first, second = pair(cast)
    row = tell_apart(second, first, by=cast.manager)
    assert (row.client, row.other, set(ids_apart())) == (first, second, {(first.pk, second.pk)})
    for one, other, code in ((first, second, "already_done"), (first, first, "invalid")):
        with pytest.raises(ValidationError) as refused:
            tell_apart(one, other, by=cast.manager)
        given: Any = refused.value
        assert code in {each.code for each in (given.error_dict["other"] if hasattr(given, "error_dict") else [given])}


def test_the_page_remembers_it_and_takes_it_back(cast: Cast) -> None:
    first, second = pair(cast)
    assert twins(cast) == [(second, first)]
    browser = signed_in(cast.manager)
    where = url("distinct_new", second.pk, first.pk)
    assert where in text_of(browser.get(url("quality_list")))
    assert signed_in(cast.consultant).post(where).status_code == 403
    said = browser.post(where, follow=True)
    row = DistinctPair.objects.get()
    assert url("distinct_delete", row.pk) in text_of(said)
    assert (twins(cast), row.said_by) == ([], cast.manager)
    assert "Suggest again" in text_of(browser.get(url("distinct_list")))
    assert browser.post(where).status_code == 302
    assert DistinctPair.objects.count() == 1
    assert browser.post(url("distinct_delete", row.pk)).status_code == 302
    assert twins(cast) == [(second, first)]


def test_who_keeps_neither_changes_nothing(cast: Cast) -> None:
    first, second = make_client(name="Nord AG"), make_client(name="Nord GmbH")
    assert signed_in(cast.manager).post(url("distinct_new", first.pk, second.pk)).status_code == 403
    row = tell_apart(first, second, by=cast.partner)
    assert signed_in(cast.manager).post(url("distinct_delete", row.pk)).status_code == 403
    assert "Suggest again" not in text_of(signed_in(cast.manager).get(url("distinct_list")))


def test_findings_and_pairs_through_the_api(cast: Cast) -> None:
    first, second = pair(cast)
    lost = make_client(name="Alone", account_manager=None)
    api = make_api(cast.manager)
    told = api.get("/api/v1/reports/data-quality/", {"gap": "same_name"}).json()
    assert (told["n"], told["rows"][0]["client"], told["rows"][0]["other"]) == (1, second.pk, first.pk)
    assert api.get("/api/v1/reports/data-quality/", {"gap": "x"}).status_code == 400
    nobody = make_api(cast.partner).get("/api/v1/reports/data-quality/", {"client": lost.pk}).json()
    assert [(row["gap"], row["other"]) for row in nobody["rows"]] == [("no_account_manager", None)]
    body = {"client": second.pk, "other": first.pk}
    made = api.post("/api/v1/distinct-pairs/", body)
    assert (made.status_code, made.json()["client"]) == (201, first.pk)
    assert api.post("/api/v1/distinct-pairs/", body).status_code == 409
    same = api.post("/api/v1/distinct-pairs/", {"client": first.pk, "other": first.pk})
    assert (same.status_code, same.json()["errors"][0]["attr"]) == (400, "other")
    foreign = {"client": lost.pk, "other": make_client().pk}
    assert api.post("/api/v1/distinct-pairs/", foreign).status_code == 403
    assert api.get("/api/v1/reports/data-quality/", {"gap": "same_name"}).json()["n"] == 0
    assert api.delete(f"/api/v1/distinct-pairs/{made.json()['id']}/").status_code == 204
    assert make_api(cast.consultant).get("/api/v1/reports/data-quality/").status_code == 403


def test_distinct_list_filters_sorts_and_exports(cast: Cast) -> None:
    first, second = pair(cast)
    tell_apart(first, second, by=cast.manager)
    other = make_client(name="Ost AG", account_manager=cast.manager)
    tell_apart(other, make_client(name="Ost KG", account_manager=cast.manager), by=make_user(Role.PARTNER))
    browser = signed_in(cast.manager)
    for asked, shown in (({"search": "nord"}, "Nord AG"), ({"said_by": cast.manager.pk}, "Nord AG")):
        text = text_of(browser.get(url("distinct_list"), asked))
        assert (shown in text, "Ost" in text) == (True, False)
    assert "No pair fits" in text_of(browser.get(url("distinct_list"), {"until": "2020-01-01"}))
    answer: Any = browser.get(url("distinct_list"), {"format": "csv", "ordering": "client"})
    names = [row.split(",")[0] for row in b"".join(answer).decode().splitlines()[1:]]
    assert names == ["Nord AG", "Ost AG"]
