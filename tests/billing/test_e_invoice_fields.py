"""Fields of e-invoices that the law or the standard wants: tax point, supply, terms, notes, categories, addresses."""

from decimal import Decimal

import pytest
from lxml import etree

from billing.documents.e_invoices.fields import e_invoice_fields
from billing.documents.e_invoices.judging import judge
from billing.documents.e_invoices.writing import Syntax, write_xrechnung
from tests.billing.test_e_invoices import (
    KINDS,
    ON,
    cancellation,
    client,
    issued,
    reverse_charge,
    seller,
    small_business,
    zero_rate,
)
from tests.make.invoices import make_draft, make_invoice
from tests.reference import read_reference

pytestmark = pytest.mark.django_db

# BT-8 as each syntax writes it (UNTDID 2005 and 2475), None where no VAT falls due.
POINTS = {
    "hours": ("35", "29"),
    "retainer": ("35", "29"),
    "advance": ("432", "72"),
    "final": ("35", "29"),
    "partial credit": ("3", "5"),
    "cancellation": ("3", "5"),
    "reverse charge": ("35", "29"),
    "third country": None,
    "small business": None,
    "taxed when paid": ("432", "72"),
}


@pytest.mark.parametrize("kind", POINTS)
def test_the_event_by_which_vat_falls_due_stands_in_both_syntaxes(kind: str) -> None:
    fields = e_invoice_fields(KINDS[kind](), on=ON)
    ubl, cii = (etree.fromstring(write_xrechnung(fields, syntax=syntax)) for syntax in Syntax)
    said = {node.text for node in ubl.iterfind(".//{*}InvoicePeriod/{*}DescriptionCode")}
    again = {node.text for node in cii.iterfind(".//{*}ApplicableTradeTax/{*}DueDateTypeCode")}
    assert (said, again) == tuple(({code} for code in POINTS[kind] or ()) if POINTS[kind] else (set(), set()))


@pytest.mark.parametrize("kind", KINDS)
def test_every_document_says_when_it_was_supplied(kind: str) -> None:
    fields = e_invoice_fields(KINDS[kind](), on=ON)
    assert fields["BT-72"] == fields.get("BT-74", fields["BT-72"])
    assert ("BT-73" in fields) == ("BT-74" in fields)


def test_terms_are_said_in_words_and_the_cash_discount_in_its_grammar_too() -> None:
    plain = e_invoice_fields(make_invoice(client(language="de")), on=ON)["BT-20"]
    assert plain == "Zahlbar bis 14. April 2026."
    rebate = client(language="de", cash_discount_percent=Decimal(2), cash_discount_days=10, name="Zwei")
    invoice = make_invoice(rebate)
    assert e_invoice_fields(invoice, on=ON)["BT-20"].split("\n") == [
        "Zahlbar bis 14. April 2026.",
        "Bei Zahlung bis 10. April 2026 2 % Skonto: 1\u202f470,00\u202f€.",
        "#SKONTO#TAGE=10#PROZENT=2.00#",
        "",
    ]
    for syntax, path in (
        (Syntax.UBL, ".//{*}PaymentTerms/{*}Note"),
        (Syntax.CII, ".//{*}SpecifiedTradePaymentTerms/{*}Description"),
    ):
        xml = etree.fromstring(write_xrechnung(e_invoice_fields(invoice, on=ON), syntax=syntax))
        assert (xml.findtext(path) or "").endswith("\n#SKONTO#TAGE=10#PROZENT=2.00#\n")
    assert "BT-20" not in e_invoice_fields(cancellation(), on=ON)


def test_notes_have_their_subject_in_both_syntaxes() -> None:
    company = seller(code="ist", is_taxed_when_paid=True)
    draft = make_draft(client(language="de", default_seller=company))
    draft.notes = "Danke"
    draft.save()
    invoice = issued(draft)
    fields = e_invoice_fields(invoice, on=ON)
    told = [("TXD", "Versteuerung nach vereinnahmten Entgelten."), ("AAI", "Danke")]
    ubl, cii = (etree.fromstring(write_xrechnung(fields, syntax=syntax)) for syntax in Syntax)
    assert [node.text for node in ubl.iterfind("{*}Note")] == [f"#{code}#{text}" for code, text in told]
    notes = list(cii.iterfind(".//{*}IncludedNote"))
    assert [(note.findtext("{*}SubjectCode"), note.findtext("{*}Content")) for note in notes] == told
    credit = e_invoice_fields(cancellation(), on=ON)["BG-1"]
    assert credit == [{"BT-21": "ACD", "BT-22": "wrong"}]


def test_zero_per_cent_is_not_without_vat() -> None:
    zero = e_invoice_fields(zero_rate(), on=ON)
    (group,) = [row for row in zero["BG-23"] if row["BT-118"] != "S"]
    assert (group["BT-118"], group["BT-119"], group.keys() & {"BT-120", "BT-121"}) == ("Z", "0.00", set())
    (without,) = e_invoice_fields(small_business(), on=ON)["BG-23"]
    assert (without["BT-118"], bool(without["BT-120"])) == ("E", True)


@pytest.mark.parametrize("missing", read_reference("finance.json")["tax_category"]["EU_B2B_service"]["needs"])
def test_reverse_charge_needs_both_vat_ids(missing: str) -> None:
    fields = e_invoice_fields(reverse_charge(), on=ON)
    group = {"BT-31": "BG-4", "BT-48": "BG-7"}[missing]
    del fields[group]["vat_identifier"]
    found = judge(write_xrechnung(fields), syntax=Syntax.UBL)
    assert "BR-AE-02" in {each.rule for each in found if each.is_fatal}


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("a@b.example", ("a@b.example", "EM")),
        ("04011000-12345-03", ("04011000-12345-03", "0204")),
        ("DE129273398", ("DE129273398", "9930")),
        ("0088:4012345000009", ("4012345000009", "0088")),
    ],
)
def test_an_electronic_address_has_its_scheme(address: str, said: tuple[str, str]) -> None:
    buyer = e_invoice_fields(make_invoice(client(e_address=address)), on=ON)["BG-7"]
    assert (buyer["einvoicing_addr"], buyer["einvoicing_addr_schemeid"]) == said
