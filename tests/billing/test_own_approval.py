"""Nobody approves own time, and nobody draws on a client that is not theirs, also not by changing approved work."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client as Browser

from billing.models import LedgerRow, TimeEntry
from billing.services.approvals import approve_entries
from crm.access import Role
from crm.db import worded
from crm.models import Firm
from tests.make import Cast, log, make_api, make_client, make_contact, make_package, make_rate, make_user, submitted
from tests.make.hours import AT, DAY

pytestmark = pytest.mark.django_db
TIME = "/api/v1/time-entries/"


@pytest.mark.parametrize("who", ["manager", "partner"])
def test_approved_work_does_not_become_the_approvers_own(cast: Cast, who: str) -> None:
    user = getattr(cast, who)
    client = make_client(account_manager=cast.manager)
    make_rate()
    make_package(client, hours=50)
    entry = submitted(client, cast.consultant, 60)
    assert make_api(user).post(f"{TIME}{entry.pk}/approve/").status_code == 200
    asked = {"employee": user.pk, "minutes": 480}
    assert make_api(user).patch(f"{TIME}{entry.pk}/", asked, format="json").status_code == 403
    entry.refresh_from_db()
    assert (entry.employee, entry.minutes) == (cast.consultant, 60)
    assert list(LedgerRow.objects.filter(kind="draw").values_list("minutes", flat=True)) == [-60]


def test_approved_work_does_not_move_to_a_client_of_somebody_else(cast: Cast) -> None:
    make_rate()
    mine = make_client(account_manager=cast.manager)
    foreign = make_client(account_manager=make_user(Role.ACCOUNT_MANAGER))
    make_package(foreign, hours=50)
    entry = submitted(mine, cast.consultant, 480)
    approve_entries([entry.pk], by=cast.manager, at=AT)
    asked = {"client": foreign.pk, "engagement": None}
    assert make_api(cast.manager).patch(f"{TIME}{entry.pk}/", asked, format="json").status_code == 403
    assert not LedgerRow.objects.filter(kind="draw").exists()
    entry.refresh_from_db()
    assert entry.client == mine


def test_the_database_refuses_own_approval_but_for_small_firms_and_draws_on_saving(cast: Cast) -> None:
    make_rate()
    entry = submitted(make_client(), cast.consultant, 60)
    own = {"status": "approved", "approved_at": AT, "approved_by": cast.consultant}
    with pytest.raises(ValidationError, match="own time"), transaction.atomic(), worded():
        TimeEntry.objects.filter(pk=entry.pk).update(**own)
    firm = Firm.load()
    firm.small_firm = True
    firm.save()
    TimeEntry.objects.filter(pk=entry.pk).update(employee=cast.partner)
    assert approve_entries([entry.pk], by=cast.partner, at=AT)[0].status == "approved"


def test_a_span_that_minutes_or_day_contradict_is_saved_with_a_warning_and_draws_nothing_yet(cast: Cast) -> None:
    client = make_client()
    make_rate()
    make_package(client, hours=50, draw_on_log=True)
    start = AT.replace(hour=8)
    for end, fields in (
        (start + timedelta(minutes=5), {"minutes": 120}),
        (start + timedelta(hours=2), {"minutes": 60, "worked_on": DAY - timedelta(days=1)}),
    ):
        entry = log(client, cast.consultant, started_at=start, ended_at=end, **fields)
        assert "span_differs" in entry.warnings
        assert entry.status == "draft"
    kept = log(client, cast.consultant, 90, started_at=start + timedelta(hours=6), ended_at=start + timedelta(hours=8))
    assert (kept.warnings, kept.status) == ([], "approved")


def test_work_of_a_day_to_come_is_planned_and_not_drawn(cast: Cast) -> None:
    client = make_client()
    make_rate()
    make_package(client, hours=50, draw_on_log=True)
    assert log(client, cast.consultant, 30, worked_on=DAY + timedelta(days=400)).status == "draft"


def test_the_history_of_a_person_belongs_to_who_keeps_the_client(cast: Cast) -> None:
    contact = make_contact(make_client(account_manager=cast.manager), birthday="1980-05-01")
    codes = {}
    for who in ("partner", "manager", "finance", "consultant"):
        browser = Browser()
        browser.force_login(getattr(cast, who))
        codes[who] = browser.get(f"/history/clients_contact/{contact.pk}/").status_code
    assert codes == {"partner": 200, "manager": 200, "finance": 404, "consultant": 404}
