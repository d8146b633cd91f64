"""History from files, contacts as HubSpot and Pipedrive export them, and files that are broken in one place."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from clients.imports import batches
from clients.imports.cells import MonthFirstCell
from clients.imports.history import HISTORY
from clients.imports.kinds import kinds, kinds_for
from clients.imports.own import CONTACTS
from clients.imports.reading import cell_text, read_sheet
from clients.models import Client, ClientFigure, Contact, ImportBatch, Interaction
from crm.models import User
from loyalty.models import Idea
from tests.make import Cast, browser_of, make_client, make_contact, make_promised

pytestmark = pytest.mark.django_db
HEAD = "Firma;Datum;Uhrzeit;Art;Mitarbeiter;Ansprechpartner;Richtung;Minuten;Notiz;Stimmung\n"
HUBSPOT = (
    "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Lead Status,Create Date,Associated Company,"
    "Job Title\n"
    "901,Gisela,Brandl,g@brandl.example,+49 89 1,anna@firm.example,NEW,2024-01-01 09:14,Alfa GmbH,CFO\n"
)
PIPEDRIVE = (
    "Person - Name,Person - Organization,Person - Email - Work,Person - Email - Home,Person - Phone - Work,"
    "Person - Labels,Person - Owner,Person - Job title,Person - ID\n"
    "Gisela von Brandl,Alfa GmbH,g@brandl.example,,+49 89 1,Hot,Anna,CFO,77\n"
)


@pytest.fixture
def alfa(cast: Cast) -> Client:
    client = make_client(name="Alfa GmbH", account_manager=cast.manager, language="de")
    make_contact(client)
    return client


def staged(text: str, by: User, kind: str = "history") -> ImportBatch:
    return batches.stage_file(kinds()[kind], content=text.encode(), file_name="file.csv", by=by)


def imported(batch: ImportBatch, by: User, *, only_good: bool = False) -> int:
    return batches.import_rows(batch, only_good=only_good, by=by, at=timezone.now())


def problems(batch: ImportBatch) -> list[str]:
    return [" ".join(text for _label, text in row.problems) for row in batch.rows.all()]


def test_a_line_becomes_a_touch_and_moves_the_last_contact(cast: Cast, alfa: Client) -> None:
    row = "Alfa GmbH;26.11.2025;14:30;Anruf;Anna Orlova;Jonas Brandl;eingehend;30;Kennwort: geheim123;+1\n"
    batch = staged(HEAD + row, cast.partner)
    assert problems(batch) == [""]
    assert imported(batch, cast.partner) == 1
    touch = Interaction.objects.get()
    assert (touch.client, touch.kind, touch.direction, touch.minutes, touch.sentiment) == (alfa, "call", "in", 30, 1)
    assert touch.occurred_at == datetime(2025, 11, 26, 13, 30, tzinfo=UTC)
    assert ([*touch.employees.all()], [*touch.contacts.all()]) == ([cast.manager], [alfa.contacts.get()])
    assert (touch.logged_by, "geheim123" in touch.summary) == (cast.partner, False)
    assert ClientFigure.objects.get(client=alfa).last_two_way_at == touch.occurred_at


def test_each_bad_line_of_history_is_named(cast: Cast, alfa: Client) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    rows = (
        "Beta;26.11.2025;;call;Anna Orlova;;;;;\n"
        "Alfa GmbH;;;call;Anna Orlova;;;;;\n"
        f"Alfa GmbH;{tomorrow};;call;Anna Orlova;;;;;\n"
        "Alfa GmbH;26.11.2025;25:00;call;Anna Orlova;;;;;\n"
        "Alfa GmbH;26.11.2025;;smoke signal;Anna Orlova;;;;;\n"
        "Alfa GmbH;26.11.2025;;call;Nobody;;;;;\n"
        "Alfa GmbH;26.11.2025;;call;;;;;;\n"
        "Alfa GmbH;26.11.2025;;call;Anna Orlova;Somebody;;;;\n"
        "Alfa GmbH;26.11.2025;;call;Anna Orlova;;;1441;;\n"
        "Alfa GmbH;26.11.2025;;call;Anna Orlova;;;;;3\n"
        "Alfa GmbH;26.11.2025;;call;Anna Orlova;;;;Good;\n"
        "Alfa GmbH;26.11.2025;;call;Anna Orlova;;;;Good;\n"
    )
    said = problems(staged(HEAD + rows, cast.partner))
    assert [text != "" for text in said] == [True] * 10 + [False, True]
    for text, words in zip(
        said,
        ["Import the clients first", "Say on which day", "not happened yet", "no time of day", "none of these",
         "Nobody here", "required", "Alfa GmbH has nobody called “Somebody”", "less than or equal", "less than", "",
         "says the same"],
        strict=True,
    ):  # fmt: skip
        assert words in text


def test_the_same_history_is_imported_once_and_taken_back_whole(cast: Cast, alfa: Client) -> None:
    text = HEAD + "Alfa GmbH;26.11.2025;;meeting;Anna Orlova;Jonas Brandl;;;Budget;\n"
    batch = staged(text, cast.partner)
    imported(batch, cast.partner)
    assert problems(staged(text, cast.partner)) == ["This entry is here already."]
    assert problems(staged(text.replace("Budget", "Rates"), cast.partner)) == [""]
    assert batches.undo_import(batch, by=cast.partner) == 1
    assert not Interaction.objects.exists()
    assert ClientFigure.objects.get(client=alfa).last_two_way_at is None


def test_history_that_was_changed_or_is_referred_to_stays(cast: Cast, alfa: Client) -> None:
    batch = staged(HEAD + "Alfa GmbH;26.11.2025;;meeting;Anna Orlova;Jonas Brandl;;;Budget;\n", cast.partner)
    imported(batch, cast.partner)
    row = Interaction.objects.get()
    said = {"touch_point": Idea.TouchPoint.values[0], "finding": Idea.Finding.values[0], "noted_on": "2025-11-26"}
    idea = Idea.objects.create(client=alfa, interaction=row, text="Sail", made_by=cast.partner, **said)
    with pytest.raises(ValidationError) as refused:
        batches.undo_import(batch, by=cast.partner)
    assert refused.value.code == "in_use"
    idea.delete()
    Interaction.objects.filter(pk=row.pk).update(summary="Budget and rates")
    with pytest.raises(ValidationError) as refused:
        batches.undo_import(batch, by=cast.partner)
    assert (refused.value.code, Interaction.objects.count()) == ("in_use", 1)


def test_what_would_only_be_forgotten_holds_an_import_back_too(cast: Cast, alfa: Client) -> None:
    rows = "client,full_name\nAlfa GmbH,Gisela Brandl\nAlfa GmbH,Jan Ull\n"
    batch = staged(rows, cast.partner, "contacts")
    imported(batch, cast.partner)
    first, second = Contact.objects.order_by("-pk")[:2]
    Contact.objects.filter(pk=second.pk).update(known_from=first)  # both go, so neither forgets anything
    promise = make_promised(alfa, by=cast.manager, contact=first)
    with pytest.raises(ValidationError) as refused:
        batches.undo_import(batch, by=cast.partner)
    promise.refresh_from_db()
    assert (refused.value.code, promise.contact) == ("in_use", first)
    promise.delete()
    assert batches.undo_import(batch, by=cast.partner) == 2


def test_history_is_imported_by_partners_alone(cast: Cast, alfa: Client) -> None:
    batch = staged(HEAD + "Alfa GmbH;26.11.2025;;call;anna;;;;;\n", cast.partner)
    assert "history" in kinds_for(cast.partner)
    assert not {"history"} & {*kinds_for(cast.finance), *kinds_for(cast.manager)}
    address = reverse("imports:import_batch", args=[batch.pk])
    assert [browser_of(who).get(address).status_code for who in (cast.partner, cast.finance)] == [200, 404]


def test_the_time_of_day_of_a_workbooks_cell_is_the_clock_where_there_is_no_other(cast: Cast, alfa: Client) -> None:
    text = "Firma;Datum;Art;Mitarbeiter\nAlfa GmbH;2025-11-26 14:30;call;anna\nAlfa GmbH;2025-11-26;meeting;anna\n"
    imported(staged(text, cast.partner), cast.partner)
    imported(staged(HEAD + "Alfa GmbH;2025-11-26 14:30;16:00;email;anna;;;;;\n", cast.partner), cast.partner)
    hours = [timezone.localtime(row.occurred_at).strftime("%H:%M") for row in Interaction.objects.order_by("pk")]
    assert hours == ["14:30", "12:00", "16:00"]


def test_a_day_with_the_month_first_is_checked_like_any_other(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        MonthFirstCell().clean("11/28/0026")


def test_much_history_is_written_with_few_statements(
    cast: Cast, alfa: Client, django_assert_max_num_queries: Any
) -> None:
    rows = "".join(f"Alfa GmbH;26.11.2025;10:{n % 60:02};call;anna;Jonas Brandl;;;Call {n};\n" for n in range(300))
    with django_assert_max_num_queries(60):
        imported(staged(HEAD + rows, cast.partner), cast.partner)
    assert Interaction.objects.count() == 300


@pytest.mark.parametrize(("program", "text"), [("HubSpot", HUBSPOT), ("Pipedrive", PIPEDRIVE)])
def test_contacts_come_as_programs_export_them(cast: Cast, alfa: Client, program: str, text: str) -> None:
    batch = staged(text, cast.partner, "contacts")
    layout = CONTACTS.layout_of(batch.headers)
    assert (layout and layout.program, problems(batch)) == (program, [""])
    assert program in browser_of(cast.partner).get(reverse("imports:import_batch", args=[batch.pk])).content.decode()
    imported(batch, cast.partner)
    person = Contact.objects.get(email="g@brandl.example")
    assert (person.last_name, person.client, person.phone, person.position) == ("Brandl", alfa, "+49 89 1", "CFO")
    assert person.first_name == ("Gisela von" if program == "Pipedrive" else "Gisela")
    assert person.external_id == ("77" if program == "Pipedrive" else "901")


def test_a_name_is_split_and_an_id_taken_once(cast: Cast, alfa: Client) -> None:
    rows = 'Alfa GmbH,"Brandl, Gisela",1\nAlfa GmbH,Cher,2\nAlfa GmbH,,3\nAlfa GmbH,Jan Ull,2\n'
    batch = staged("client,full_name,external_id\n" + rows, cast.partner, "contacts")
    assert problems(batch) == ["", "", "Say the name.", "Line 3 says the same."]
    imported(batch, cast.partner, only_good=True)
    names = Contact.objects.exclude(external_id="").order_by("external_id").values_list("first_name", "last_name")
    assert list(names) == [("Gisela", "Brandl"), ("", "Cher")]
    again = staged("client,full_name,external_id\nAlfa GmbH,Other,1\n", cast.partner, "contacts")
    assert problems(again) == ["This external id was imported before."]


def test_clients_with_one_number_or_id_in_one_file_are_the_second_ones_problem(cast: Cast) -> None:
    rows = "A;7707083893;1\nB;7707083893;2\nC;;1\n"
    batch = staged("name;inn;id\n" + rows, cast.partner, "clients")
    assert problems(batch) == ["", "Line 2 says the same.", "Line 2 says the same."]
    assert imported(batch, cast.partner, only_good=True) == 1


def test_a_line_with_a_cell_too_many_is_named(cast: Cast) -> None:
    rows = "Alfa,Bonn\nBeta,Ulm\nMüller, Schulz,Köln\n"
    said = problems(staged("name,city\n" + rows, cast.partner, "clients"))
    assert [text[:34] for text in said] == ["", "", "This line has more cells than the "]
    assert problems(staged("name,city\nAlfa,Bonn,x\nBeta,Ulm,y\n", cast.partner, "clients")) == ["", ""]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["03/04/2025", "11/28/2025"], [date(2025, 3, 4), date(2025, 11, 28)]),
        (["03/04/2025", "28/11/2025"], [date(2025, 4, 3), date(2025, 11, 28)]),
        (["03/04/2025"], [date(2025, 4, 3)]),
    ],
)
def test_the_days_of_a_file_say_whether_the_month_comes_first(
    cast: Cast, alfa: Client, days: list[str], expected: list[date]
) -> None:
    rows = "".join(f"Alfa GmbH;{day};;call;anna;;;;;\n" for day in days)
    batch = staged(HEAD + rows, cast.partner)
    assert problems(batch) == [""] * len(days)
    page = browser_of(cast.partner).get(reverse("imports:import_batch", args=[batch.pk])).content.decode()
    assert ("is read with the day first" in page) == (len(days) == 1)
    imported(batch, cast.partner)
    found = [timezone.localdate(row.occurred_at) for row in Interaction.objects.order_by("pk")]
    assert found == expected


def test_bad_rows_are_downloaded_mended_and_chosen_again(cast: Cast) -> None:
    browser = browser_of(cast.partner)
    file = SimpleUploadedFile("x.csv", b"name;tier;phone\nAlfa;zz;+49 1\nBeta;a;\n")
    url = browser.post(reverse("imports:import_new"), {"kind": "clients", "file": file}).headers["Location"]
    body = browser.get(f"{url}bad.csv").content
    sheet = read_sheet(body)
    assert sheet.rows == [(2, ["Alfa", "zz", "+49 1", "2", sheet.rows[0][1][4]])]
    assert "tier: “zz” is none of these" in sheet.rows[0][1][4]
    mended = SimpleUploadedFile("y.csv", body.replace(b"zz", b"b"))
    again = browser.post(reverse("imports:import_new"), {"kind": "clients", "file": mended}).headers["Location"]
    assert "Import 1 row" in browser.get(again).content.decode()
    assert browser_of(cast.manager).get(f"{url}bad.csv").status_code == 404


def test_all_imports_are_listed_page_by_page(cast: Cast) -> None:
    for number in range(22):
        ImportBatch.objects.create(kind="clients", file_name=f"file{number}.csv", made_by=cast.partner)
    browser = browser_of(cast.partner)
    assert "file21.csv" in browser.get(reverse("imports:import_new")).content.decode()
    assert "file0.csv" in browser.get(reverse("imports:import_new"), {"page": 2}).content.decode()


def test_a_length_in_a_workbook_is_read_to_the_second(cast: Cast) -> None:
    assert cell_text(timedelta(hours=1, minutes=29, seconds=59, microseconds=999_999)) == "1:30:00"
    assert cell_text(timedelta(days=1, hours=2)) == "26:00:00"


def test_an_unknown_client_in_history_never_reaches_the_books(cast: Cast) -> None:
    batch = staged(HEAD + "Nowhere;26.11.2025;;call;anna;;;;;\n", cast.partner)
    with pytest.raises(ValidationError):
        imported(batch, cast.partner, only_good=True)
    values = {field.name: field.example for field in HISTORY.fields}
    make_client(name="Brandl Logistik GmbH").contacts.create(first_name="Jonas", last_name="Brandl")
    assert not HISTORY.form(values, HISTORY.known(cast.partner)).errors
