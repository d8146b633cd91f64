"""The finished file against PDF/A-3b and ZUGFeRD: a good one passes, and each fault is found by its clause."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from unittest import mock

import pikepdf
import pytest
from django.core.exceptions import ValidationError

from billing.documents.e_invoices.archiving import XML_NAME, archive_findings
from billing.documents.e_invoices.keeping import e_invoice_content, e_invoice_file
from billing.documents.invoices import render_invoice
from billing.models import DocumentFile
from tests.billing.test_e_invoices import client
from tests.make.invoices import make_invoice

pytestmark = pytest.mark.django_db
AT = datetime(2026, 4, 2, tzinfo=UTC)
ZUGFERD = DocumentFile.Format.ZUGFERD

type Change = Callable[[pikepdf.Pdf], None]


@pytest.fixture
def good() -> bytes:
    return e_invoice_content(make_invoice(client("zugferd")), ZUGFERD)


def xml_in(content: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return bytes(pdf.attachments[XML_NAME].get_file().read_bytes())


def spoilt(content: bytes, change: Change, **saved: object) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        change(pdf)
        pdf.save(out, fix_metadata_version=False, **saved)  # type: ignore[arg-type]
    return out.getvalue()


def clauses(content: bytes, xml: bytes) -> set[str]:
    return {each.rule.removeprefix("PDF/A ") for each in archive_findings(content, xml=xml)}


def metadata(old: bytes, new: bytes) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        xmp = bytes(pdf.Root.Metadata.read_bytes())
        assert old in xmp
        pdf.Root.Metadata.write(xmp.replace(old, new))

    return change


def in_spec(name: str, value: object) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.attachments[XML_NAME].obj[name] = value

    return change


def in_file(name: str, value: object) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.attachments[XML_NAME].obj.EF["/F"][name] = value

    return change


def without(name: str) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        del pdf.Root[name]

    return change


def bare_fonts(pdf: pikepdf.Pdf) -> None:
    for each in pdf.objects:
        if isinstance(each, pikepdf.Dictionary) and "/FontFile3" in each:
            del each["/FontFile3"]
        if isinstance(each, pikepdf.Dictionary) and "/FontFile2" in each:
            del each["/FontFile2"]


def script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pdf.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)"))


def named_script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Names.JavaScript = pikepdf.Dictionary(Names=pikepdf.Array())


def acts_on_opening(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.AA = pikepdf.Dictionary()


def unprinted(pdf: pikepdf.Pdf) -> None:
    note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 1, 1], F=0)
    pdf.pages[0].obj.Annots = pikepdf.Array([pdf.make_indirect(note)])


def profileless(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.OutputIntents[0]["/DestOutputProfile"]


def another_attachment(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["second.xml"] = b"<a/>"


def no_attachment(pdf: pikepdf.Pdf) -> None:
    del pdf.attachments[XML_NAME]


def other_invoice(pdf: pikepdf.Pdf) -> None:
    pdf.attachments[XML_NAME].obj.EF["/F"].write(b"<other/>")


def nameless(pdf: pikepdf.Pdf) -> None:
    del pdf.attachments[XML_NAME].obj["/UF"]


FAULTS: dict[str, tuple[Change, str]] = {
    "no output intent": (without("/OutputIntents"), "6.2.3"),
    "an intent without its profile": (profileless, "6.2.3"),
    "fonts that are not embedded": (bare_fonts, "6.2.11.4"),
    "a script on opening": (script, "6.5.1"),
    "a named script": (named_script, "6.5.1"),
    "an action of a page": (acts_on_opening, "6.5.2"),
    "a note that is not printed": (unprinted, "6.3.2"),
    "no metadata": (without("/Metadata"), "6.6.2"),
    "two descriptions": (metadata(b"</rdf:RDF>", b"</rdf:RDF><rdf:RDF/>"), "6.6.2"),
    "metadata that are no XML": (metadata(b"</rdf:RDF>", b""), "6.6.2"),
    "part 1": (metadata(b"<pdfaid:part>3<", b"<pdfaid:part>1<"), "6.6.4"),
    "conformance A": (metadata(b"<pdfaid:conformance>B<", b"<pdfaid:conformance>A<"), "6.6.4"),
    "another profile": (metadata(b">EN 16931<", b">MINIMUM<"), "6.6.2.3"),
    "another file name": (metadata(b">factur-x.xml<", b">xrechnung.xml<"), "6.6.2.3"),
    "unexplained words": (metadata(b"pdfaExtension:schemas", b"pdfaid:schemas"), "6.6.2.3"),
    "no associated file": (without("/AF"), "6.8"),
    "a relation that says nothing": (in_spec("/AFRelationship", pikepdf.Name.Unspecified), "6.8"),
    "an attachment that is no XML": (in_file("/Subtype", pikepdf.Name("/text/plain")), "6.8"),
    "an attachment without a day": (in_file("/Params", pikepdf.Dictionary()), "6.8"),
    "an attachment without a name": (nameless, "6.8"),
    "a second attachment": (another_attachment, "6.8"),
    "no attachment": (no_attachment, "6.8"),
    "another invoice inside": (other_invoice, "6.8"),
}


def test_a_finished_file_breaks_no_clause(good: bytes) -> None:
    assert archive_findings(good, xml=xml_in(good)) == []


def test_the_plain_document_breaks_none_either() -> None:
    content = render_invoice(make_invoice(client()))
    assert archive_findings(content) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_by_its_clause(good: bytes, fault: str) -> None:
    change, clause = FAULTS[fault]
    assert clause in clauses(spoilt(good, change), xml_in(good))


def test_an_encrypted_file_and_one_without_its_id_are_found(good: bytes) -> None:
    locked = spoilt(good, lambda _pdf: None, encryption=pikepdf.Encryption(owner="a", user=""))
    assert "6.1.3" in clauses(locked, xml_in(good))
    at = good.rindex(b"/ID")
    assert "6.1.3" in clauses(good[:at] + b"/XX" + good[at + 3 :], xml_in(good))


def test_what_is_no_pdf_is_found(good: bytes) -> None:
    assert clauses(b"%PDF-1.7 cut", b"") == {"6.1"}


def test_a_file_with_a_fault_is_not_kept() -> None:
    invoice = make_invoice(client("zugferd"))
    real = render_invoice(invoice)
    broken = spoilt(real, without("/OutputIntents"))
    with (
        mock.patch("billing.documents.e_invoices.keeping.render_invoice", return_value=broken),
        pytest.raises(ValidationError) as refused,
    ):
        e_invoice_file(invoice, ZUGFERD, at=AT)
    assert refused.value.code == "e_invoice_refused"
    assert "6.2.3" in refused.value.messages[0]
    assert not invoice.files.filter(format=ZUGFERD).exists()
