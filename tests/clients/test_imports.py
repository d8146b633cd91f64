"""Files from anywhere: read, mapped, checked row by row, imported all or only the good ones, and taken back."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clients.imports import batches, reading
from clients.imports.cells import amount_of
from clients.imports.kinds import kinds
from clients.imports.own import CLIENTS, CONTACTS
from clients.imports.reading import delimiter_of, encoding_of, read_sheet
from clients.models import Client, Contact, ImportBatch, ImportRow
from crm.models import AuditEntry, User
from tests.make import Cast, make_client, make_contact, make_seller

HEAD = "Firma;Ort;Kunde seit;Betreuer;Zahlungsziel\r\n"


def workbook(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


class TestReading:
    @pytest.mark.parametrize(
        ("encoding", "found"),
        [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("cp1252", "cp1252")],
    )
    def test_german_umlauts_survive_every_encoding(self, encoding: str, found: str) -> None:
        sheet = read_sheet("Firma;Ort\nMüller & Söhne;Köln\nGroß;Fürth".encode(encoding))
        assert sheet.encoding == found
        assert sheet.rows == [(2, ["Müller & Söhne", "Köln"]), (3, ["Groß", "Fürth"])]

    @pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "utf-16"])
    def test_cyrillic_survives_every_encoding(self, encoding: str) -> None:
        sheet = read_sheet("Клиент;Город\nООО «Заря»;Москва\n".encode(encoding))
        assert sheet.encoding == encoding
        assert sheet.rows == [(2, ["ООО «Заря»", "Москва"])]

    @pytest.mark.parametrize("mark", [";", ",", "\t", "|"])
    def test_the_delimiter_is_the_one_that_every_line_has(self, mark: str) -> None:
        text = "\n".join(mark.join(cells) for cells in (["a", "b", "c"], ["1", '"x;y,z"', "3"], ["4", "5", "6"]))
        assert delimiter_of(text) == mark

    def test_a_decimal_comma_does_not_make_a_delimiter(self) -> None:
        assert delimiter_of("Name;Preis\nA;1,50\nB;2,75") == ";"

    def test_lines_are_numbered_as_in_the_file(self) -> None:
        sheet = read_sheet(b'\n\nName,City\n"a\nb",Bonn\n\n,\nc,Ulm\n')
        assert sheet.headers == ["Name", "City"]
        assert sheet.rows == [(5, ["a\nb", "Bonn"]), (8, ["c", "Ulm"])]

    def test_formulas_and_html_stay_text(self) -> None:
        sheet = read_sheet(b"Name,City\n=1+1,<b>x</b>\n")
        assert sheet.rows == [(2, ["=1+1", "<b>x</b>"])]
        sheet = read_sheet(workbook(["Name", "City"], ["=SUM(A1:A9)", "<b>x</b>"]))
        assert sheet.rows == [(2, ["=SUM(A1:A9)", "<b>x</b>"])]

    def test_a_workbook_gives_days_and_numbers_as_typed(self) -> None:
        sheet = read_sheet(workbook(["a", "b", "c", "d"], [date(2024, 2, 9), 7707083893.0, 2.5, None], [None] * 4))
        assert sheet.rows == [(2, ["2024-02-09", "7707083893", "2.5", ""])]

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "empty"),
            (b"Name\n", "empty"),
            (b"\xff\xfe\x00", "empty"),
            (b"PK\x03\x04 not a workbook", "unreadable"),
            (b'Name,City\n"' + b"x" * 200_000, "unreadable"),
            (b"Name,City\n" + b"a,b\n" * 5001, "too_large"),
            (b"x" * (20 * 1024 * 1024 + 1), "too_large"),
        ],
    )
    def test_what_is_no_table_is_refused_in_words(self, content: bytes, code: str) -> None:
        with pytest.raises(ValidationError) as refused:
            read_sheet(content)
        assert refused.value.code == code

    def test_a_workbook_that_unpacks_without_end_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading, "MOST_UNPACKED", 1000)
        with pytest.raises(ValidationError, match="unpacked"):
            read_sheet(workbook(["a"], ["b"]))

    @pytest.mark.parametrize(
        "content", [bytes(range(256)) * 9, b"a;b\n\xff;\x98\n", b"a,b\n\xed\xa0\x80,x", b"a,b\n\0,\0x\n"]
    )
    def test_any_bytes_that_look_like_rows_are_read_without_nul(self, content: bytes) -> None:
        assert "\0" not in str(read_sheet(content).rows)

    def test_german_words_in_capitals_are_not_taken_for_russian(self) -> None:
        assert encoding_of("ÄÖÜ GmbH;Straße;Größe;Übung;Äpfel;schön;für".encode("cp1252")) == "cp1252"


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1 234,56", "1234.56"),
        ("1.234,56 €", "1234.56"),
        ("1,234.56", "1234.56"),
        ("80 000 руб.", "80000"),
        ("1.234.567", "1234567"),
        ("12,5", "12.5"),
        ("1'000", "1000"),
        ("abc", None),
        ("1e5", "100000"),
        ("NaN", None),
        ("", None),
    ],
)
def test_amounts_are_read_in_every_manner(text: str, amount: str | None) -> None:
    assert amount_of(text) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (["Firma", "PLZ", "E-Mail", "USt-ID"], {"name": 0, "postcode": 1, "billing_email": 2, "vat_id": 3}),
        (["Наименование", "ИНН", "КПП", "Город"], {"name": 0, "tax_number": 1, "registration_reason": 2, "city": 3}),
        (["Customer", "Zip", "Since", "Something"], {"name": 0, "postcode": 1, "since_on": 2}),
        (["name", "Name"], {"name": 0}),
    ],
)  # fmt: skip
def test_columns_are_guessed_in_three_languages(headers: list[str], expected: dict[str, int]) -> None:
    assert CLIENTS.guess(headers) == expected


def staged(cast: Cast, text: str, *, kind: str = "clients") -> ImportBatch:
    return batches.stage_file(kinds()[kind], content=text.encode(), file_name="file.csv", by=cast.partner)


def problems(batch: ImportBatch) -> dict[int, list[str]]:
    return {row.number: [f"{label}: {text}" for label, text in row.problems] for row in batch.rows.exclude(problems=[])}


@pytest.mark.django_db
class TestClients:
    def test_a_row_becomes_a_client(self, cast: Cast) -> None:
        make_seller("DE")
        head = "Firma;Ort;Kunde seit;Betreuer;Zahlungsziel;USt-ID;Stufe;Kundennummer;Eigene Firma\r\n"
        row = "Brandl Logistik GmbH;München;01.02.2024;Anna Orlova;14;DE 129 273 398;A;K-1001;de\r\n"
        batch = staged(cast, head + row)
        assert problems(batch) == {}
        assert batches.import_rows(batch, only_good=False, by=cast.partner, at=timezone.now()) == 1
        client = Client.objects.get()
        assert (client.name, client.city, client.since_on) == ("Brandl Logistik GmbH", "München", date(2024, 2, 1))
        assert (client.account_manager, client.payment_terms_days) == (cast.manager, 14)
        assert (client.vat_id, client.tier, client.status) == ("DE129273398", "a", "active")
        assert (client.country, client.currency, client.language) == ("DE", "EUR", "de")
        assert (client.external_source, client.external_id) == ("import", "K-1001")
        assert client.default_seller is not None

    def test_a_german_client_takes_e_invoices_unless_the_file_says_otherwise(self, cast: Cast) -> None:
        text = (
            "Firma;Land;E-Rechnung;Leitweg-ID;Elektronische Adresse\n"
            "Nord AG;DE;;;\nSüd AG;Deutschland;keine;;\nWien AG;AT;;;\n"
            "Stadt;DE;XRechnung;04011000-12345-03;991-03730-19\n"
        )
        batch = staged(cast, text)
        assert problems(batch) == {}
        batches.import_rows(batch, only_good=False, by=cast.partner, at=timezone.now())
        taken = dict(Client.objects.values_list("name", "e_invoice"))
        assert taken == {"Nord AG": "zugferd", "Süd AG": "none", "Wien AG": "none", "Stadt": "xrechnung"}
        public = Client.objects.get(name="Stadt")
        assert (public.buyer_reference, public.e_address) == ("04011000-12345-03", "991-03730-19")

    @pytest.mark.parametrize(
        ("head", "row", "named"),
        [
            ("Steuernummer", "143/815", "tax number or INN"),
            ("E-Rechnung;Leitweg-ID", "XRechnung;04011000-12345-04", "buyer reference"),
            ("Elektronische Adresse", "991-03730-20", "electronic address"),
            ("E-Rechnung", "vielleicht", "e-invoice"),
        ],
    )
    def test_a_number_with_wrong_digits_names_its_column(self, cast: Cast, head: str, row: str, named: str) -> None:
        found = problems(staged(cast, f"Firma;Land;{head}\nNord AG;DE;{row}\n"))
        assert [line.split(":")[0] for line in found[2]] == [named]

    def test_a_russian_row_follows_its_inn(self, cast: Cast) -> None:
        batch = staged(cast, "Клиент;ИНН;КПП\nООО «Заря»;7707083893;773601001\n")
        batches.import_rows(batch, only_good=False, by=cast.partner, at=timezone.now())
        client = Client.objects.get()
        assert (client.country, client.currency, client.language) == ("RU", "RUB", "ru")

    def test_each_bad_row_is_named_with_its_reasons(self, cast: Cast) -> None:
        make_client(name="Alt GmbH", tax_number="7707083893")
        text = (
            "name;vat_id;tax_number;country;account_manager;since_on;payment_terms_days;tier;currency;billing_email\n"
            ";;;;;;;;;\n"
            "x;DE123;;;;;;;;\n"
            "y;;123;RU;;;;;;\n"
            "z;;;;Nobody;31.02.2024;x;z;euro;mail\n"
            "Alt AG;;;;;;;;;\n"
            "other;;7707083893;RU;;;;;;\n"
            "good;;;;;;;;;\n"
            "Good GmbH;;;;;;;;;\n"
            f"{'n' * 161};;;;;;;;;\n"
        )
        found = problems(staged(cast, text))
        assert set(found) == {3, 4, 5, 6, 7, 9, 10}
        assert "check digit" in found[3][0]
        assert "INN" in found[4][0]
        assert [line.split(":")[0] for line in found[5]] == [
            "tier", "account manager", "currency", "e-mail for invoices", "payment terms in days", "client since",
        ]  # fmt: skip
        assert found[6] == ["name: This client is here already: Alt GmbH."]
        assert found[7] == ["name: This client is here already: Alt GmbH."]
        assert found[9] == [": Line 8 says the same."]

    def test_none_is_imported_while_some_are_bad_unless_one_agrees(self, cast: Cast) -> None:
        batch = staged(cast, "name,tier\nA,b\nB,zz\n")
        with pytest.raises(ValidationError) as refused:
            batches.import_rows(batch, only_good=False, by=cast.partner, at=timezone.now())
        assert refused.value.code == "bad_rows"
        assert not Client.objects.exists()
        assert batches.import_rows(batch, only_good=True, by=cast.partner, at=timezone.now()) == 1
        assert [client.name for client in Client.objects.all()] == ["A"]

    def test_a_file_is_imported_once(self, cast: Cast) -> None:
        batch = staged(cast, "name,city\nA,Bonn\n")
        batches.import_rows(batch, only_good=False, by=cast.partner, at=timezone.now())
        for act in (
            lambda: batches.import_rows(batch, only_good=True, by=cast.partner, at=timezone.now()),
            lambda: batches.map_columns(batch, mapping={"name": 1}, by=cast.partner),
        ):
            with pytest.raises(ValidationError) as refused:
                act()
            assert refused.value.code == "wrong_status"
        assert Client.objects.count() == 1

    def test_what_changed_since_the_preview_is_seen_at_the_import(self, cast: Cast) -> None:
        batch = staged(cast, "name,city\nA,Bonn\n")
        make_client(name="A")
        with pytest.raises(ValidationError) as refused:
            batches.import_rows(batch, only_good=False, by=cast.partner, at=timezone.now())
        assert refused.value.code == "bad_rows"

    def test_an_import_can_be_taken_back_while_nothing_refers_to_it(self, cast: Cast) -> None:
        batch = staged(cast, "name,city\nA,Bonn\nB,Ulm\n")
        batches.import_rows(batch, only_good=False, by=cast.partner, at=timezone.now())
        contact = make_contact(Client.objects.get(name="A"))
        with pytest.raises(ValidationError) as refused:
            batches.undo_import(batch, by=cast.partner)
        assert refused.value.code == "in_use"
        assert Client.objects.count() == 2
        contact.delete()
        assert batches.undo_import(batch, by=cast.partner) == 2
        assert not Client.objects.exists()
        with pytest.raises(ValidationError):
            batches.undo_import(batch, by=cast.partner)

    def test_formula_and_html_names_come_in_as_text(self, cast: Cast) -> None:
        batch = staged(cast, 'name,city\n"=HYPERLINK(""x"")",<script>alert(1)</script>\n')
        batches.import_rows(batch, only_good=False, by=cast.partner, at=timezone.now())
        client = Client.objects.get()
        assert (client.name, client.city) == ('=HYPERLINK("x")', "<script>alert(1)</script>")

    def test_a_name_on_two_lines_is_a_bad_row(self, cast: Cast) -> None:
        found = problems(staged(cast, 'name,city\n"A\nB",Bonn\nC,"U\x07lm"\n'))
        assert [found[number][0].split(":")[0] for number in (3, 4)] == ["name", "city"]

    def test_many_rows_are_checked_with_few_queries(self, cast: Cast, django_assert_max_num_queries: Any) -> None:
        text = "name,manager\n" + "".join(f"Client {number},anna\n" for number in range(500))
        with django_assert_max_num_queries(15):
            assert problems(staged(cast, text)) == {}


@pytest.mark.django_db
class TestContacts:
    def test_a_row_becomes_a_contact_of_its_client(self, cast: Cast) -> None:
        client = make_client(name="Alfa GmbH", language="de", external_id="K-1")
        text = "Firma;Vorname;Nachname;E-Mail;Rolle;Geburtstag\nK-1;Jonas;Brandl;j@a.example;Zahler;9.2.80\n"
        batch = staged(cast, text, kind="contacts")
        assert problems(batch) == {}
        batches.import_rows(batch, only_good=False, by=cast.partner, at=timezone.now())
        contact = Contact.objects.get()
        assert (contact.client, str(contact), contact.buying_role) == (client, "Jonas Brandl", "customer")
        assert (contact.birthday, contact.language) == (date(1980, 2, 9), "de")

    def test_unknown_and_shared_clients_and_known_addresses_are_named(self, cast: Cast) -> None:
        client = make_client(name="Alfa")
        make_client(name="Twin")
        make_client(name="Twin")
        make_contact(client, email="old@a.example")
        rows = "Nowhere,A,\nTwin,B,\nAlfa,C,OLD@a.example\nAlfa,,\nAlfa,D,d@a.example\nAlfa,E,d@A.example\n"
        found = problems(staged(cast, "client,last_name,email\n" + rows, kind="contacts"))
        assert set(found) == {2, 3, 4, 5, 7}
        assert "Import the clients first" in found[2][0]
        assert "Several clients" in found[3][0]
        assert "is here already" in found[4][0]

    def test_every_kind_has_an_example_that_would_be_good(self, cast: Cast) -> None:
        make_seller("DE")
        make_client(name="Brandl Logistik GmbH")
        for kind in (CONTACTS,):
            values = {field.name: field.example for field in kind.fields}
            assert not kind.form(values, kind.known(cast.partner)).errors


@pytest.mark.django_db
class TestPages:
    def browser(self, user: User) -> Browser:
        browser = Browser()
        browser.force_login(user)
        return browser

    def upload(self, browser: Browser, text: str, *, name: str = "kunden.csv") -> Any:
        file = SimpleUploadedFile(name, text.encode("cp1252"))
        return browser.post(reverse("imports:import_new"), {"kind": "clients", "file": file})

    def test_from_the_file_to_the_clients(self, cast: Cast) -> None:
        browser = self.browser(cast.partner)
        response = self.upload(browser, HEAD + "Müller;Köln;1.2.2024;anna;14\nSchulz;Bonn;irgendwann;anna;14\n")
        url = response.headers["Location"]
        text = browser.get(url).content.decode()
        assert "Import only the 1 good row" in text
        assert "irgendwann" in text
        assert "cp1252" in text
        refused = browser.post(url + "confirm/")
        assert (refused.status_code, Client.objects.count()) == (422, 0)
        assert "Nothing was imported." in refused.content.decode()
        assert browser.post(url + "confirm/", {"only_good": "yes"}).status_code == 302
        assert Client.objects.get().name == "Müller"
        assert AuditEntry.objects.of(Client.objects.get())[0].actor == cast.partner
        assert browser.post(url + "undo/").status_code == 302
        assert not Client.objects.exists()

    def test_a_column_can_be_mapped_by_hand(self, cast: Cast) -> None:
        browser = self.browser(cast.finance)
        response = self.upload(browser, "Wer;Wo\nAlfa;Bonn\n")
        url = response.headers["Location"]
        assert "A column is missing." in browser.get(url).content.decode()
        browser.post(url + "columns/", {"name": "0", "city": "1"})
        assert "Import 1 row" in browser.get(url).content.decode()
        browser.post(url + "columns/", {"name": "99"})
        assert ImportBatch.objects.get().mapping == {"name": 0, "city": 1}

    def test_a_file_without_a_header_is_told_so(self, cast: Cast) -> None:
        browser = self.browser(cast.partner)
        text = browser.get(self.upload(browser, "Alfa;Bonn\nBeta;Ulm\n").headers["Location"]).content.decode()
        assert "No column name of this file is known." in text
        assert "A column is missing." in text
        assert "Import 1 row" not in text

    def test_columns_of_one_name_are_told_and_told_apart(self, cast: Cast) -> None:
        browser = self.browser(cast.partner)
        url = self.upload(browser, "Name;Ort;name\nAlfa;Bonn;Beta\n").headers["Location"]
        text = browser.get(url).content.decode()
        assert "Several columns have the same name:" in text
        assert "Name (column 1)" in text
        assert "name (column 3)" in text
        assert "No column name of this file is known." not in text
        browser.post(url + "columns/", {"name": "2", "city": "1"})
        browser.post(url + "confirm/")
        assert Client.objects.get().name == "Beta"

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"just one line"])
    def test_a_file_that_is_none_is_refused_beside_its_field(self, cast: Cast, content: bytes) -> None:
        file = SimpleUploadedFile("x.xlsx", content)
        response = self.browser(cast.partner).post(reverse("imports:import_new"), {"kind": "clients", "file": file})
        assert response.status_code == 422
        assert not ImportRow.objects.exists()

    def test_html_in_a_cell_stays_text(self, cast: Cast) -> None:
        browser = self.browser(cast.partner)
        response = self.upload(browser, "name;city\n<script>alert(1)</script>;x\n")
        assert "<script>alert" not in browser.get(response.headers["Location"]).content.decode()

    def test_only_partners_and_finance_import_clients(self, cast: Cast) -> None:
        assert self.browser(cast.integration).get(reverse("imports:import_new")).status_code == 403
        for user in (cast.manager, cast.consultant):
            assert self.upload(self.browser(user), "name\nAlfa\n").status_code == 422
            assert self.browser(user).get(reverse("imports:import_example", args=["clients"])).status_code == 404
        assert not ImportRow.objects.exists()

    def test_an_example_file_can_be_filled_in(self, cast: Cast) -> None:
        browser = self.browser(cast.partner)
        body = browser.get(reverse("imports:import_example", args=["clients"])).content
        assert read_sheet(body).headers[0] == "name"
        assert browser.get(reverse("imports:import_example", args=["nothing"])).status_code == 404
