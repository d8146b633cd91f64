"""What of a bank's file is held or refused, through the page and the API alike; long files go through the worker."""

from base64 import b64encode
from datetime import UTC, date, datetime
from typing import Any
from unittest import mock

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from billing.models import BankEntry, BankStatement, Invoice, Payment, PeriodLock
from billing.rules.bank.statement import MOST_BYTES
from billing.services import bank_statements
from billing.services.bank_statements import accept_statement, stage_file
from billing.services.locks import lock_period
from clients.models import BankAccount
from tests.billing.test_bank import CAMT, balance, long_statement, named
from tests.make import Cast, make_api, make_client, make_seller
from tests.make.invoices import make_invoice
from tests.reference import FOLDER

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = date(2026, 11, 19)
MT940: bytes = (FOLDER / "bank" / "s.sta").read_bytes()
ONEC: bytes = (FOLDER / "bank" / "kl_to_1c_utf8.txt").read_bytes()
URL = "/api/v1/bank-statements/"


@pytest.fixture
def owed() -> Invoice:
    return make_invoice(make_client(name="Beispiel Handel"))


def without_balance(code: bytes, content: bytes = CAMT) -> bytes:
    """The sample as a bank would write it that tells another balance than the opening or closing one."""
    return content.replace(b"<Cd>" + code + b"</Cd>", b"<Cd>CLAV</Cd>")


def moved(content: bytes, *, day: str, to: str = "", opens: str, closes: str, mark: str) -> bytes:
    """The sample of other days and balances, with a booking of its own."""
    text = content.replace(b"2026111900001", mark.encode()).replace(b">11500.00<", f">{closes}<".encode())
    text = text.replace(b">10000.00<", f">{opens}<".encode(), 1).replace(b"2026-11-19", day.encode())
    if not to:
        return text
    at = text.index(b"<Cd>CLBD</Cd>")
    return text[:at] + text[at:].replace(day.encode(), to.encode(), 1)


def upload(finance: Browser, content: bytes, **body: Any) -> Any:
    return finance.post(reverse("billing:bank_import"), {"file": SimpleUploadedFile("s.xml", content), **body})


def sent(cast: Cast, content: bytes, **body: Any) -> Any:
    asked = {"file_name": "s.xml", "content": b64encode(content).decode(), **body}
    return make_api(cast.finance).post(URL, asked, format="json")


@pytest.mark.parametrize(
    ("content", "problem", "said"),
    [
        (without_balance(b"OPBD"), "opening", "Its opening balance is missing"),
        (without_balance(b"CLBD"), "closing", "Its closing balance is missing"),
        (
            without_balance(b"OPBD", without_balance(b"CLBD")),
            "balances",
            "Its opening and closing balances are missing",
        ),
    ],
)
def test_a_missing_balance_is_named_and_waits_for_a_reason(
    cast: Cast, finance: Browser, owed: Invoice, content: bytes, problem: str, said: str
) -> None:
    upload(finance, content)
    row = BankStatement.objects.get()
    assert row.problem == problem
    page = finance.get(reverse("billing:bank_statement", args=[row.pk])).content.decode()
    assert said in page
    assert finance.post(reverse("billing:bank_accept", args=[row.pk])).status_code == 422
    api = make_api(cast.finance)
    assert api.get(f"{URL}{row.pk}/").json()["problem"] == problem
    refused = api.post(f"{URL}{row.pk}/accept/", {}, format="json")
    assert refused.json()["errors"][0]["attr"] == "reason"
    assert api.post(f"{URL}{row.pk}/accept/", {"reason": "asked the bank"}, format="json").status_code == 200


@pytest.mark.parametrize(("name", "problem"), [("НачальныйОстаток", "opening"), ("КонечныйОстаток", "closing")])
def test_a_file_of_1c_without_a_balance_is_held(cast: Cast, name: str, problem: str) -> None:
    BankAccount.objects.create(seller=make_seller("RU"), currency="RUB", account_number="40702810200000012345")
    lines = [line for line in ONEC.decode().splitlines() if not line.startswith(name)]
    (row,), _new = stage_file("\n".join(lines).encode(), file_name="1c", by=cast.finance)
    assert row.problem == problem


def test_mt940_without_its_opening_balance_is_refused_by_that_name(cast: Cast, owed: Invoice) -> None:
    content = MT940.replace(b":60F:C261118EUR10000,00\n", b"")
    with pytest.raises(ValidationError, match=":60F:"):
        stage_file(content, file_name="s.sta", by=cast.finance)


def test_a_table_is_not_held_but_says_that_nothing_can_be_compared(finance: Browser, owed: Invoice) -> None:
    upload(finance, b"Buchungstag;Betrag\n19.11.2026;5,00\n", account=BankAccount.objects.get().pk)
    row = BankStatement.objects.get()
    assert row.problem == ""
    page = finance.get(reverse("billing:bank_statement", args=[row.pk])).content.decode()
    assert "A table names no balances" in page


NEIGHBOURS = {
    "it goes on": (moved(CAMT, day="2026-11-20", opens="11500.00", closes="13000.00", mark="A"), ""),
    "it goes on days later": (moved(CAMT, day="2026-11-25", opens="11500.00", closes="13000.00", mark="A"), ""),
    "a gap": (moved(CAMT, day="2026-11-21", opens="12000.00", closes="13500.00", mark="A"), "gap"),
    "before, and fitting": (moved(CAMT, day="2026-11-10", opens="8500.00", closes="10000.00", mark="A"), ""),
    "before, with a gap": (moved(CAMT, day="2026-11-10", opens="8000.00", closes="9500.00", mark="A"), "gap"),
    "over it": (
        moved(CAMT, day="2026-11-18", to="2026-11-21", opens="9000.00", closes="10500.00", mark="A"),
        "overlap",
    ),
    "another part of the day": (moved(CAMT, day="2026-11-19", opens="11500.00", closes="13000.00", mark="A"), ""),
}


@pytest.mark.parametrize("case", NEIGHBOURS)
def test_a_statement_goes_on_from_those_beside_it(cast: Cast, owed: Invoice, case: str) -> None:
    (first,), _new = stage_file(named(owed.number), file_name="1", by=cast.finance)
    accept_statement(first, by=cast.finance, at=NOW)
    content, problem = NEIGHBOURS[case]
    (row,), _new = stage_file(content, file_name="2", by=cast.finance)
    assert row.problem == problem


def test_a_statement_within_another_is_an_overlap(cast: Cast, owed: Invoice) -> None:
    month = moved(CAMT, day="2026-11-01", to="2026-11-30", opens="10000.00", closes="11500.00", mark="A")
    (first,), _new = stage_file(month, file_name="1", by=cast.finance)
    accept_statement(first, by=cast.finance, at=NOW)
    (row,), _new = stage_file(CAMT, file_name="2", by=cast.finance)
    assert row.problem == "overlap"


BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><Document>&c;</Document>'
FILES = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><Document>&x;</Document>'
REFUSED = {
    "truncated XML": (CAMT[:700], "Line"),
    "truncated MT940": (MT940[:150], "cut off"),
    "truncated 1C": (ONEC[:1800], "cut off"),
    "expanding entities": (BOMB, "DTD"),
    "entities of files": (FILES, "DTD"),
    "another currency": (CAMT.replace(b"EUR", b"USD"), "not kept in USD"),
    "more than 20 MB": (b"Buchungstag;Betrag\n" + b"19.11.2026;5,00\n" * (MOST_BYTES // 16), "20 MB"),
    "no day": (CAMT.replace(b"2026-11-19", b"2026-13-19"), "is no day"),
    "no amount": (CAMT.replace(b">1500.00<", b">15x<"), "is no amount"),
    "an encoding that it does not have": (CAMT.replace(b"Beispiel Handels AG", "M\u00fcller".encode("cp1252")), "Line"),
    "no statement": (b"\x00\xff" * 50, "account"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_is_refused_alike_on_the_page_and_through_the_api(
    cast: Cast, finance: Browser, owed: Invoice, case: str
) -> None:
    content, words = REFUSED[case]
    page = upload(finance, content)
    assert page.status_code == 422
    assert words in page.content.decode()
    answer = sent(cast, content)
    assert answer.status_code in (400, 413), answer.content[:300]
    (error,) = answer.json()["errors"]
    assert error["attr"] in ("file", "content", "account")
    assert not BankStatement.objects.exists()


def test_a_file_sent_twice_is_one_on_the_page_and_through_the_api(cast: Cast, finance: Browser, owed: Invoice) -> None:
    upload(finance, named(owed.number))
    assert upload(finance, named(owed.number)).status_code == 302
    assert sent(cast, named(owed.number)).status_code == 200
    assert BankStatement.objects.count() == 1


def test_a_closed_day_is_held_on_the_page_and_through_the_api(cast: Cast, finance: Browser, owed: Invoice) -> None:
    lock_period(PeriodLock(kind="documents", seller=owed.seller, locked_until_on=DAY), by=cast.partner, at=NOW)
    upload(finance, named(owed.number))
    finance.post(reverse("billing:bank_accept", args=[BankStatement.objects.get().pk]))
    entry = BankEntry.objects.get()
    assert (entry.state, entry.hold, Payment.objects.count()) == ("held", "period_locked", 0)
    body = {"client": owed.client_id, f"settle_{owed.pk}": "1500.00"}
    assert finance.post(reverse("billing:bank_entry_settle", args=[entry.pk]), body).status_code == 422
    split = {"client": owed.client_id, "allocations": [{"invoice": owed.pk, "amount": "500.00"}]}
    refused = make_api(cast.finance).post(f"/api/v1/bank-entries/{entry.pk}/split/", split, format="json")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "period_locked")


def test_another_currency_within_a_file_is_held(cast: Cast, finance: Browser, owed: Invoice) -> None:
    mixed = named(owed.number).replace(b'<NtryRef>1</NtryRef><Amt Ccy="EUR">', b'<NtryRef>1</NtryRef><Amt Ccy="USD">')
    upload(finance, mixed)
    finance.post(reverse("billing:bank_accept", args=[BankStatement.objects.get().pk]))
    told = make_api(cast.finance).get("/api/v1/bank-entries/?state=to_do").json()["results"]
    assert [(row["state"], row["hold"]) for row in told] == [("held", "currency")]


def test_a_table_of_more_rows_than_other_files_may_have_goes_to_the_worker(
    cast: Cast, owed: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bank_statements, "AT_ONCE", 3)
    account = BankAccount.objects.get()
    content, invoices = long_statement(owed.client, account, 3)
    filling = "".join(f"19.11.2026;{place},01;Fremd;Miete {place}\n" for place in range(1, 5_200))
    (row,), _new = stage_file(content + filling.encode(), file_name="long.csv", account=account, by=cast.finance)
    assert row.line_count == 5_202
    with mock.patch("billing.services.bank_statements.enqueue") as asked:
        accept_statement(row, by=cast.finance, at=NOW)
    asked.assert_called_once_with("billing.tasks.match_bank_entries", row.pk)
    assert [balance(invoice) for invoice in invoices] == [0, 0, 0]
    assert BankStatement.objects.with_pending().get(pk=row.pk).pending_count == 5_199


def test_the_page_of_a_held_statement_asks_for_its_reason_until_nothing_holds_it(
    cast: Cast, finance: Browser, owed: Invoice
) -> None:
    second = moved(CAMT, day="2026-11-20", opens="11500.00", closes="13000.00", mark="2")
    third = moved(CAMT, day="2026-11-21", opens="13000.00", closes="14500.00", mark="3")
    rows = [stage_file(content, file_name="s", by=cast.finance)[0][0] for content in (CAMT, second, third)]
    accept_statement(rows[0], by=cast.finance, at=NOW)
    url = reverse("billing:bank_statement", args=[rows[2].pk])
    page = finance.get(url).content.decode()
    assert "Why it is right all the same" in page
    assert "optional" not in page
    refused = finance.post(reverse("billing:bank_accept", args=[rows[2].pk]), {"reason": ""})
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["reason"])
    accept_statement(rows[1], by=cast.finance, at=NOW)
    assert "Why it is right all the same" not in finance.get(url).content.decode()
    assert finance.post(reverse("billing:bank_accept", args=[rows[2].pk])).status_code == 302
