"""The page of jobs, "Run now", and progress that stops asking when the run is over."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from crm import jobs
from crm.jobs import Job, Progress, ask_job, do_run
from crm.models import JobRun
from tests.make import Cast, browser_of, make_api

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    def count(progress: Progress) -> None:
        progress.expect(2)
        progress.advance(2)
        progress.warn("<b>careful</b>")
        progress.conclude("two counted")

    monkeypatch.setattr(jobs, "JOBS", {"count": Job("count", "Count the clients", count)})
    monkeypatch.setattr("crm.web.jobs.JOBS", jobs.JOBS)
    monkeypatch.setattr("crm.api.trail.JOBS", jobs.JOBS)


def test_run_now_leads_to_its_progress_which_ends_with_286(cast: Cast) -> None:
    partner = browser_of(cast.partner)
    response = partner.post(reverse("crm:job_ask", args=["count"]))
    run = JobRun.objects.get()
    assert response.headers["Location"] == reverse("crm:job_run", args=[run.pk])
    text = partner.get(response.headers["Location"]).content.decode()
    assert 'hx-trigger="every 1s"' in text
    fragment = partner.get(response.headers["Location"], headers={"HX-Request": "true"})
    assert (fragment.status_code, "<html" in fragment.content.decode()) == (200, False)
    do_run(run.pk, at=timezone.now())
    over = partner.get(response.headers["Location"], headers={"HX-Request": "true"})
    assert over.status_code == 286
    assert "two counted" in over.content.decode()
    assert "&lt;b&gt;careful" in over.content.decode()
    assert 'hx-trigger="every 1s"' not in partner.get(response.headers["Location"]).content.decode()


def test_asking_twice_says_that_it_runs_already(cast: Cast) -> None:
    partner = browser_of(cast.partner)
    partner.post(reverse("crm:job_ask", args=["count"]))
    response = partner.post(reverse("crm:job_ask", args=["count"]), follow=True)
    assert "This job is already running." in response.content.decode()
    assert JobRun.objects.count() == 1


def test_the_list_shows_every_job_with_its_last_run(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for _number in range(20):
        do_run(
            ask_job("count", as_of_on=timezone.localdate(), by=cast.partner, at=timezone.now()).pk, at=timezone.now()
        )
    browser = browser_of(cast.finance)
    with django_assert_max_num_queries(8):
        text = browser.get(reverse("crm:jobs")).content.decode()
    assert "Count the clients" in text
    assert "Run now" not in text


def test_what_a_run_is_of_stands_in_words_and_counts_as_the_last_run(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job("count", "Count the clients", lambda _progress: None, {"some": "only some"})
    monkeypatch.setitem(jobs.JOBS, "count", job)
    browser = browser_of(cast.partner)
    assert "never ran" in browser.get(reverse("crm:jobs")).content.decode()
    run = ask_job("count", as_of_on=timezone.localdate(), by=cast.partner, at=timezone.now(), subject="some")
    text = browser.get(reverse("crm:jobs")).content.decode()
    assert text.count("only some") == 2
    assert "never ran" not in text
    assert "Only some." in browser.get(reverse("crm:job_run", args=[run.pk])).content.decode()


def test_only_partners_run_jobs_and_unknown_ones_are_404(cast: Cast) -> None:
    assert browser_of(cast.finance).post(reverse("crm:job_ask", args=["count"])).status_code == 403
    assert browser_of(cast.consultant).get(reverse("crm:jobs")).status_code == 404
    assert browser_of(cast.partner).post(reverse("crm:job_ask", args=["nothing"])).status_code == 404
    assert browser_of(cast.partner).get(reverse("crm:job_run", args=[10**18])).status_code == 404


def test_the_api_asks_for_a_run_and_shows_it(cast: Cast) -> None:
    api = make_api(cast.partner)
    response = api.post("/api/v1/job-runs/", {"job": "count", "as_of_on": "2026-03-31"})
    assert (response.status_code, response.json()["state"]) == (202, "queued")
    again = api.post("/api/v1/job-runs/", {"job": "count", "as_of_on": "2026-03-31"})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "already_running")
    run = response.json()["id"]
    do_run(run, at=timezone.now())
    shown = api.get(f"/api/v1/job-runs/{run}/").json()
    assert (shown["state"], shown["done_count"], shown["finished_at"][-1]) == ("done", 2, "Z")
    assert api.post("/api/v1/job-runs/", {"job": "nothing"}).status_code == 400
    assert make_api(cast.finance).post("/api/v1/job-runs/", {"job": "count"}).status_code == 403
