"""E-invoices of every kind of document: valid in each format, kept with their report, and never issued invalid."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from unittest import mock

import pikepdf
import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.urls import reverse
from lxml import etree

from billing.documents.delivery import deliver_document
from billing.documents.e_invoices.fields import e_invoice_fields
from billing.documents.e_invoices.judging import judge, judge_xrechnung
from billing.documents.e_invoices.keeping import e_invoice_content, e_invoice_file, xrechnung_in_cii
from billing.documents.e_invoices.writing import Syntax, write_cii, write_xrechnung
from billing.models import Coverage, DocumentFile, Invoice, InvoiceLine
from billing.rules.br_de import XRECHNUNG
from billing.rules.vat import RateKind
from billing.services.advances import set_off_advances
from billing.services.agreed_drafts import draft_package_invoice
from billing.services.credits import CreditKind, CreditLine, credit_invoice
from billing.services.drafting import draft_invoices
from billing.services.drafts import DraftTerms, HandLine, add_hand_line, open_draft
from billing.services.issuing import issue_invoice, prepare_draft, problems_of
from clients.models import Client, Seller
from tests.make import Cast, make_api, make_client, make_package, make_seller, make_user
from tests.make.invoices import make_draft, make_invoice, make_rate_of, make_series, make_work
from tests.reference import read_reference

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 31)
AT = datetime(2026, 4, 2, tzinfo=UTC)
SELLER = {
    "street": "Lindwurmstraße 44",
    "postcode": "80337",
    "city": "München",
    "vat_id": "DE129273398",
    "register_entry": "Amtsgericht München, HRB 1",
    "contact_name": "Marina Reuter",
    "phone": "+49 89 5550100",
    "email": "finance@meridian.example",
}
BUYER = {
    "legal_name": "Müller & Söhne <KG>",
    "street": "Hauptstraße 1",
    "postcode": "10115",
    "city": "Berlin",
    "billing_email": "rechnung@kunde.example",
    "buyer_reference": "04011000-12345-03",
}


def seller(**changes: Any) -> Seller:
    return make_seller(**{**SELLER, **changes})


def client(e_invoice: str = "xrechnung", **changes: Any) -> Client:
    company = changes.pop("default_seller", None) or seller()
    return make_client(**{**BUYER, "e_invoice": e_invoice, "default_seller": company, **changes})


def by_hand(
    buyer: Client, *lines: tuple[InvoiceLine.Kind, str, str], is_gross: bool = True, quantity: str = "1"
) -> Invoice:
    """Each line has its kind, its price and its rate."""
    company = buyer.default_seller
    assert company is not None
    make_series(company)
    terms = DraftTerms(client=buyer, seller=company, currency=buyer.currency, price_includes_tax=is_gross)
    draft = open_draft(terms, by=None, on=ON)
    common = {"description": "Support\nin detail", "quantity": Decimal(quantity), "unit": "C62"}
    for kind, price, vat in lines:
        add_hand_line(draft, HandLine(kind=kind, unit_price=Decimal(price), vat=RateKind(vat), **common), on=ON)  # type: ignore[arg-type]
    return draft


def issued(draft: Invoice) -> Invoice:
    prepare_draft(draft, at=AT)
    return issue_invoice(draft, issued_on=ON, by=None, at=AT)


def retainer() -> Invoice:
    return issued(by_hand(client(), (InvoiceLine.Kind.FIXED, "800.00", "S"), is_gross=False))


def two_rates() -> Invoice:
    lines = (InvoiceLine.Kind.FIXED, "119.33", "S"), (InvoiceLine.Kind.EXPENSE, "53.51", "R")
    return issued(by_hand(client(), *lines))


def advance() -> Invoice:
    return issued(by_hand(client(), (InvoiceLine.Kind.ADVANCE, "7500.00", "S")))


def final() -> Invoice:
    """52 hours done and 50 paid ahead: only the rest is charged and taxed."""
    buyer = client()
    issued(by_hand(buyer, (InvoiceLine.Kind.ADVANCE, "7500.00", "S")))
    draft = by_hand(buyer, (InvoiceLine.Kind.FIXED, "7800.00", "S"))
    set_off_advances(draft)
    return issued(draft)


def partial_credit() -> Invoice:
    invoice = make_invoice(client())
    line = CreditLine(line_id=invoice.lines.get().pk, amount=Decimal("300.00"))
    kind = CreditKind.GOODWILL
    return credit_invoice(invoice, kind=kind, reason="late", issued_on=ON, by=make_user(), at=AT, lines=[line])


def cancellation() -> Invoice:
    invoice = make_invoice(client())
    return credit_invoice(invoice, kind=CreditKind.FULL, reason="wrong", issued_on=ON, by=make_user(), at=AT)


def reverse_charge() -> Invoice:
    return make_invoice(client(country="AT", vat_id="ATU13585627", postcode="1010", city="Wien"))


def third_country() -> Invoice:
    return make_invoice(client(country="CH", postcode="8001", city="Zürich"))


def small_business() -> Invoice:
    company = seller(code="klein", vat_regime="small_business", vat_id="", tax_number="143/815/08155")
    return make_invoice(client(default_seller=company))


def dollars() -> Invoice:
    make_rate_of("EUR", "USD", "1.25", on=ON)
    return make_invoice(client(currency="USD"), currency="USD")


def odd_price() -> Invoice:
    """Four decimals of the net price do not give the amount of ten thousand pieces."""
    return issued(by_hand(client(), (InvoiceLine.Kind.FIXED, "0.3333", "S"), quantity="9777.7"))


def zero_rate() -> Invoice:
    """Taxed at 0 per cent beside the standard rate: neither is a line without VAT."""
    lines = (InvoiceLine.Kind.FIXED, "119.00", "S"), (InvoiceLine.Kind.EXPENSE, "50.00", "Z")
    return issued(by_hand(client(), *lines))


def when_paid() -> Invoice:
    return make_invoice(client(default_seller=seller(is_taxed_when_paid=True)))


def noted() -> Invoice:
    """Free words with the mark by which UBL sets subjects off."""
    draft = make_draft(client())
    draft.notes = "Bestellung #4711 für #Müller#\nDanke"
    draft.save()
    return issued(draft)


def multi_purpose() -> tuple[Invoice, Invoice]:
    """Hours sold without VAT, and an hour of them used with its VAT."""
    package = make_package(client(), hours=10, price=Decimal("1500.00"), multi_purpose=True)
    make_series(package.seller)
    sale = issued(draft_package_invoice(package, by=None, on=ON))
    make_work(package.client, minutes=60, source=Coverage.Source.PACKAGE, account=package.account)
    return sale, issued(draft_invoices(package.client, through=ON, by=None, on=ON).drafts[0])


KINDS: dict[str, Callable[[], Invoice]] = {
    "hours": lambda: make_invoice(client()),
    "half an hour, 75.00": lambda: make_invoice(client(), minutes=30),
    "retainer": retainer,
    "advance": advance,
    "final": final,
    "partial credit": partial_credit,
    "cancellation": cancellation,
    "reverse charge": reverse_charge,
    "third country": third_country,
    "small business": small_business,
    "two rates": two_rates,
    "dollars": dollars,
    "odd price": odd_price,
    "zero rate": zero_rate,
    "taxed when paid": when_paid,
    "noted": noted,
    "multi-purpose hours": lambda: multi_purpose()[0],
    "multi-purpose hours used": lambda: multi_purpose()[1],
    "cash discount": lambda: make_invoice(client(cash_discount_percent=Decimal("2.5"), cash_discount_days=10)),
}
SAMPLES = {
    "hours": "01_hours_10x150_gross",
    "half an hour, 75.00": "04_half_hour_75_gross",
    "retainer": "02_retainer_month",
    "advance": "05b_prepaid_50h_380",
    "final": "06_final_after_prepayment",
    "partial credit": "03_credit_note",
}
EXPECTED: dict[str, tuple[str, ...]] = {
    kind: (
        "381" if kind == "partial credit" else "380",
        *read_reference("finance.json")["expected_samples"][name].values(),
    )
    for kind, name in SAMPLES.items()
} | {"cancellation": ("384", "-1260.50", "-239.50", "-1500.00")}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_document_is_valid_in_each_format(kind: str) -> None:
    fields = e_invoice_fields(KINDS[kind](), on=ON)
    named = {**fields, "BT-24": XRECHNUNG}
    if kind in EXPECTED:
        assert tuple(fields[name] for name in ("BT-3", "BT-109", "BT-110", "BT-112")) == EXPECTED[kind]
    for syntax in Syntax:
        assert judge_xrechnung(named, write_xrechnung(fields, syntax=syntax), syntax=syntax) == []
    assert judge(write_cii(fields), syntax=Syntax.CII) == []


def test_a_final_invoice_names_its_advance_and_a_credit_its_invoice() -> None:
    sets_off, credit = final(), cancellation()
    advances = Invoice.objects.filter(lines__kind=InvoiceLine.Kind.ADVANCE, client=sets_off.client)
    assert [row["BT-25"] for row in e_invoice_fields(sets_off, on=ON)["BG-3"]] == [advances.get().number]
    assert credit.corrects is not None
    assert e_invoice_fields(credit, on=ON)["BG-3"] == [{"BT-25": credit.corrects.number, "BT-26": ON}]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b">1500.00</cbc:PayableAmount>", b">1500.01</cbc:PayableAmount>", "BR-CO-16"),
        (b">1260.50</cbc:LineExtensionAmount>", b">1260.51</cbc:LineExtensionAmount>", "BR-CO-10"),
        (b"<cbc:ID>S</cbc:ID>", b"<cbc:ID>E</cbc:ID>", "BR-E-"),
        (b'unitCode="HUR"', b'unitCode="HOURS"', "BR-CL-23"),
        (b"<cbc:IssueDate>2026-03-31", b"<cbc:IssueDate>31.03.2026", "XSD"),
    ],
)
def test_a_fault_in_the_file_is_found_and_named(old: bytes, new: bytes, rule: str) -> None:
    xml = write_xrechnung(e_invoice_fields(make_invoice(client()), on=ON))
    assert old in xml
    found = judge(xml.replace(old, new, 1), syntax=Syntax.UBL)
    assert any(each.rule.startswith(rule) for each in found), found


def test_zugferd_is_pdf_a_3_with_the_invoice_inside() -> None:
    invoice = make_invoice(client("zugferd"))
    content = bytes(e_invoice_file(invoice, DocumentFile.Format.ZUGFERD, at=AT).content)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        attached = pdf.attachments["factur-x.xml"]
        xml = attached.get_file().read_bytes()
        xmp = bytes(pdf.Root.Metadata.read_bytes())
        assert str(attached.obj.get("/AFRelationship")) == "/Data"
    assert judge(xml, syntax=Syntax.CII) == []
    assert xmp.count(b"<rdf:RDF") == 1
    assert b"EN 16931" in xmp


def test_a_client_s_text_stays_text() -> None:
    xml = write_xrechnung(e_invoice_fields(make_invoice(client()), on=ON))
    assert "Müller & Söhne <KG>" in [node.text for node in etree.fromstring(xml).iter()]


LACKING: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "no reference": ({}, {"buyer_reference": ""}, "the buyer reference of the client"),
    "no city": ({}, {"city": ""}, "the city of the client"),
    "no contact": ({"contact_name": ""}, {}, "the contact person of the own company"),
    "no phone": ({"phone": ""}, {}, "the phone of the own company"),
    "no tax number": ({"vat_id": ""}, {}, "the VAT ID or tax number of the own company"),
    "no address": ({}, {"billing_email": ""}, "the electronic address or e-mail for invoices of the client"),
}


@pytest.mark.parametrize("case", LACKING)
def test_what_its_receiver_would_refuse_is_not_issued_and_the_field_is_named(case: str) -> None:
    company, buyer, words = LACKING[case]
    draft = make_draft(client(default_seller=seller(**company), **buyer))
    with pytest.raises(ValidationError) as refused:
        issued(draft)
    assert refused.value.code == "e_invoice_refused"
    assert words in refused.value.messages[0]
    draft.refresh_from_db()
    assert draft.number == ""


def test_a_credit_note_is_judged_as_well() -> None:
    buyer = client()
    invoice = make_invoice(buyer)
    Client.objects.filter(pk=buyer.pk).update(city="")
    invoice.client.refresh_from_db()
    with pytest.raises(ValidationError) as refused:
        credit_invoice(invoice, kind=CreditKind.FULL, reason="wrong", issued_on=ON, by=make_user(), at=AT)
    assert refused.value.code == "e_invoice_refused"


def test_none_never_blocks() -> None:
    assert make_invoice(make_client(e_invoice="none")).number


def test_zugferd_asks_less_than_xrechnung() -> None:
    assert make_invoice(client("zugferd", buyer_reference="", city="")).number


def test_a_draft_says_what_is_missing_before_anybody_issues_it(finance: Browser) -> None:
    draft = make_draft(client(buyer_reference=""))
    assert [problem.code for problem in problems_of(draft)] == ["e_invoice_refused"]
    page = finance.get(reverse("billing:invoice_detail", args=[draft.pk])).content.decode()
    assert "Leitweg-ID" in page


def test_the_file_is_kept_with_its_report_and_mailed(settings: Any) -> None:
    invoice = make_invoice(client())
    assert deliver_document(invoice.pk, at=AT)
    kept = invoice.files.get(format=DocumentFile.Format.XRECHNUNG)
    report = invoice.reports.get()
    assert (report.sha256, report.findings) == (kept.sha256, [])
    assert bytes(kept.content) == write_xrechnung(e_invoice_fields(invoice, on=ON))
    names = [str(part[0]) for part in mail.outbox[0].attachments if isinstance(part, tuple)]
    assert names == [f"{invoice.number}.pdf", f"{invoice.number}.xml"]


def test_zugferd_goes_out_as_one_file() -> None:
    invoice = make_invoice(client("zugferd"))
    deliver_document(invoice.pk, at=AT)
    parts = [part for part in mail.outbox[0].attachments if isinstance(part, tuple)]
    assert [part[1] for part in parts] == [bytes(invoice.files.get(format=DocumentFile.Format.ZUGFERD).content)]


def test_what_was_issued_stays_as_it_was_whatever_the_client_takes_now() -> None:
    invoice = make_invoice(client())
    Client.objects.filter(pk=invoice.client_id).update(e_invoice="none", city="", buyer_reference="")
    invoice.refresh_from_db()
    deliver_document(invoice.pk, at=AT)
    assert invoice.files.filter(format=DocumentFile.Format.XRECHNUNG).exists()


def test_the_api_gives_the_same_bytes_each_time(cast: Cast) -> None:
    api, invoice = make_api(cast.finance), make_invoice(client("none"))
    for path, start in (("xrechnung/", b"<?xml"), ("zugferd/", b"%PDF"), ("xrechnung/?syntax=cii", b"<?xml")):
        first, second = (api.get(f"/api/v1/invoices/{invoice.pk}/{path}") for _ in range(2))
        assert first.status_code == 200
        assert first.content == second.content
        assert first.content.startswith(start)
    assert b"CrossIndustryInvoice" in xrechnung_in_cii(invoice)
    assert not DocumentFile.objects.exists(), "looking keeps nothing"


def test_a_zugferd_file_follows_from_its_document_and_not_from_the_clock() -> None:
    invoice = make_invoice(client("none"))
    first = e_invoice_content(invoice, DocumentFile.Format.ZUGFERD)
    later = {"_get_pdf_timestamp": "D:20300101080000+00'00'", "_get_metadata_timestamp": "2030-01-01T08:00:00+00:00"}
    with mock.patch.multiple("facturx.facturx", **{name: mock.Mock(return_value=said) for name, said in later.items()}):
        assert e_invoice_content(invoice, DocumentFile.Format.ZUGFERD) == first
    assert b"2030" not in first
    assert first == bytes(e_invoice_file(invoice, DocumentFile.Format.ZUGFERD, at=AT).content)


def test_the_api_refuses_drafts_and_what_a_format_cannot_carry(cast: Cast) -> None:
    api, draft, bare = make_api(cast.finance), make_draft(client()), make_invoice(make_client())
    assert api.get(f"/api/v1/invoices/{draft.pk}/xrechnung/").json()["errors"][0]["code"] == "wrong_status"
    refused = api.get(f"/api/v1/invoices/{bare.pk}/xrechnung/")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "e_invoice_refused")


def test_invoice_e_invoice_gives_the_file_or_says_why_not(finance: Browser) -> None:
    invoice, bare = make_invoice(client()), make_invoice(make_client())
    for form in ("xrechnung", "xrechnung-cii", "zugferd"):
        assert finance.get(reverse("billing:invoice_e_invoice", args=[invoice.pk, form])).status_code == 200
    refused = finance.get(reverse("billing:invoice_e_invoice", args=[bare.pk, "xrechnung"]), follow=True)
    assert "the city of the client" in refused.content.decode()
    assert finance.get(reverse("billing:invoice_e_invoice", args=[bare.pk, "lotus"])).status_code == 404


def test_invoice_detail_shows_the_check(finance: Browser) -> None:
    invoice = make_invoice(client())
    deliver_document(invoice.pk, at=AT)
    page = finance.get(reverse("billing:invoice_detail", args=[invoice.pk])).content.decode()
    assert "by the schema and the rules of EN 16931" in page
