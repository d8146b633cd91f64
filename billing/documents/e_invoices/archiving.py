"""The structure that PDF/A-3b (ISO 19005-3) and ZUGFeRD ask of a finished file, read by another library than wrote it.

It is no certificate: veraPDF is, and has not run here. Each finding names the clause of the standard that it breaks.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

import pikepdf
from lxml import etree

from billing.documents.e_invoices.judging import Finding

XML_NAME = "factur-x.xml"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF"
PDFA = "{http://www.aiim.org/pdfa/ns/id/}"
FACTUR_X = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
EXTENSION = "{http://www.aiim.org/pdfa/ns/extension/}schemas"
RELATIONS = ("/Data", "/Source", "/Alternative")
FONT_FILES = ("/FontFile", "/FontFile2", "/FontFile3")
ACTIVE = ("/JavaScript", "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/SubmitForm")
PRINTED = 4


def archive_findings(content: bytes, *, xml: bytes | None = None) -> list[Finding]:
    """What the standard has against a PDF; with `xml` it has to carry exactly this invoice."""
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            return list(_findings(pdf, xml))
    except (pikepdf.PdfError, pikepdf.PasswordError) as error:
        return [_finding("6.1", f"the file cannot be read: {error}")]


def _findings(pdf: pikepdf.Pdf, xml: bytes | None) -> Iterator[Finding]:
    yield from _trailer(pdf)
    yield from _output_intent(pdf)
    yield from _fonts(pdf)
    yield from _actions(pdf)
    yield from _annotations(pdf)
    yield from _metadata(pdf, carries=xml is not None)
    if xml is not None:
        yield from _attachment(pdf, xml)


def _finding(clause: str, text: str) -> Finding:
    return Finding(f"PDF/A {clause}", text[:500])


def _trailer(pdf: pikepdf.Pdf) -> Iterator[Finding]:
    if pdf.is_encrypted:
        yield _finding("6.1.3", "the file is encrypted")
    if "/ID" not in pdf.trailer:
        yield _finding("6.1.3", "the trailer has no /ID")


def _output_intent(pdf: pikepdf.Pdf) -> Iterator[Finding]:
    intents: Any = pdf.Root.get("/OutputIntents", [])
    if not any(str(each.get("/S")) == "/GTS_PDFA1" and "/DestOutputProfile" in each for each in intents):
        yield _finding("6.2.3", "no output intent of PDF/A with its colour profile")


def _fonts(pdf: pikepdf.Pdf) -> Iterator[Finding]:
    """Every font of the file, also those of drawings inside of pages; Type 3 draws its own letters."""
    for each in _dictionaries(pdf):
        if str(each.get("/Type")) != "/Font" or str(each.get("/Subtype")) in ("/Type0", "/Type3"):
            continue
        descriptor: Any = each.get("/FontDescriptor", {})
        if not any(name in descriptor for name in FONT_FILES):
            yield _finding("6.2.11.4", f"the font {each.get('/BaseFont', '?')} is not embedded")


def _actions(pdf: pikepdf.Pdf) -> Iterator[Finding]:
    names: Any = pdf.Root.get("/Names", {})
    if "/JavaScript" in names or any(_is_active(each) for each in _dictionaries(pdf)):
        yield _finding("6.5.1", "the file has JavaScript or another action that a document must not have")
    if "/AA" in pdf.Root or any("/AA" in page.obj for page in pdf.pages):
        yield _finding("6.5.2", "the file acts when it is opened, printed or turned")


def _is_active(each: pikepdf.Dictionary) -> bool:
    return "/JS" in each or str(each.get("/S")) in ACTIVE


def _annotations(pdf: pikepdf.Pdf) -> Iterator[Finding]:
    for page in pdf.pages:
        annotations: Any = page.obj.get("/Annots", [])
        for each in annotations:
            if str(each.get("/Subtype")) != "/Popup" and not int(each.get("/F", 0)) & PRINTED:
                yield _finding("6.3.2", f"an annotation {each.get('/Subtype')} is not printed")


def _dictionaries(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Dictionary]:
    yield from (each for each in pdf.objects if isinstance(each, pikepdf.Dictionary))


def _metadata(pdf: pikepdf.Pdf, *, carries: bool) -> Iterator[Finding]:
    try:
        xmp = bytes(pdf.Root.Metadata.read_bytes())
        root = etree.fromstring(xmp, etree.XMLParser(resolve_entities=False, no_network=True))
    except (AttributeError, etree.XMLSyntaxError) as error:
        yield _finding("6.6.2", f"no metadata that can be read: {error}")
        return
    if (count := sum(1 for _ in root.iter(RDF))) != 1:
        yield _finding("6.6.2", f"{count} rdf:RDF in the metadata instead of one")
    said = _said(root, f"{PDFA}part"), _said(root, f"{PDFA}conformance")
    if said != ("3", "B"):
        yield _finding("6.6.4", f"the metadata say PDF/A {said[0]}{said[1]} instead of 3B")
    if carries:
        yield from _invoice_metadata(root)


def _invoice_metadata(root: "etree._Element") -> Iterator[Finding]:
    """What ZUGFeRD wants said: which file is the invoice, its profile, and the schema that explains these words."""
    wanted = {"DocumentFileName": XML_NAME, "DocumentType": "INVOICE", "ConformanceLevel": "EN 16931"}
    for name, value in wanted.items():
        if (said := _said(root, FACTUR_X + name)) != value:
            yield _finding("6.6.2.3", f"fx:{name} is “{said}” instead of “{value}”")
    if root.find(f".//{EXTENSION}") is None:
        yield _finding("6.6.2.3", "the metadata do not explain the words of Factur-X")


def _said(root: "etree._Element", name: str) -> str:
    """A property of XMP, which may stand as an element or as an attribute."""
    if text := (root.findtext(f".//{name}") or "").strip():
        return text
    return next((value for node in root.iter() if (value := node.get(name))), "")


def _attachment(pdf: pikepdf.Pdf, xml: bytes) -> Iterator[Finding]:
    if list(pdf.attachments) != [XML_NAME]:
        yield _finding("6.8", f"{list(pdf.attachments)} attached instead of {XML_NAME}")
        return
    spec: Any = pdf.attachments[XML_NAME].obj
    file = spec.EF.get("/F")
    if str(spec.get("/AFRelationship")) not in RELATIONS:
        yield _finding("6.8", f"AFRelationship of {XML_NAME} is {spec.get('/AFRelationship')}")
    associated: Any = pdf.Root.get("/AF", [])
    if not any(each.objgen == spec.objgen for each in associated):
        yield _finding("6.8", f"/AF of the document does not name {XML_NAME}")
    if not re.fullmatch(r"/(text|application)/xml", str(file.get("/Subtype", ""))):
        yield _finding("6.8", f"{XML_NAME} is not marked as XML")
    if "/ModDate" not in file.get("/Params", {}) or "/UF" not in spec:
        yield _finding("6.8", f"{XML_NAME} has no day of change or no name in Unicode")
    if file.read_bytes() != xml:
        yield _finding("6.8", f"{XML_NAME} is not the invoice that was checked")
