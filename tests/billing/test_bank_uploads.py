"""Long files of the bank are read by a worker: all of one or nothing, once, and what is wrong is named."""

from base64 import b64encode
from typing import Any
from unittest import mock

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client as Browser
from django.urls import reverse

from billing.models import BankEntry, BankFile, BankStatement
from billing.services import bank_uploads
from billing.services.bank_uploads import MOST_TRIES, hand_in_file, reading_of, set_aside
from billing.tasks import read_bank_file, read_forgotten_files
from clients.models import BankAccount
from crm.models import User
from tests.billing.errors import code_of
from tests.make import Cast, make_api, make_seller
from tests.make.invoices import make_series

pytestmark = pytest.mark.django_db
HEAD = "Buchungstag;Betrag;Verwendungszweck\n"
LONG = 8_000


@pytest.fixture
def account() -> BankAccount:
    make_series(make_seller())
    return BankAccount.objects.get()


def table(rows: int = LONG, *, last: str = "") -> bytes:
    lines = [f"19.11.2026;{n},00;payment number {n} of many\n" for n in range(1, rows + 1)]
    return (HEAD + "".join(lines) + last).encode()


def handed(content: bytes, account: BankAccount, by: User) -> BankFile:
    file = hand_in_file(content, file_name="november.csv", account=account, by=by).file
    assert file is not None
    return file


def upload(finance: Browser, content: bytes, account: BankAccount) -> Any:
    body = {"file": SimpleUploadedFile("november.csv", content), "account": account.pk}
    return finance.post(reverse("billing:bank_import"), body)


def test_a_long_table_is_read_by_a_worker_and_shown_before_anything_is_booked(
    finance: Browser, account: BankAccount
) -> None:
    answer = upload(finance, table(), account)
    file = BankFile.objects.get()
    assert answer["Location"] == reverse("billing:bank_file", args=[file.pk])
    assert not BankEntry.objects.exists()
    waiting = finance.get(answer["Location"])
    assert b"The file is being read." in waiting.content
    assert b"november.csv" in finance.get(reverse("billing:bank_list")).content
    read_bank_file(file.pk)
    statement = BankStatement.objects.get()
    assert (statement.state, statement.line_count, BankEntry.objects.count()) == ("staged", LONG, LONG)
    assert finance.get(answer["Location"])["Location"] == reverse("billing:bank_statement", args=[statement.pk])
    file.refresh_from_db()
    assert (file.state, bytes(file.content)) == ("read", b"")


def test_a_short_file_is_read_at_once(finance: Browser, account: BankAccount) -> None:
    upload(finance, table(3), account)
    assert (BankFile.objects.count(), BankEntry.objects.count()) == (0, 3)


def test_the_page_says_how_far_the_reading_is(cast: Cast, finance: Browser, account: BankAccount) -> None:
    file = handed(table(), account, cast.finance)
    told: list[tuple[int, int]] = []
    with mock.patch.object(cache, "set", lambda _key, value, _seconds: told.append(value)):
        read_bank_file(file.pk)
    assert told == [(done, LONG) for done in range(0, LONG + 1, 1000)]
    BankStatement.objects.all().delete()
    BankFile.objects.all().delete()
    file = handed(table(), account, cast.finance)
    cache.set(f"bank-file-{file.pk}", (3000, LONG))
    assert reading_of(file) == (3000, LONG)
    page = finance.get(reverse("billing:bank_file", args=[file.pk])).content.decode()
    assert "3\u202f000 of 8\u202f000 entries are read." in page
    assert 'value="3000" max="8000"' in page


def test_a_wrong_row_is_named_and_nothing_of_the_file_is_kept(
    cast: Cast, finance: Browser, account: BankAccount
) -> None:
    file = handed(table(last="20.11.2026;much;last\n"), account, cast.finance)
    read_bank_file(file.pk)
    file.refresh_from_db()
    assert file.refusal == [f"Line {LONG + 2}: “much” is no amount."]
    assert not BankStatement.objects.exists()
    page = finance.get(reverse("billing:bank_file", args=[file.pk])).content.decode()
    assert "“much” is no amount." in page
    assert "“much” is no amount." in finance.get(reverse("billing:bank_list")).content.decode()
    finance.post(reverse("billing:bank_file_discard", args=[file.pk]))
    assert not BankFile.objects.exists()


def test_the_refusal_speaks_the_language_of_who_handed_it_in(cast: Cast, account: BankAccount) -> None:
    User.objects.filter(pk=cast.finance.pk).update(language="de")
    file = handed(table(last="20.11.2026;viel;last\n"), account, cast.finance)
    read_bank_file(file.pk)
    file.refresh_from_db()
    assert "ist kein Betrag" in file.refusal[0]


def test_the_same_file_again_changes_nothing_and_a_refused_one_is_read_anew(cast: Cast, account: BankAccount) -> None:
    content = table()
    first = handed(content, account, cast.finance)
    again = hand_in_file(content, file_name="again.csv", account=account, by=cast.finance)
    assert (again.file, again.is_new) == (first, False)
    BankFile.objects.update(state="refused", refusal=["why"], content=b"", try_count=MOST_TRIES)
    handed(content, account, cast.finance)
    for _ in range(2):
        read_bank_file(first.pk)
    assert BankEntry.objects.count() == LONG
    known = hand_in_file(content, file_name="again.csv", account=account, by=cast.finance)
    assert (known.file, known.is_new, len(known.statements)) == (None, False, 1)


def test_a_worker_that_dies_leaves_the_file_to_the_next_one(cast: Cast, account: BankAccount) -> None:
    file = handed(table(), account, cast.finance)
    with mock.patch.object(bank_uploads, "stage_file", side_effect=MemoryError), pytest.raises(MemoryError):
        read_bank_file(file.pk)
    assert BankFile.objects.waiting().exists()
    with mock.patch("billing.tasks.enqueue", lambda _name, pk: read_bank_file(pk)):
        read_forgotten_files()
    assert BankEntry.objects.count() == LONG


def test_a_file_that_kills_every_worker_is_left_to_a_person(cast: Cast, account: BankAccount) -> None:
    file = handed(table(), account, cast.finance)
    BankFile.objects.update(try_count=MOST_TRIES)
    read_bank_file(file.pk)
    file.refresh_from_db()
    assert (file.state, len(file.refusal)) == ("refused", 1)


def test_a_file_that_is_being_read_is_not_put_aside(cast: Cast, account: BankAccount) -> None:
    file = handed(table(), account, cast.finance)
    with pytest.raises(ValidationError) as refused:
        set_aside(file)
    assert code_of(refused) == "wrong_status"


def test_the_database_keeps_a_file_until_it_is_read(cast: Cast, account: BankAccount) -> None:
    handed(table(), account, cast.finance)
    with pytest.raises(DatabaseError), transaction.atomic():
        BankFile.objects.update(content=b"")


def test_the_api_answers_a_long_file_first_and_its_statements_later(cast: Cast, account: BankAccount) -> None:
    api, url = make_api(cast.finance), "/api/v1/bank-statements/"
    body = {"file_name": "n.csv", "content": b64encode(table()).decode(), "account": account.pk}
    made = api.post(url, body, format="json")
    file = made.json()["file"]
    assert (made.status_code, made.json()["results"], file["state"]) == (202, [], "waiting")
    read_bank_file(file["id"])
    assert api.get(f"/api/v1/bank-files/{file['id']}/").json()["state"] == "read"
    assert api.post(url, body, format="json").json()["results"][0]["line_count"] == LONG
    assert make_api(cast.consultant).get("/api/v1/bank-files/").status_code in (403, 404)
