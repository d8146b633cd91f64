"""What the week says beside the hours: what a row draws on, what was signed and is used up, what is free after work."""

from datetime import date, timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from billing.models import TimeEntry, Timer
from billing.reports.week import Week, load_week
from billing.services.approvals import approve_entries
from billing.services.figures import refresh_hours
from billing.services.offers import revise_offer
from clients.models import ClientFigure
from crm.periods import week_start
from tests.make import Cast, log, make_client, make_engagement, make_package, make_rate, make_tiers, submitted
from tests.make.invoices import make_draft
from tests.make.offers import make_accepted_offer

pytestmark = pytest.mark.django_db


def week_of(cast: Cast) -> Week:
    today = timezone.localdate()
    return load_week(cast.consultant, monday=week_start(today), today=today)


def test_a_row_draws_on_the_packages_that_hold_hours_not_on_those_used_up_long_ago(cast: Cast) -> None:
    client, today = make_client(), timezone.localdate()
    make_package(client, hours=1, valid_from=today, priority=1)
    entry = submitted(client, cast.consultant, 60, worked_on=today)
    approve_entries([entry.pk], by=cast.partner, at=timezone.now())
    empty = week_of(cast).rows[0].budget
    assert empty is not None
    assert (empty.used, empty.total, empty.left) == (60, 60, 0)
    make_package(client, hours=10, valid_from=today, priority=2)
    budget = week_of(cast).rows[0].budget
    assert budget is not None
    assert (budget.used, budget.total, budget.left, budget.tone) == (0, 600, 600, "")


def test_hours_of_next_year_are_not_left_this_week(cast: Cast) -> None:
    client, today = make_client(), timezone.localdate()
    make_package(client, hours=10, valid_from=today)
    make_package(client, hours=50, valid_from=date(today.year + 1, 1, 1))
    make_package(client, hours=20, valid_from=today - timedelta(days=60), expires_on=today - timedelta(days=1))
    log(client, cast.consultant, 60, worked_on=today)
    budget = week_of(cast).rows[0].budget
    assert budget is not None
    assert (budget.total, budget.left) == (600, 600)
    refresh_hours(on=today)
    assert ClientFigure.objects.get(client=client).package_minutes == 600


def test_a_row_counts_billed_time_on_every_version_of_its_offer_and_warns_once_more_was_used_than_signed(
    cast: Cast, client: Browser
) -> None:
    today = timezone.localdate()
    offer = make_accepted_offer(valid_until=today + timedelta(days=9))
    engagement = make_engagement(offer.client, offer=offer, members=[cast.consultant], lead=cast.consultant)
    revise_offer(offer, by=offer.author, valid_until=today + timedelta(days=9))
    for minutes, kind in ((195, "billable"), (90, "non_billable")):
        log(offer.client, cast.consultant, minutes, worked_on=today, engagement=engagement, billing_type=kind)
    assert week_of(cast).over == []
    log(offer.client, cast.consultant, 105, worked_on=today, engagement=engagement)
    over = week_of(cast).over
    assert [(row.budget.used, row.budget.total) for row in over if row.budget] == [(300, 240)]
    client.force_login(cast.consultant)
    shown = client.get("/time/").content.decode()
    assert f'href="/offers/{offer.pk}/"' in shown


def test_a_running_timer_says_what_is_still_free_after_the_invoice(cast: Cast, client: Browser) -> None:
    make_tiers()
    engagement = make_engagement(lead=cast.manager, members=[cast.consultant])
    make_rate(engagement.seller)
    Timer.objects.create(
        user=cast.consultant, client=engagement.client, engagement=engagement, started_at=timezone.now()
    )
    client.force_login(cast.consultant)
    assert "A follow-up for" not in client.get("/time/").content.decode()
    on = timezone.localdate() - timedelta(days=3)
    make_draft(engagement.client, on=on, minutes=600, engagement=engagement, worked_on=on)
    shown = client.get("/time/").content.decode()
    assert "A follow-up for" in shown
    assert "0:30 of 0:30" in shown
    assert TimeEntry.objects.filter(employee=cast.consultant).count() == 0
