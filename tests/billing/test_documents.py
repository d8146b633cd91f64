"""Documents: what stands on them in the client's language, the same bytes each time, and how they leave the house."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from unittest import mock

import pikepdf
import pytest
from django.core import mail
from django.db import InternalError, transaction

from billing.documents.delivery import (
    deliver_document,
    deliver_due,
    document_pdf,
    mail_offer,
    mail_offers,
    retry_delivery,
)
from billing.documents.e_invoices.fields import e_invoice_fields
from billing.documents.invoices import render_invoice
from billing.documents.offers import offer_paper, render_offer
from billing.documents.paper import paper_of
from billing.models import DocumentDelivery, DocumentFile, Invoice, Offer
from billing.services.credits import CreditKind, credit_invoice
from crm.access import Role
from tests.make import make_client, make_seller, make_user
from tests.make.acts import billed, russian_seller, words_in_pdf
from tests.make.hours import make_engagement, make_package
from tests.make.invoices import make_draft, make_free_work, make_invoice, make_rate_of, make_work
from tests.make.offers import make_offer, make_sent_offer

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
APRIL = date(2026, 4, 1)


def due() -> int:
    return DocumentDelivery.objects.due(at=NOON + timedelta(minutes=1)).count()


def test_an_invoice_speaks_the_clients_language() -> None:
    paper = paper_of(make_invoice(make_client(language="de")))
    assert (paper.title, paper.number, paper.day) == ("Rechnung", "2026-0001", "31. März 2026")
    assert paper.totals == (("Netto", "1\u202f260,50"), ("USt. 19 %", "239,50"))
    assert paper.total == ("Zu zahlen", "1\u202f500,00\u202f€")
    assert paper.rows[0].text == "Beratung"


def test_a_russian_invoice_has_its_amount_in_words() -> None:
    make_rate_of("EUR", "RUB", "92.40", on=date(2026, 3, 31))
    client = make_client(country="RU", language="ru", tax_number="7801234567")
    paper = paper_of(make_invoice(client, minutes=60, rate="80000.00"))
    assert "Восемьдесят тысяч рублей 00 копеек" in paper.texts
    assert "ИНН 7801234567" in paper.buyer


def test_a_russian_invoice_counts_its_rows_names_its_payee_and_is_signed() -> None:
    invoice = billed(russian_seller(), "80000")
    bank = {"holder": "ООО «Аудит»", "account_number": "40702810900000000001", "bik": "044525225"}
    invoice.seller_frozen = {**(invoice.seller_frozen or {}), "bank": bank}
    paper = paper_of(invoice)
    assert paper.is_numbered
    assert "Всего наименований 1, на сумму 800\u202f000,00\u202f₽" in paper.texts
    assert paper.bank[0] == ("Получатель", "ООО «Аудит»")
    assert paper.signers == (("Руководитель", "Белова Ирина Сергеевна"), ("Главный бухгалтер", ""))
    words = words_in_pdf(render_invoice(invoice))
    assert "№" in words
    assert "Главный бухгалтер" in words
    assert not paper_of(make_invoice(make_client(language="de"))).signers


def test_contract_and_order_of_the_engagement_stand_on_every_document() -> None:
    client = make_client(language="de")
    named: dict[str, Any] = {"contract_reference": "RV 12 vom 01.02.2026", "order_reference": "4500012"}
    invoice = make_invoice(client, engagement=make_engagement(client, **named))
    assert ("Vertrag", "RV 12 vom 01.02.2026") in paper_of(invoice).facts
    fields = e_invoice_fields(invoice, on=APRIL)
    assert (fields["BT-12"], fields["BT-13"]) == ("RV 12 vom 01.02.2026", "4500012")
    note = credit_invoice(
        invoice, kind=CreditKind.FULL, reason="wrong", issued_on=APRIL, by=make_user(Role.FINANCE), at=NOON
    )
    assert note.order_reference == "4500012"


def test_a_document_in_another_currency_says_its_vat_in_the_base_currency() -> None:
    make_rate_of("EUR", "USD", "1.25", on=date(2026, 3, 31))
    invoice = make_invoice(make_client(language="de", currency="USD"), currency="USD")
    assert "Umsatzsteuer in EUR: 191,60\u202f€ (Kurs 0,8)." in paper_of(invoice).texts
    assert not any("Umsatzsteuer in" in words for words in paper_of(make_invoice(make_client(language="de"))).texts)


def test_the_mandatory_words_of_a_reverse_charge_stand_on_it() -> None:
    client = make_client(country="AT", vat_id="ATU13585627", language="de", default_seller=make_seller("DE"))
    paper = paper_of(make_invoice(client))
    assert "Steuerschuldnerschaft des Leistungsempfängers." in paper.texts
    assert paper.totals == (("Ohne USt.", "1\u202f260,50"),)


def test_a_small_business_says_why_there_is_no_vat() -> None:
    seller = make_seller("DE", code="small", vat_regime="small_business")
    paper = paper_of(make_invoice(make_client(language="de", default_seller=seller)))
    assert any("§ 19 UStG" in words for words in paper.texts)


def test_prepaid_and_free_hours_say_what_is_left_and_what_they_were_worth() -> None:
    client = make_client(language="de")
    package = make_package(client)
    make_work(client, minutes=90, source="package", account=package.account)
    make_free_work(client, minutes=45)
    rows = {row.tone: row.small for row in paper_of(make_invoice(client)).rows}
    assert "Restguthaben danach 48,5\u202fh" in rows["prepaid"]
    assert "kostenlos erbracht, Wert 112,50\u202f€" in rows["free"]


def test_a_credit_note_is_a_correction_with_minus_signs() -> None:
    invoice = make_invoice(make_client(language="de"))
    note = credit_invoice(invoice, kind=CreditKind.FULL, reason="doppelt", issued_on=APRIL, by=make_user(), at=NOON)
    paper = paper_of(note)
    assert (paper.title, paper.total) == ("Rechnungskorrektur", ("Gutgeschrieben", "−1\u202f500,00\u202f€"))
    assert ("Korrigiert Rechnung", "2026-0001") in paper.facts


def test_the_paper_of_an_issued_invoice_follows_its_frozen_parties() -> None:
    client = make_client(name="Brandl", language="de")
    invoice = make_invoice(client)
    type(client).objects.update(name="Renamed", legal_name="Renamed AG")
    assert paper_of(Invoice.objects.get(pk=invoice.pk)).buyer[0] == "Brandl"


def test_the_same_row_gives_the_same_bytes_and_they_are_pdf_a() -> None:
    invoice = make_invoice()
    first = render_invoice(invoice)
    assert first == render_invoice(Invoice.objects.get(pk=invoice.pk))
    with pikepdf.open(BytesIO(first)) as pdf:
        assert len(pdf.pages) == 2
        assert pdf.open_metadata()["pdfaid:part"] == "3"


def test_no_text_of_a_client_is_markup() -> None:
    nasty = '#import "/etc/passwd" $x$ *b* <script> \\ {{7*7}}'
    invoice = make_invoice(make_client(name=nasty), description=nasty)
    assert render_invoice(invoice).startswith(b"%PDF")
    assert paper_of(invoice).hours[0].text == nasty


def test_a_draft_has_a_preview_without_a_number() -> None:
    draft = make_draft()
    assert paper_of(draft).number == "Draft"
    assert render_invoice(draft).startswith(b"%PDF")


def test_the_file_is_made_once_and_mailed_to_the_billing_address() -> None:
    invoice = make_invoice(make_client(billing_email="ap@brandl.example", language="de"))
    assert deliver_document(invoice.pk, at=NOON)
    assert deliver_document(invoice.pk, at=NOON)
    message = mail.outbox[0]
    assert (len(mail.outbox), message.to, message.subject) == (1, ["ap@brandl.example"], "Rechnung 2026-0001")
    name, content, kind = message.attachments[0]
    assert (name, kind) == ("2026-0001.pdf", "application/pdf")
    assert content == bytes(DocumentFile.objects.get().content) == document_pdf(invoice)
    assert due() == 0


def test_without_an_address_the_file_is_made_and_nothing_is_mailed() -> None:
    make_invoice()
    assert deliver_due(at=NOON) == 1
    assert (len(mail.outbox), due()) == (0, 0)


def test_a_mail_that_fails_is_shown_retried_later_and_never_changes_the_document() -> None:
    invoice = make_invoice(make_client(billing_email="ap@brandl.example"))
    with mock.patch("django.core.mail.EmailMessage.send", side_effect=OSError("mailbox is gone")):
        assert not deliver_document(invoice.pk, at=NOON)
    row = DocumentDelivery.objects.get()
    assert (row.attempts, row.last_error) == (1, "OSError: mailbox is gone")
    assert row.rendered_at == NOON
    assert due() == 0
    assert deliver_due(at=NOON + timedelta(minutes=6)) == 1
    row.refresh_from_db()
    assert row.sent_at
    assert row.last_error == ""
    assert DocumentFile.objects.count() == 1


def test_a_person_may_try_again_at_once_with_another_address() -> None:
    invoice = make_invoice(make_client(billing_email="wrong@brandl.example"))
    with mock.patch("django.core.mail.EmailMessage.send", side_effect=OSError("no such person")):
        deliver_document(invoice.pk, at=NOON)
    retry_delivery(DocumentDelivery.objects.get(), at=NOON, recipient="right@brandl.example")
    assert deliver_document(invoice.pk, at=NOON)
    assert mail.outbox[0].to == ["right@brandl.example"]


def test_kept_files_are_insert_only() -> None:
    invoice = make_invoice()
    deliver_document(invoice.pk, at=NOON)
    for change in (lambda: DocumentFile.objects.update(sha256="x"), lambda: DocumentFile.objects.all().delete()):
        with pytest.raises(InternalError), transaction.atomic():
            change()


def test_an_offer_is_written_from_its_frozen_document() -> None:
    offer = make_sent_offer(make_client(name="Brandl", language="de"))
    type(offer.client).objects.update(name="Renamed")
    offer.refresh_from_db()
    paper = offer_paper(offer)
    assert paper.buyer[0] == "Brandl"
    assert paper.total == ("Geschätzter Preis", "600,00\u202f€")
    assert render_offer(offer) == render_offer(offer)


def test_a_fixed_offer_shows_its_price_and_no_hourly_rate() -> None:
    offer = make_offer(basis="fixed", fixed_price=Decimal("1190.00"), hourly_rate=None)
    paper = offer_paper(offer)
    assert paper.total == ("Fixed price", "1\u202f190.00\u202f€")
    assert [label for label, _value in paper.totals] == ["Estimate"]


def test_an_offer_is_mailed_once_with_its_link_and_pdf() -> None:
    offer = make_sent_offer()
    assert mail_offer(offer.pk, at=NOON)
    assert not mail_offer(offer.pk, at=NOON)
    message = mail.outbox[0]
    assert len(mail.outbox) == 1
    assert "/o/" in message.body
    assert message.attachments[0][0] == "A-2026-0001.pdf"


def test_an_offer_whose_mail_fails_stays_in_the_outbox_with_the_reason() -> None:
    offer = make_sent_offer()
    with mock.patch("django.core.mail.EmailMessage.send", side_effect=OSError("refused")):
        assert not mail_offer(offer.pk, at=NOON)
    offer.refresh_from_db()
    assert offer.mail_error == "refused"
    assert mail_offer(offer.pk, at=NOON)


def test_a_title_of_two_lines_adds_no_header_to_the_mail() -> None:
    offer = make_sent_offer(title="Server\r\nBcc: other@evil.example")
    assert mail_offer(offer.pk, at=NOON)
    assert "\n" not in mail.outbox[0].subject
    assert mail.outbox[0].recipients() == [offer.recipient]


def test_an_offer_to_no_address_keeps_none_of_the_others_back() -> None:
    broken, good = make_sent_offer(), make_sent_offer()
    Offer.objects.filter(pk=broken.pk).update(recipient="a@b.example\nBcc: other@evil.example")
    assert mail_offers(at=NOON) == 1
    broken.refresh_from_db()
    assert broken.mail_error
    assert [message.recipients() for message in mail.outbox] == [[good.recipient]]
