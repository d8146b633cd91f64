"""The e-invoice of a document in the format that its client takes: judged before it may be issued, kept afterwards.

`none` never blocks. What was written once is kept with the report of the check (GoBD; BMF letter of 15 October 2025),
and every download gives the same bytes.
"""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.documents.e_invoices.archiving import archive_findings
from billing.documents.e_invoices.fields import Fields, e_invoice_fields, party_fields
from billing.documents.e_invoices.judging import Finding, judge, judge_xrechnung
from billing.documents.e_invoices.words import words_of
from billing.documents.e_invoices.writing import Syntax, embed, write_cii, write_xrechnung
from billing.documents.invoices import render_invoice
from billing.models import DocumentFile, DocumentReport, DraftCheck, Invoice
from billing.rules.br_de import XRECHNUNG, broken_rules
from billing.rules.document_words import words_in
from billing.services.frozen import canonical_draft, sha256_of
from billing.services.issuing import Problem
from clients.models import Client

Format = DocumentFile.Format
PARTY_RULES = frozenset(f"BR-DE-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 9, 15)) | {
    "PEPPOL-EN16931-R010",
    "PEPPOL-EN16931-R020",
}


def format_taken(invoice: Invoice) -> DocumentFile.Format | None:
    """What the client takes: an issued document remembers it, a draft asks the client; None for no e-invoice."""
    taken = invoice.buyer_frozen.get("e_invoice") if invoice.buyer_frozen else invoice.client.e_invoice
    return Format(taken) if taken and taken != Client.EInvoice.NONE else None


def missing_fields(invoice: Invoice) -> Iterator[Problem]:
    """What the parties of a draft lack for their format, without a look at its lines: for lists of drafts."""
    if format_taken(invoice) is Format.XRECHNUNG:
        broken = [Finding(rule.code, "") for rule in broken_rules(party_fields(invoice)) if rule.code in PARTY_RULES]
        yield from _problems(broken, Format.XRECHNUNG)


def check_draft(draft: Invoice, *, on: date) -> None:
    """ValidationError `e_invoice_refused` if a receiver would refuse the document in the format its client takes."""
    form = format_taken(draft)
    if form is None:
        return
    fields = e_invoice_fields(draft, on=on)
    _refuse_fatal(_judged(fields, form)[1], form)


class EInvoiceCheck:
    """What issuing asks: see billing.services.issuing.Check. A credit note is nobody's draft: it is judged at once."""

    def quick(self, draft: Invoice, /) -> Iterator[Problem]:
        return missing_fields(draft)

    def prepare(self, draft: Invoice, /, *, at: datetime) -> None:
        keep_check(draft, at=at)

    def whole(self, draft: Invoice, /, *, on: date) -> None:
        form = format_taken(draft)
        if form is None:
            return
        if draft.kind == Invoice.Kind.CREDIT_NOTE:
            check_draft(draft, on=on)
            return
        kept = check_of(draft)
        if kept is None:
            raise ValidationError(_("Its e-invoice is being checked; try again in a moment."), code="not_checked")
        for problem in problems_found(kept):
            raise ValidationError(problem.message, code=problem.code)


def check_of(draft: Invoice) -> DraftCheck | None:
    """The kept check of a draft, if the draft still says what was checked in the format that the client takes."""
    kept = DraftCheck.objects.filter(invoice=draft, format=format_taken(draft)).first()
    return kept if kept and kept.content_sha256 == sha256_of(canonical_draft(_stored(draft))) else None


def keep_check(draft: Invoice, *, at: datetime) -> DraftCheck | None:
    """Judges a draft with a placeholder for its number and keeps what was found; None where no e-invoice is taken.

    What was checked already is not checked again.
    """
    row = _stored(draft)
    form = format_taken(row)
    if form is None or row.status != Invoice.Status.DRAFT or not row.lines.exists():
        return None
    if kept := check_of(row):
        return kept
    sha256 = sha256_of(canonical_draft(row))
    findings = [each.as_row() for each in _judged(e_invoice_fields(row, on=timezone.localdate(at)), form)[1]]
    if sha256 != sha256_of(canonical_draft(_stored(draft))):
        return None  # it was changed while it was judged: that change has asked for a check of its own
    said = {"format": form, "content_sha256": sha256, "findings": findings, "checked_at": at}
    return DraftCheck.objects.update_or_create(invoice=row, defaults=said)[0]


def _stored(draft: Invoice) -> Invoice:
    """The row as it is stored: one in hand may be from before a change, or write its amounts with other zeros."""
    return Invoice.objects.select_related("client", "seller", "corrects").get(pk=draft.pk)


def problems_found(kept: DraftCheck) -> list[Problem]:
    """What stands against a checked draft, in words."""
    form = Format(kept.format)
    return list(_problems([Finding(**row) for row in kept.findings], form))


def keep_e_invoice(invoice: Invoice, *, at: datetime) -> None:
    """Writes and keeps the e-invoice of an issued document, if its client takes one."""
    form = format_taken(invoice)
    if form is not None:
        e_invoice_file(invoice, form, at=at)


def e_invoice_content(invoice: Invoice, form: DocumentFile.Format) -> bytes:
    """The kept e-invoice of an issued document, or one written now: the same bytes, and nothing is kept by looking.

    The refusals are those of `e_invoice_file`.
    """
    kept = invoice.files.filter(format=form).first()
    return bytes(kept.content) if kept else _written(invoice, form)[0]


@transaction.atomic
def e_invoice_file(invoice: Invoice, form: DocumentFile.Format, *, at: datetime) -> DocumentFile:
    """Keeps the e-invoice of an issued document with the report of its check, once.

    ValidationError `wrong_status` for a draft, `e_invoice_refused` for a document that the format cannot carry.
    """
    kept = invoice.files.filter(format=form).first()
    if kept is not None:
        return kept
    content, findings = _written(invoice, form)
    sha256 = hashlib.sha256(content).hexdigest()
    found, made = DocumentFile.objects.get_or_create(
        invoice=invoice, format=form, defaults={"content": content, "sha256": sha256, "made_at": at}
    )
    if made:
        rows = [each.as_row() for each in findings]
        DocumentReport.objects.create(invoice=invoice, format=form, sha256=sha256, findings=rows, checked_at=at)
    return found


def _written(invoice: Invoice, form: DocumentFile.Format) -> tuple[bytes, list[Finding]]:
    if invoice.issued_on is None:
        raise ValidationError(_("A draft has no e-invoice yet."), code="wrong_status")
    content, findings = _judged(e_invoice_fields(invoice, on=invoice.issued_on), form)
    _refuse_fatal(findings, form)
    if form is Format.ZUGFERD:
        xml, content = content, _in_pdf(invoice, content, on=invoice.issued_on)
        findings += archive_findings(content, xml=xml)
        _refuse_fatal(findings, form)
    return content, findings


def xrechnung_in_cii(invoice: Invoice) -> bytes:
    """An issued document as XRechnung in the other syntax: the same bytes each time, for they follow from its row."""
    if invoice.issued_on is None:
        raise ValidationError(_("A draft has no e-invoice yet."), code="wrong_status")
    fields = e_invoice_fields(invoice, on=invoice.issued_on)
    xml = write_xrechnung(fields, syntax=Syntax.CII)
    found = judge_xrechnung({**fields, "BT-24": XRECHNUNG}, xml, syntax=Syntax.CII)
    _refuse_fatal(found, Format.XRECHNUNG)
    return xml


def _judged(fields: Fields, form: DocumentFile.Format) -> tuple[bytes, list[Finding]]:
    """The XML of a format and what is found in it; a document without what the generator needs is refused as well."""
    try:
        if form is Format.ZUGFERD:
            xml = write_cii(fields)
            return xml, judge(xml, syntax=Syntax.CII)
        xml = write_xrechnung(fields)
        return xml, judge_xrechnung({**fields, "BT-24": XRECHNUNG}, xml, syntax=Syntax.UBL)
    except (ValueError, KeyError) as error:  # the generator asks for a key that the document does not have
        return b"", [Finding("EN 16931", str(error)[:300])]


def _refuse_fatal(findings: list[Finding], form: DocumentFile.Format) -> None:
    for problem in _problems(findings, form):
        raise ValidationError(problem.message, code=problem.code)


def _problems(findings: list[Finding], form: DocumentFile.Format) -> Iterator[Problem]:
    yield from (Problem("e_invoice_refused", words) for words in words_of(findings, form=form.label))


def _in_pdf(invoice: Invoice, xml: bytes, *, on: date) -> bytes:
    words = words_in(invoice.language)
    return embed(
        render_invoice(invoice),
        xml,
        on=on,
        title=f"{words[invoice.kind]} {invoice.number}",
        author=str(invoice.seller_frozen.get("name", "")),
        language=invoice.language,
    )
