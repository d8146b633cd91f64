"""One column spec, three writers: the same cells in CSV by COPY, CSV by rows and XLSX; no formula ever."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from django.db.models import F, Value
from django.http import Http404
from django.test import RequestFactory
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.models import Client, Interaction
from crm.acting import acting
from crm.exports import Column, Dialect, Kind, Table, dialect_for, export_response
from crm.exports.delimited import COPY_FROM, should_copy, write_csv
from crm.exports.dialects import safe_text
from crm.exports.sheets import write_xlsx
from crm.models import AuditEntry
from tests.make import Cast, make_client, make_user

# ruff: noqa: DTZ001 - a workbook knows no time zones
pytestmark = pytest.mark.django_db
DIALECTS = [Dialect(), dialect_for("en"), dialect_for("de"), dialect_for("ru")]

CLIENTS = Table(
    "clients",
    "Clients",
    [
        Column("name", "Name"),
        Column("status", "Status", Kind.CHOICE, choices=dict(Client.Status.choices)),
        Column("manager", "Account manager", source="account_manager__last_name"),
        Column("years", "Expected years", Kind.DECIMAL, source="expected_years"),
        Column("terms", "Terms", Kind.INTEGER, source="payment_terms_days"),
        Column("hours", "Hours", Kind.HOURS, source="payment_terms_days"),
        Column("since", "Client since", Kind.DATE, source="since_on"),
        Column("changed", "Changed", Kind.MOMENT, source="updated_at"),
        Column("priced", "With VAT", Kind.BOOLEAN, source="default_seller__price_includes_tax"),
        Column("doubled", "Doubled", Kind.DECIMAL, source=F("payment_terms_days") * Value(2), places=0),
    ],
)


def csv_of(dialect: Dialect, *, copy: bool, table: Table = CLIENTS) -> bytes:
    return write_csv(Client.objects.order_by("id"), table, dialect, copy=copy).read()


# finance.json, csv_injection
@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+49 89 123", "'+49 89 123"),
        ("-5 Std.", "'-5 Std."),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=cmd", "'\t=cmd"),
        ("\r=cmd", "'\r=cmd"),
        ("\n=cmd", "'\n=cmd"),
        ("Musterberatung", "Musterberatung"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_no_text_begins_as_a_formula(text: str, safe: str) -> None:
    assert safe_text(text) == safe
    make_client(name=text or "x")
    for copy in (True, False):
        assert (safe or "x") in csv_of(Dialect(), copy=copy).decode()


def test_numbers_are_numbers_and_never_prefixed() -> None:
    dialect = dialect_for("de")
    assert dialect.write(Column("a", "A", Kind.DECIMAL), Decimal("-5.00")) == "-5,00"
    assert dialect.write(Column("a", "A", Kind.DECIMAL), Decimal("-0.001")) == "0,00"
    assert dialect.write(Column("a", "A", Kind.DECIMAL), Decimal("0.005")) == "0,01"
    assert dialect.write(Column("a", "A", Kind.HOURS), 510) == "8,50"


def test_a_german_file_has_semicolons_commas_and_dotted_days() -> None:
    make_client(
        name="Brandl; Söhne",
        since_on=date(2024, 2, 9),
        payment_terms_days=90,
        status="lost",
        expected_years="2.5",
        expected_years_reason="x",
    )
    Client.objects.update(updated_at=datetime(2026, 1, 1, 23, 30, tzinfo=UTC))
    with override("de"):
        text = csv_of(dialect_for("de"), copy=False).decode("utf-8-sig")
    header, row = text.split("\r\n")[:2]
    assert header.startswith("Name;Status;")
    assert row == '"Brandl; Söhne";verloren;;2,50;90;1,50;09.02.2024;02.01.2026 00:30;ja;180'


def test_machines_get_names_iso_and_dots_without_a_mark_at_the_beginning() -> None:
    make_client(name="A", payment_terms_days=1)
    text = csv_of(Dialect(), copy=False).decode()
    assert text.startswith("name,status,manager,years,terms,hours,since,changed,priced,doubled\r\nA,active,,,1,0.02,,")
    assert text.endswith(",true,2\r\n")


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20),
        min_size=1,
        max_size=6,
    ),
    years=st.decimals(0, 999, places=1),
    terms=st.none() | st.integers(0, 32767),
    day=st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31)),
    moment=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
)
def test_copy_and_rows_give_the_same_bytes(
    dialect: Dialect, names: list[str], years: Decimal, terms: int | None, day: date | None, moment: datetime
) -> None:
    Client.objects.all().delete()
    manager = make_user(last_name=names[0])
    for name in names:
        make_client(
            name=name,
            expected_years=years,
            expected_years_reason="x",
            payment_terms_days=terms,
            since_on=day,
            account_manager=manager,
            status="prospect",
        )
    Client.objects.update(updated_at=moment)
    assert csv_of(dialect, copy=True) == csv_of(dialect, copy=False)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_awkward_texts_survive_both_ways_and_come_back(dialect: Dialect) -> None:
    for name in (
        '"',
        '""',
        ",",
        ";",
        "a\nb",
        "a\r\nb",
        "\\.",
        "\\N",
        " x ",
        "'",
        "a\tb",
        "=\n;",
        "x\u2028y",
        "%s %(a)s",
    ):
        make_client(name=name)
    assert csv_of(dialect, copy=True) == csv_of(dialect, copy=False)


def test_long_lists_of_plain_columns_are_copied(django_assert_num_queries: Any) -> None:
    Client.objects.bulk_create([Client(name=f"Client {number}") for number in range(COPY_FROM + 1)])
    rows = Client.objects.order_by("id")
    assert should_copy(rows, CLIENTS)
    assert not should_copy(rows.filter(name="Client 1"), CLIENTS)
    assert not should_copy(rows[:100], CLIENTS)
    with django_assert_num_queries(1):  # the count; COPY itself is not counted by Django
        assert write_csv(rows, CLIENTS, Dialect()).read().count(b"\r\n") == COPY_FROM + 2


def test_a_computed_column_is_written_by_rows_and_asks_no_query_for_each(django_assert_num_queries: Any) -> None:
    for _number in range(5):
        make_client(account_manager=make_user())
    table = Table("x", "X", [Column("name", "N"), Column("m", "M", value=lambda row: row.account_manager.username)])
    with django_assert_num_queries(1):
        text = write_csv(Client.objects.select_related("account_manager"), table, Dialect()).read().decode()
    assert text.count("person") == 5


def test_a_workbook_keeps_texts_as_texts_and_numbers_as_numbers() -> None:
    make_client(
        name="=HYPERLINK(1)",
        payment_terms_days=90,
        since_on=date(2024, 2, 9),
        expected_years="2.5",
        expected_years_reason="x",
    )
    Client.objects.update(updated_at=datetime(2026, 1, 1, 23, 30, tzinfo=UTC))
    sheet = openpyxl.load_workbook(write_xlsx(Client.objects.all(), CLIENTS, dialect_for("en"))).active
    assert sheet is not None
    header, row = list(sheet.iter_rows())
    assert [cell.value for cell in header][:3] == ["Name", "Status", "Account manager"]
    assert (row[0].value, row[0].data_type) == ("=HYPERLINK(1)", "s")
    assert [cell.value for cell in row[3:9]] == [
        2.5, 90, 1.5, datetime(2024, 2, 9), datetime(2026, 1, 2, 0, 30), "yes",
    ]  # fmt: skip
    assert row[3].number_format == "#,##0.00"


def test_a_day_before_spreadsheets_count_is_written_as_text() -> None:
    make_client(since_on=date(1871, 1, 18))
    table = Table("x", "x", [Column("since_on", "Since", Kind.DATE)])
    sheet = openpyxl.load_workbook(write_xlsx(Client.objects.all(), table, dialect_for("de"))).active
    assert sheet is not None
    assert sheet["A2"].value == "18.01.1871"


def test_an_empty_list_still_has_its_header_and_a_title_of_any_length() -> None:
    table = Table("x", "A/B: [long] title that is longer than a sheet's may be", [Column("name", "Name")])
    sheet = openpyxl.load_workbook(write_xlsx(Client.objects.none(), table, Dialect())).active
    assert sheet is not None
    assert sheet["A1"].value == "name"
    assert csv_of(Dialect(), copy=False) == csv_of(Dialect(), copy=True)


def test_the_answer_is_a_named_file_and_the_trail_knows_who_took_it(cast: Cast) -> None:
    make_client(name="A")
    request = RequestFactory().get("/clients/", {"status": "active"})
    table = Table("клиенты", "К", [Column("name", "Name"), Column("city", "City")])
    with acting(cast.partner.pk, origin="tests"), override("de"):
        response = export_response(request, Client.objects.all(), table, form="csv")
    assert b"".join(response) == b"\xef\xbb\xbfName;City\r\nA;\r\n"
    disposition = response.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename*=utf-8''")
    assert unquote(disposition).endswith(".csv")
    entry = AuditEntry.objects.get(action="export")
    assert (entry.actor, entry.table_name, entry.new) == (
        cast.partner, "clients_client", {"form": "csv", "query": "status=active"},
    )  # fmt: skip


def test_another_form_is_404() -> None:
    with pytest.raises(Http404):
        export_response(RequestFactory().get("/"), Interaction.objects.all(), CLIENTS, form="exe")


def test_machine_names_can_be_asked_for() -> None:
    request = RequestFactory().get("/", {"headers": "names"})
    body = io.BytesIO(b"".join(export_response(request, Client.objects.all(), CLIENTS, form="csv"))).read()
    assert body.startswith(b"name,status,")
