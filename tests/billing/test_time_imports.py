"""Time from files: exports of other programs as they come, each bad row named, the same file once."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.imports import TIME
from billing.models import TimeEntry
from clients.imports import batches
from clients.models import Client, ImportBatch
from crm.models import User
from tests.make import Cast, make_client, make_engagement, make_package, make_time_lock

pytestmark = pytest.mark.django_db
HEAD = "Date;User;Client;Project;Duration;Description;Billable\n"

EXPORTS = {
    "kimai": (
        "Date,From,To,Duration,Rate,User,Customer,Project,Activity,Description,Billable\n"
        "2026-06-10,09:00,10:30,1:30,225,Jonas Keller,Alfa GmbH,Support,Call,Upgrade,1\n"
    ),
    "kimai with names": (
        "Date,Begin,End,Duration,Currency,Rate,Internal rate,Hourly rate,Fixed rate,Alias,Username,Email,Account,"
        "Customer,Project,Activity,Description,Billable,Tags,Type,Category\n"
        "2026-06-10,09:00,10:30,1.50,EUR,225,90,150,,Jonas Keller,jk,j@x.example,7,Alfa GmbH,Support,Call,Upgrade,1,,"
        "timesheet,work\n"
    ),
    "harvest with teams": (
        "Date,Client,Project,Project Code,Task,Notes,Hours,Hours Rounded,Billable?,Invoiced?,First Name,Last Name,"
        "Employee Id,Roles,Teams,Employee?,Billable Rate,Billable Amount,Cost Rate,Cost Amount,Currency\n"
        "2026-06-10,Alfa GmbH,Support,S-1,Call,Upgrade,1.50,1.75,Yes,No,Jonas,Keller,7,,,Yes,150,225,80,120,EUR\n"
    ),
    "toggl with members": (
        "Description,Billable,Duration,Member,Email,Client,Project,Task,Tags,Start date,Start time,Stop date,"
        "Stop time\n"
        "Upgrade,Yes,1:30:00,Jonas Keller,j@x.example,Alfa GmbH,Support,Call,,2026-06-10,09:00:00,2026-06-10,"
        "10:30:00\n"
    ),
    "harvest": (
        "Date,Client,Project,Project Code,Task,Notes,Hours,Billable?,First Name,Last Name\n"
        "2026-06-10,Alfa GmbH,Support,S-1,Call,Upgrade,1.50,Yes,Jonas,Keller\n"
    ),
    "toggl": (
        "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags\n"
        "Jonas Keller,j@x.example,Alfa GmbH,Support,Call,Upgrade,Yes,"
        "2026-06-10,09:00:00,2026-06-10,10:30:00,01:30:00,\n"
    ),
    "clockify": (
        "Project,Client,Description,Task,User,Group,Email,Tags,Billable,Start Date,Start Time,End Date,End Time,"
        "Duration (h),Duration (decimal)\n"
        "Support,Alfa GmbH,Upgrade,Call,Jonas Keller,,j@x.example,,Yes,10/06/2026,09:00 AM,10/06/2026,10:30 AM,"
        "01:30:00,1.50\n"
    ),
}


@pytest.fixture
def alfa(cast: Cast) -> Client:
    client = make_client(name="Alfa GmbH", account_manager=cast.manager)
    make_engagement(client, name="Support", lead=cast.manager, members=[cast.consultant])
    return client


def staged(text: str, by: User) -> ImportBatch:
    return batches.stage_file(TIME, content=text.encode(), file_name="time.csv", by=by)


def imported(text: str, by: User, *, only_good: bool = False) -> ImportBatch:
    batch = staged(text, by)
    batches.import_rows(batch, only_good=only_good, by=by, at=timezone.now())
    return batch


def problems(batch: ImportBatch) -> list[str]:
    return [" ".join(text for _label, text in row.problems) for row in batch.rows.all()]


@pytest.mark.parametrize("program", EXPORTS)
def test_an_export_is_read_as_it_comes(program: str, cast: Cast, alfa: Client) -> None:
    batch = staged(EXPORTS[program], cast.finance)
    assert problems(batch) == [""]
    layout = TIME.layout_of(batch.headers)
    assert layout is not None
    assert layout.program == program.split(maxsplit=1)[0].capitalize()
    batches.import_rows(batch, only_good=False, by=cast.finance, at=timezone.now())
    entry = TimeEntry.objects.get()
    assert (entry.worked_on, entry.minutes, entry.billing_type) == (date(2026, 6, 10), 90, "billable")
    assert (entry.employee, entry.client, entry.engagement) == (cast.consultant, alfa, alfa.engagements.get())
    assert entry.description == "Call: Upgrade"
    if not program.startswith("harvest"):
        assert entry.started_at is not None
        assert f"{timezone.localtime(entry.started_at):%H:%M}" == "09:00"


def test_each_bad_row_is_named_and_only_good_ones_are_imported(cast: Cast, alfa: Client) -> None:
    make_time_lock(date(2026, 5, 31))
    rows = (
        "2026-06-10;Jonas Keller;Alfa GmbH;Support;1,5;Good;yes\n"
        "2026-06-10;Nobody;Alfa GmbH;Support;1;;yes\n"
        "2026-06-10;Jonas Keller;Beta;Support;1;;yes\n"
        "2026-06-10;Jonas Keller;Alfa GmbH;Other;1;;yes\n"
        "2026-06-10;Jonas Keller;Alfa GmbH;Support;0;;yes\n"
        "2026-06-10;Jonas Keller;Alfa GmbH;Support;25:00;;yes\n"
        "06/28/2026;Jonas Keller;Alfa GmbH;Support;1;;yes\n"
        "2026-05-31;Jonas Keller;Alfa GmbH;Support;1;;yes\n"
        "2026-06-10;Jonas Keller;;Support;1;Client by its project;no\n"
        ";Jonas Keller;Alfa GmbH;Support;1;;yes\n"
    )
    batch = staged(HEAD + rows, cast.finance)
    assert problems(batch) == [
        "",
        "Nobody here is called “Nobody”.",
        "There is no client “Beta”. Import the clients first.",
        "Alfa GmbH has no project “Other”; leave the column out to log without one.",
        "Work lasts between one minute and 24 hours.",
        "Work lasts between one minute and 24 hours.",
        "“06/28/2026” is no day. Write 2024-02-09 or 09.02.2024.",
        "Everything up to 2026-05-31 is closed.",
        "",
        "Say on which day it was.",
    ]
    with pytest.raises(ValidationError):
        batches.import_rows(batch, only_good=False, by=cast.finance, at=timezone.now())
    assert not TimeEntry.objects.exists()
    assert batches.import_rows(batch, only_good=True, by=cast.finance, at=timezone.now()) == 2
    assert sorted(TimeEntry.objects.values_list("billing_type", flat=True)) == ["billable", "non_billable"]


def test_an_american_date_is_mapped_by_a_person(cast: Cast, alfa: Client) -> None:
    batch = staged(HEAD + "06/28/2026;Jonas Keller;Alfa GmbH;Support;1;;yes\n", cast.finance)
    mapping = {name: place for name, place in batch.mapping.items() if name != "worked_on"} | {"month_first": 0}
    batches.map_columns(batch, mapping=mapping, by=cast.finance)
    batches.import_rows(batch, only_good=False, by=cast.finance, at=timezone.now())
    assert TimeEntry.objects.get().worked_on == date(2026, 6, 28)


def test_the_same_file_is_imported_once_and_again_after_it_was_taken_back(cast: Cast, alfa: Client) -> None:
    text = HEAD + "2026-06-10;Jonas Keller;Alfa GmbH;Support;1;Call;yes\n"
    first = imported(text, cast.finance)
    assert problems(staged(text, cast.finance)) == ["This entry is here already."]
    assert problems(staged(HEAD + text.removeprefix(HEAD) * 2, cast.finance))[1] != ""
    batches.undo_import(first, by=cast.finance)
    assert not TimeEntry.objects.exists()
    imported(text, cast.finance)


def test_imported_time_draws_on_packages_as_logged_time_does(cast: Cast, alfa: Client) -> None:
    package = make_package(alfa, hours=5, draw_on_log=True)
    batch = imported(HEAD + "2026-06-10;Jonas Keller;Alfa GmbH;Support;1;Call;yes\n", cast.finance)
    package.account.refresh_from_db()
    assert (TimeEntry.objects.get().status, package.account.balance_minutes) == ("approved", 240)
    batches.undo_import(batch, by=cast.finance)
    package.account.refresh_from_db()
    assert package.account.balance_minutes == 300


def test_import_new_a_consultant_imports_own_time_only(client: Browser, cast: Cast, alfa: Client) -> None:
    client.force_login(cast.consultant)
    page = client.get(reverse("imports:import_new"), {"kind": "time"})
    assert [code for code, _label in page.context["form"].fields["kind"].choices] == ["time"]
    own = staged(HEAD + "2026-06-10;;Alfa GmbH;Support;1;Call;yes\n", cast.consultant)
    other = staged(HEAD + "2026-06-10;Anna Orlova;Alfa GmbH;Support;1;Call;yes\n", cast.consultant)
    assert problems(own) == [""]
    assert problems(other) == ["You log your own time."]
    foreign = staged(HEAD + "2026-06-10;;Alfa GmbH;Support;1;Call;yes\n", cast.finance)
    assert client.get(reverse("imports:import_batch", args=[own.pk])).status_code == 200
    assert client.get(reverse("imports:import_batch", args=[foreign.pk])).status_code == 404
    client.post(reverse("imports:import_confirm", args=[own.pk]))
    assert TimeEntry.objects.get().employee == cast.consultant
