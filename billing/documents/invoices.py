"""The PDF of an invoice: of an issued one from its frozen row, of a draft as a preview."""

from dataclasses import asdict

from billing.documents.paper import paper_of
from billing.documents.typeset import set_pdf
from billing.models import Invoice


def render_invoice(invoice: Invoice) -> bytes:
    """The bytes of the document as its row says it now; of an issued one they never differ."""
    return set_pdf("invoice", content_of(invoice), on=invoice.issued_on or invoice.drafted_on)


def file_name(invoice: Invoice) -> str:
    """A name that every file system takes."""
    stem = invoice.number or f"draft-{invoice.pk}"
    return f"{stem.replace('/', '-')}.pdf"


def content_of(invoice: Invoice) -> dict[str, object]:
    """What the template sets."""
    paper = paper_of(invoice)
    words = {str(name): words for name, words in paper.words.items()}
    return asdict(paper) | {
        "words": words,
        "payable": invoice.kind == Invoice.Kind.INVOICE and invoice.gross_amount > 0,
    }
