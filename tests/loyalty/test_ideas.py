"""Ideas for client orientation: marks and score, the board to done, tasks, sources, access, before and after."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from clients.models import Client, Complaint, Task
from crm.periods import DateRange
from loyalty.models import Idea, LossReview
from loyalty.rules.effects import client_days, compare, windows
from loyalty.services.effects import idea_effects
from loyalty.services.ideas import move_idea, note_session, save_idea
from tests.make import Cast, browser_of, make_api, make_client, make_contact, make_user

pytestmark = pytest.mark.django_db
TODAY = date(2026, 5, 20)
AT = datetime(2026, 5, 20, 9, tzinfo=UTC)
MARKS = {"usefulness": 5, "cost": 2, "difficulty": 1}
URL = "/api/v1/ideas/"


def noted(cast: Cast, **kw: Any) -> Idea:
    at, by = kw.pop("at", AT), kw.pop("by", cast.manager)
    fields = {"text": "No summary", "touch_point": "result", "finding": "missing", "noted_on": TODAY, **kw}
    return save_idea(Idea(**fields), by=by, at=at)


def chosen(cast: Cast, **kw: Any) -> Idea:
    return noted(cast, **{"state": "chosen", "owner": cast.consultant, "due_on": TODAY, **MARKS, **kw})


def test_the_score_is_twice_the_usefulness_less_cost_and_difficulty(cast: Cast) -> None:
    assert noted(cast, **MARKS).score == 7
    assert noted(cast).score is None
    assert noted(cast, usefulness=1, cost=5, difficulty=5).score == -8


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"usefulness": 5}, "marked together"),
        ({**MARKS, "usefulness": 6}, "Value 6 is not a valid choice"),
        ({"state": "chosen"}, "marked before it is chosen"),
        ({"state": "doing", **MARKS}, "somebody who does it"),
        ({"state": "dropped"}, "Say why"),
        ({"noted_on": TODAY + timedelta(days=1)}, "not happened yet"),
        ({"state": "done", **MARKS, "due_on": TODAY, "done_on": TODAY - timedelta(days=1)}, "not before it was noted"),
    ],
)
def test_what_a_state_lacks_is_said(cast: Cast, wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        noted(cast, **({"owner": cast.manager} if "done_on" in wrong else {}), **wrong)


def test_the_board_leads_to_done_and_back_and_the_owner_has_a_task(cast: Cast) -> None:
    idea = chosen(cast)
    (task,) = Task.objects.unfinished().filter(kind="idea")
    assert (task.assignee, timezone.localdate(task.due_at)) == (cast.consultant, TODAY)
    move_idea(idea, to="doing", by=cast.manager, at=AT)
    assert Task.objects.unfinished().filter(kind="idea").count() == 1
    done = move_idea(idea, to="done", by=cast.manager, at=AT)
    assert done.done_on == TODAY
    assert not Task.objects.unfinished().filter(kind="idea").exists()
    assert move_idea(done, to="doing", by=cast.manager, at=AT).done_on is None
    assert Task.objects.unfinished().filter(kind="idea").count() == 1


def test_another_owner_gets_the_task(cast: Cast) -> None:
    idea = chosen(cast)
    idea.owner = cast.manager
    save_idea(idea, by=cast.manager, at=AT)
    (task,) = Task.objects.unfinished().filter(kind="idea")
    assert task.assignee == cast.manager


def test_an_idea_is_of_the_client_that_it_comes_from(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    review = LossReview.objects.create(client=client, happened_on=TODAY, currency="EUR")
    assert noted(cast, review=review, source="loss").client == client
    assert noted(cast, contact=make_contact(client=client)).client == client
    with pytest.raises(ValidationError, match="another client"):
        noted(cast, review=review, client=make_client())


def test_a_session_makes_an_idea_of_each_line(cast: Cast) -> None:
    found = {"missing": "No summary\n\n  No dates ", "superfluous": "Four in copy", "inconvenient": ""}
    made = note_session(touch_point="result", found=found, client=None, on=TODAY, by=cast.manager, at=AT)
    assert [(idea.finding, idea.text) for idea in made] == [
        ("missing", "No summary"),
        ("missing", "No dates"),
        ("superfluous", "Four in copy"),
    ]
    for wrong in ({"missing": " \n "}, {"missing": "x\n" * 21}):
        with pytest.raises(ValidationError):
            note_session(touch_point="result", found=wrong, client=None, on=TODAY, by=cast.manager, at=AT)


def test_who_sees_which_ideas(cast: Cast) -> None:
    own = noted(cast, client=make_client(account_manager=cast.manager))
    foreign = save_idea(
        Idea(text="x", touch_point="offer", finding="missing", noted_on=TODAY, client=make_client()),
        by=cast.partner,
        at=AT,
    )
    general = noted(cast)
    seen = {user: set(Idea.objects.visible_to(user)) for user in (cast.partner, cast.manager, cast.consultant)}
    assert seen == {cast.partner: {own, foreign, general}, cast.manager: {own, general}, cast.consultant: {general}}
    assert not Idea.objects.changeable_by(cast.consultant).exists()
    assert Idea.objects.changeable_by(cast.manager).count() == 2
    assert browser_of(cast.consultant).get(f"/ideas/{own.pk}/edit/").status_code == 404
    assert browser_of(cast.consultant).get(f"/ideas/{general.pk}/edit/").status_code == 403
    assert browser_of(cast.finance).get("/ideas/").status_code == 404


def test_the_pages_show_note_move_and_keep_what_was_typed(cast: Cast) -> None:
    browser = browser_of(cast.manager)
    assert "Hold a session" in browser.get("/ideas/").content.decode()
    wrong = browser.post("/ideas/new/", {"text": "Long waits", "touch_point": "answers", "usefulness": "5"})
    assert wrong.status_code == 422
    assert "Long waits" in wrong.content.decode()
    session = {"touch_point": "answers", "missing": "A rota\nA second number"}
    assert browser.post("/ideas/session/", session).status_code == 302
    assert browser.post("/ideas/session/", {"touch_point": "answers"}).status_code == 422
    idea = chosen(cast, at=timezone.now())
    browser.post(f"/ideas/{idea.pk}/move/doing/")
    idea.refresh_from_db()
    assert idea.state == "doing"
    assert browser.post(f"/ideas/{idea.pk}/move/lost/").status_code == 404
    board, rows = (browser.get(f"/ideas/{query}").content.decode() for query in ("", "?view=list&ordering=-score"))
    assert "A second number" in board
    assert rows.index("No summary") < rows.index("A rota")
    assert "A rota" not in browser.get("/ideas/?view=list&search=summary").content.decode()
    assert "A rota" in browser.get("/ideas/?format=csv").getvalue().decode()


def test_a_consultant_marks_the_cost_of_an_idea_of_their_own(cast: Cast) -> None:
    """The mark is no money, so it stays in the form of those who see no amounts."""
    idea = noted(cast, by=cast.consultant)
    browser, address = browser_of(cast.consultant), f"/ideas/{idea.pk}/edit/"
    assert 'name="cost"' in browser.get(address).content.decode()
    fields = ("text", "touch_point", "finding", "source", "state", "noted_on", "proposal", "outcome")
    kept = {name: str(getattr(idea, name) or "") for name in fields}
    assert browser.post(address, {**kept, "usefulness": "5", "cost": "2", "difficulty": "3"}).status_code == 302
    idea.refresh_from_db()
    assert (idea.usefulness, idea.cost, idea.difficulty) == (5, 2, 3)


def test_an_idea_begins_with_its_source_unless_that_is_not_to_be_seen(cast: Cast) -> None:
    client, stranger = make_client(name="Alfa", account_manager=cast.manager), make_client(name="Beta")
    mine, other = (
        LossReview.objects.create(client=each, happened_on=TODAY, currency="EUR") for each in (client, stranger)
    )
    browser = browser_of(cast.manager)
    assert "Alfa" in browser.get(f"/ideas/new/?review={mine.pk}").content.decode()
    assert "Beta" not in browser.get(f"/ideas/new/?review={other.pk}").content.decode()
    body = {"text": "Late", "touch_point": "work", "finding": "inconvenient", "source": "loss", "state": "new"}
    sent = browser.post(f"/ideas/new/?review={mine.pk}", {**body, "noted_on": "2026-05-20", "client": "Alfa"})
    assert sent.status_code == 302
    assert mine.ideas.get().client == client


def test_the_board_costs_the_same_for_many_ideas(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        noted(cast, text=f"Idea {number}", client=make_client(account_manager=cast.manager))
        move_idea(chosen(cast), to="done", by=cast.manager, at=AT)
    browser = browser_of(cast.manager)
    browser.get("/ideas/")
    with django_assert_max_num_queries(24):
        browser.get("/ideas/")


def test_ideas_over_the_api(cast: Cast) -> None:
    api = make_api(cast.manager)
    body = {"text": "No summary", "touch_point": "result", "finding": "missing"}
    made = api.post(URL, {**body, **MARKS}, format="json")
    assert (made.status_code, made.data["score"], made.data["state"]) == (201, 7, "new")
    url = f"{URL}{made.data['id']}/"
    refused = api.patch(url, {"state": "chosen"}, format="json")
    assert refused.status_code == 400
    owner = {"owner": cast.manager.pk, "due_on": "2027-01-01"}
    done = api.patch(url, {"state": "done", **owner}, format="json")
    assert (done.status_code, done.data["done_on"]) == (200, timezone.localdate().isoformat())
    assert api.patch(url, {"state": "doing"}, format="json").data["done_on"] is None
    assert api.patch(url, {"usefulness": 7}, format="json").status_code == 400
    assert [row["id"] for row in api.get(URL, {"state": "doing", "ordering": "-score"}).data["results"]] == [
        made.data["id"]
    ]
    foreign = make_client()
    assert api.post(URL, {**body, "review": 99}, format="json").status_code == 400
    theirs = save_idea(Idea(client=foreign, noted_on=TODAY, **body), by=make_user(), at=AT)
    assert api.get(f"{URL}{theirs.pk}/").status_code == 404


def test_the_two_rates_are_compared_exactly() -> None:
    """The conditional test: 12 of 15 over equal times lie within (0.519, 0.957), as tables of the binomial say."""
    change = compare(12, 1000, 3, 1000)
    assert change
    assert (change.ratio, change.verdict) == (0.25, "fell")
    assert (change.low, change.high) == pytest.approx((0.0453, 0.9270), abs=1e-3)
    assert compare(3, 1000, 12, 1000).verdict == "rose"  # type: ignore[union-attr]
    assert compare(5, 1000, 4, 1000).verdict == "not_proven"  # type: ignore[union-attr]


def test_nothing_to_compare_is_no_figure() -> None:
    assert compare(0, 1000, 0, 1000) is None
    assert compare(1, 0, 2, 1000) is None
    only_after = compare(0, 1000, 1, 1000)
    assert only_after
    assert (only_after.ratio, only_after.high, only_after.verdict) == (None, None, "not_proven")
    with pytest.raises(ValueError, match="not negative"):
        compare(-1, 1, 1, 1)


def test_both_windows_are_as_long_as_what_has_passed() -> None:
    assert windows(TODAY, until=TODAY + timedelta(days=89)) is None
    found = windows(TODAY, until=TODAY + timedelta(days=100))
    assert found == (
        DateRange(TODAY - timedelta(days=100), TODAY),
        DateRange(TODAY, TODAY + timedelta(days=100)),
    )
    assert client_days([(TODAY - timedelta(days=10), TODAY), (TODAY, None)], found[1]) == 100


def test_complaints_before_and_after_count_clients_that_left_as_well(cast: Cast) -> None:
    day = timezone.localdate() - timedelta(days=200)
    here = make_client(since_on=day - timedelta(days=900))
    gone = day + timedelta(days=100)
    make_client(since_on=day - timedelta(days=900), status="lost", status_on=gone)
    for back in (10, 20, 30):
        _complain(here, day - timedelta(days=back), cast)
    _complain(here, day + timedelta(days=10), cast)
    idea = chosen(cast, state="done", noted_on=day, done_on=day)
    change = idea_effects([idea], on=timezone.localdate())[idea.pk].change
    assert change
    assert (change.before, change.after) == (3, 1)
    assert change.after_rate == pytest.approx(100 * 365.25 / 300)
    shown = browser_of(cast.partner).get("/ideas/").content.decode()
    assert "Not proven yet" in shown
    assert "121.8 after" in shown


def _complain(client: Client, on: date, cast: Cast) -> None:
    Complaint.objects.create(client=client, text="Late again", received_on=on, logged_by=cast.manager)
