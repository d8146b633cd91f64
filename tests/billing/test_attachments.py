"""Files of clients and agreements: whoever sees the thing sees its files, and the law keeps them until their day."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, InternalError, transaction
from django.urls import reverse
from django.utils import timezone

from billing.models import Attachment, Invoice
from billing.models.attachments import GRACE
from billing.rules.receipts import MOST_BYTES
from billing.services.attachments import attach_files, delete_attachment
from billing.services.drafts import delete_draft
from billing.services.expenses import Upload
from clients.models import Client, Seller
from clients.services.erasure import preview_erasure
from clients.services.merging import merge_client
from crm.models import AuditEntry
from tests.billing.test_expenses import spent
from tests.clients.test_erasure import asked
from tests.make import Cast, browser_of, make_client, make_contact, make_engagement, make_offer
from tests.make.attachments import make_attachment, pdf
from tests.make.invoices import make_draft, make_invoice
from tests.make.retainers import make_retainer

pytestmark = pytest.mark.django_db
NOW = timezone.now()
LONG_AGO = NOW - timedelta(days=100)


@pytest.fixture
def alfa(cast: Cast) -> Client:
    client = make_client(name="Alfa", account_manager=cast.manager)
    make_engagement(client, lead=cast.manager, members=[cast.consultant])
    return client


def of_every_thing(client: Client) -> dict[str, Attachment]:
    things: list[Any] = [client, make_offer(client), make_retainer(client), make_invoice(client)]
    return {thing._meta.model_name: make_attachment(thing) for thing in things}


def seen_by(user: Any) -> set[str]:
    return {row.holder_name for row in Attachment.objects.visible_to(user)}


def test_a_file_is_seen_by_whoever_sees_what_it_belongs_to(cast: Cast, alfa: Client) -> None:
    of_every_thing(alfa)
    assert seen_by(cast.partner) == seen_by(cast.manager) == {"client", "offer", "retainer", "invoice"}
    assert seen_by(cast.consultant) == {"client", "offer", "retainer"}
    assert seen_by(cast.finance) == {"offer", "retainer", "invoice"}
    assert seen_by(cast.outsider) == set()


def test_agreements_without_prices_hide_their_files(cast: Cast, alfa: Client) -> None:
    of_every_thing(alfa)
    Seller.objects.update(consultants_see_rates=False)
    assert seen_by(cast.consultant) == {"client"}


@pytest.mark.parametrize(
    ("role", "statuses"),
    [("partner", {200}), ("manager", {200}), ("outsider", {404}), ("foreign", {404})],
)
def test_who_sees_only_the_card_gets_404_for_every_file(
    cast: Cast, alfa: Client, role: str, statuses: set[int]
) -> None:
    if role == "foreign":
        Client.objects.update(account_manager=cast.partner)
    browser = browser_of(cast.manager if role == "foreign" else getattr(cast, role))
    urls = [reverse("billing:attachment_file", args=[row.pk]) for row in of_every_thing(alfa).values()]
    assert {browser.get(url).status_code for url in urls} == statuses
    assert browser.get(reverse("billing:client_files", args=[alfa.pk])).status_code in statuses


def test_files_are_added_and_deleted_by_whoever_changes_the_thing(cast: Cast, alfa: Client) -> None:
    of_every_thing(alfa)

    def changed_by(user: Any) -> set[str]:
        return {row.holder_name for row in Attachment.objects.changeable_by(user)}

    assert changed_by(cast.partner) == {"client", "offer", "retainer", "invoice"}
    assert changed_by(cast.manager) == {"client", "offer", "retainer"}
    assert changed_by(cast.consultant) == set()
    assert changed_by(cast.finance) == {"invoice"}
    url = reverse("billing:attachment_new", args=["client", alfa.pk])
    assert browser_of(cast.consultant).get(url).status_code == 403
    assert browser_of(cast.outsider).get(url).status_code == 404


def test_a_saved_file_is_the_same_bytes_and_never_run(cast: Cast, alfa: Client) -> None:
    row = make_attachment(alfa, name="../../Vertrag №1.pdf", content=pdf("x"))
    response = browser_of(cast.manager).get(reverse("billing:attachment_file", args=[row.pk]))
    assert (response.content, response["Content-Type"]) == (pdf("x"), "application/pdf")
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''Vertrag")
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"<html>", "file_type"), (b"", "file_size"), (b"%PDF-" + b"0" * MOST_BYTES, "file_size")],
    ids=["page", "empty", "large"],
)
def test_other_files_and_larger_ones_are_refused(cast: Cast, alfa: Client, content: bytes, code: str) -> None:
    good = Upload("a.pdf", pdf())
    with pytest.raises(ValidationError) as refused:
        attach_files(alfa, [good, Upload("b.pdf", content)], kind="other", by=cast.manager, at=NOW)
    assert refused.value.code == code
    assert not Attachment.objects.exists()


def test_the_database_knows_one_thing_a_size_a_day_and_no_copies(cast: Cast, alfa: Client) -> None:
    row = make_attachment(alfa, content=pdf("same"))
    fields: dict[str, Any] = {
        "client": alfa,
        "kind": "contract",
        "name": "x.pdf",
        "content_type": "application/pdf",
        "size": 4,
        "sha256": "0" * 64,
        "content": b"%PDF",
        "keep_until_on": date(2032, 12, 31),
        "uploaded_by": cast.manager,
        "uploaded_at": NOW,
    }
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"client": None}, "attachment_of_one_thing"),
        ({"offer": make_offer(alfa)}, "attachment_of_one_thing"),
        ({"size": MOST_BYTES + 1}, "attachment_size"),
        ({"size": 0}, "attachment_size"),
        ({"keep_until_on": None}, "attachment_of_law_is_kept"),
        ({"sha256": row.sha256}, "attachment_once"),
    ]
    for change, name in wrong:
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Attachment.objects.create(**fields | change)


def test_a_file_is_kept_as_it_came(alfa: Client) -> None:
    row = make_attachment(alfa, at=timezone.now() - timedelta(days=1))
    for change in ({"keep_until_on": date(2020, 1, 1)}, {"content": b"%PDF"}, {"uploaded_at": timezone.now()}):
        with pytest.raises(InternalError), transaction.atomic():
            Attachment.objects.filter(pk=row.pk).update(**change)


def test_nobody_deletes_a_contract_before_its_day_not_even_past_the_service(cast: Cast, alfa: Client) -> None:
    row = make_attachment(alfa, by=cast.partner, at=LONG_AGO)
    with pytest.raises(ValidationError) as refused:
        delete_attachment(row, by=cast.partner, at=NOW)
    assert refused.value.code == "kept_until"
    with pytest.raises(IntegrityError, match="kept until its day"), transaction.atomic():
        Attachment.objects.filter(pk=row.pk).delete()


def test_what_no_law_wants_or_whose_day_is_over_goes_and_leaves_its_trail(cast: Cast, alfa: Client) -> None:
    for old in (
        make_attachment(alfa, kind="other", at=LONG_AGO),
        make_attachment(alfa, at=NOW - timedelta(days=9 * 366)),
    ):
        pk = old.pk
        delete_attachment(old, by=cast.manager, at=NOW)
        trail = AuditEntry.objects.filter(table_name="billing_attachment", object_id=pk)
        assert sorted(trail.values_list("action", flat=True)) == ["delete", "insert"]
        assert all("content" not in (entry.new or entry.old or {}) for entry in trail)


def test_an_upload_is_taken_back_by_whoever_made_it_for_ten_minutes(cast: Cast, alfa: Client) -> None:
    row = make_attachment(alfa, by=cast.manager, at=NOW)
    with pytest.raises(ValidationError):
        delete_attachment(row, by=cast.partner, at=NOW)
    with pytest.raises(ValidationError):
        delete_attachment(row, by=cast.manager, at=NOW + GRACE)
    delete_attachment(row, by=cast.manager, at=NOW + GRACE - timedelta(seconds=1))
    assert not Attachment.objects.exists()


def test_a_file_may_be_kept_longer_than_the_law_wants_and_not_shorter(alfa: Client) -> None:
    at = NOW.replace(year=2026, month=6)
    assert make_attachment(alfa, at=at).keep_until_on == date(2032, 12, 31)
    assert make_attachment(alfa, at=at, keep_until_on=date(2040, 1, 1)).keep_until_on == date(2040, 1, 1)
    assert make_attachment(make_retainer(), at=at).keep_until_on == date(2031, 12, 31)
    with pytest.raises(ValidationError) as refused:
        make_attachment(alfa, at=at, keep_until_on=date(2030, 1, 1))
    assert refused.value.error_dict["keep_until_on"][0].code == "keep_longer"
    Seller.objects.update(keep_years=12)
    assert make_attachment(Client.objects.get(pk=alfa.pk), at=at).keep_until_on == date(2038, 12, 31)


def test_a_draft_of_an_invoice_takes_its_files_along(alfa: Client) -> None:
    draft: Invoice = make_draft(alfa)
    make_attachment(draft, at=LONG_AGO)
    delete_draft(draft)
    assert not Attachment.objects.exists()


def upload(browser: Any, url: str, *files: tuple[str, bytes], **kw: Any) -> Any:
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    return browser.post(url, {"uploads": sent, "kind": "contract", **kw})


def test_several_files_are_added_in_one_dialog_and_taken_back_by_one_click(cast: Cast, alfa: Client) -> None:
    browser = browser_of(cast.manager)
    url = reverse("billing:attachment_new", args=["client", alfa.pk])
    response = upload(browser, url, ("a.pdf", pdf()), ("b.pdf", pdf()))
    assert response.status_code == 302
    assert sorted(Attachment.objects.values_list("name", "kind")) == [("a.pdf", "contract"), ("b.pdf", "contract")]
    page = browser.get(reverse("clients:client", args=[alfa.pk])).content.decode()
    undo = page.split("/files/undo/")[1].split('"')[0]
    assert browser_of(cast.partner).post(f"/files/undo/{undo}").status_code == 404
    browser.post(f"/files/undo/{undo}")
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("files", "extra", "words"),
    [
        ((("page.pdf", b"<html>"),), {}, "“page.pdf” is refused"),
        ((("a.pdf", b"%PDF-1"), ("b.exe", b"MZ")), {}, "“b.exe” is refused"),
        ((), {}, "This field is required."),
        ((("a.pdf", b"%PDF-1"),), {"keep_until_on": "2027-01-01"}, "The law wants it until"),
        ((("a.pdf", b"%PDF-1"),), {"kind": "letter"}, "Select a valid choice"),
        (tuple((f"{n}.pdf", b"%PDF-1") for n in range(11)), {}, "At most 10 files"),
    ],
)
def test_the_dialog_says_what_is_wrong(cast: Cast, alfa: Client, files: Any, extra: dict[str, str], words: str) -> None:
    url = reverse("billing:attachment_new", args=["client", alfa.pk])
    response = upload(browser_of(cast.manager), url, *files, **extra)
    assert (response.status_code, Attachment.objects.count()) == (422, 0)
    assert words in response.content.decode()


def test_the_card_shows_all_files_of_a_client_also_those_that_stand_elsewhere(cast: Cast, alfa: Client) -> None:
    of_every_thing(alfa)
    spent(alfa, cast)
    browser, url = browser_of(cast.partner), reverse("billing:client_files", args=[alfa.pk])
    rows = browser.get(url).context["page"].rows
    assert {row.name for row in rows if not row.delete_url} >= {"ticket.pdf"}
    assert {row.about.split()[0].rstrip(":") for row in rows} >= {"Alfa", "Offer", "Retainer", "Expense"}
    assert [row.name for row in browser.get(f"{url}?kind=receipt").context["page"].rows] == ["ticket.pdf"]
    assert browser.get(f"{url}?search=nowhere").context["page"].rows == []
    assert len(browser.get(f"{url}?search=CONTRACT").context["page"].rows) == 4


def test_files_stand_on_the_pages_of_their_things(cast: Cast, alfa: Client) -> None:
    for name, row in of_every_thing(alfa).items():
        url = reverse("billing:attachment_panel", args=[name, row.holder.pk])
        if name != "client":
            page = reverse(f"billing:{name}_detail", args=[row.holder.pk])
            assert url in browser_of(cast.partner).get(page).content.decode()
        assert reverse("billing:attachment_file", args=[row.pk]) in browser_of(cast.partner).get(url).content.decode()


def test_a_deletion_is_asked_once_more_and_refused_in_words(cast: Cast, alfa: Client) -> None:
    browser = browser_of(cast.manager)
    kept, free = make_attachment(alfa, at=LONG_AGO), make_attachment(alfa, kind="other", at=LONG_AGO)
    refused = browser.post(reverse("billing:attachment_delete", args=[kept.pk]))
    assert refused.status_code == 422
    assert "It is kept until" in refused.content.decode()
    assert "Delete this file?" in browser.get(reverse("billing:attachment_delete", args=[free.pk])).content.decode()
    browser.post(reverse("billing:attachment_delete", args=[free.pk]))
    assert list(Attachment.objects.all()) == [kept]


def test_files_follow_a_merged_client(cast: Cast, alfa: Client) -> None:
    other = make_client(name="Alfa old", account_manager=cast.manager)
    row = make_attachment(other)
    merge_client(other, into=alfa, at=NOW)
    assert list(Attachment.objects.for_client(alfa)) == [row]


def test_a_receipt_of_an_erasure_names_the_files_that_nobody_searched(cast: Cast, alfa: Client) -> None:
    row = make_attachment(alfa, name="Wanda Zielinska.pdf")
    stays = preview_erasure(asked(cast, make_contact(alfa, first_name="Wanda", last_name="Zielinska")), at=NOW)["kept"]
    assert [(each["model"], each["id"], each["until_on"]) for each in stays] == [
        ("billing.attachment", row.pk, str(row.keep_until_on))
    ]
    assert "Zielinska" not in str(stays)
