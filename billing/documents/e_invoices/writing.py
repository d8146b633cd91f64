"""Writing e-invoices: XRechnung in both syntaxes, and ZUGFeRD, which is CII inside of the PDF/A-3b of the document.

factur-x 7.8 writes BT-24 of plain EN 16931 whatever it is told, changes the fields it gets, and marks an empty
delivery as nil, which its own schema refuses; all three are mended here.
"""

import re
from copy import deepcopy
from datetime import date
from enum import StrEnum

from facturx import generate_from_binary, generate_xml
from lxml import etree

from billing.documents.e_invoices.fields import Fields
from billing.rules.br_de import XRECHNUNG

EN_16931 = "urn:cen.eu:en16931:2017"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
# What factur-x writes of its clock, in the dictionaries and in XMP; each is replaced by as many bytes.
INFO_MOMENT = re.compile(rb"(?<=\(D\\072)[0-9]{14}(?=\\05300\\04700\\047\))")
XMP_MOMENT = re.compile(rb"(?<=Date>)[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(?=\+00:00</xmp:)")
XSI = "http://www.w3.org/2001/XMLSchema-instance"


class Syntax(StrEnum):
    UBL = "ubl"
    CII = "cii"


def write_xml(fields: Fields, *, syntax: Syntax, specification: str) -> bytes:
    """The document as XML. Raises ValueError for fields that the generator itself cannot do without."""
    flavor = "ubl-2.1" if syntax is Syntax.UBL else "factur-x"
    written = generate_xml(
        {**deepcopy(fields), "BT-24": EN_16931}, flavor=flavor, level="en16931", check_xsd=False, check_schematron=False
    )
    root = etree.fromstring(written, etree.XMLParser(resolve_entities=False, no_network=True))
    _set_specification(root, syntax, specification)
    for nil in root.iterfind(f".//*[@{{{XSI}}}nil]"):
        del nil.attrib[f"{{{XSI}}}nil"]
    made: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return made


def write_xrechnung(fields: Fields, *, syntax: Syntax = Syntax.UBL) -> bytes:
    return write_xml(fields, syntax=syntax, specification=XRECHNUNG)


def write_cii(fields: Fields) -> bytes:
    """What ZUGFeRD carries: the profile EN 16931."""
    return write_xml(fields, syntax=Syntax.CII, specification=EN_16931)


def embed(pdf: bytes, xml: bytes, *, on: date, title: str, author: str, language: str) -> bytes:
    """ZUGFeRD of the document's own PDF; PDF/A-3b by construction. The same bytes each time: `on` is its moment."""
    made: bytes = generate_from_binary(
        pdf,
        xml,
        flavor="factur-x",
        level="en16931",
        check_xsd=False,
        check_schematron=False,
        afrelationship="data",
        lang=language,
        pdf_metadata={"author": author, "title": title, "subject": title, "keywords": "ZUGFeRD, Factur-X"},
        xmp_compression=False,
    )
    dated = INFO_MOMENT.sub(f"{on:%Y%m%d}120000".encode(), made)
    return XMP_MOMENT.sub(f"{on.isoformat()}T12:00:00".encode(), dated)


def _set_specification(root: "etree._Element", syntax: Syntax, specification: str) -> None:
    path = (
        f"{{{CBC}}}CustomizationID"
        if syntax is Syntax.UBL
        else f".//{{{RAM}}}GuidelineSpecifiedDocumentContextParameter/{{{RAM}}}ID"
    )
    found = root.find(path)
    if found is None:
        raise ValueError("the generator wrote no BT-24")
    found.text = specification
