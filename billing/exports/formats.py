"""The formats that documents leave in; each module of a format registers its own, so none knows the others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from billing.models import ExportBatch, Invoice
from billing.models.invoices import InvoiceQuery
from clients.models import Seller

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

type Write = Callable[[ExportBatch, InvoiceQuery], bytes]


def nothing_missing(_seller: Seller) -> Sequence[str]:
    return ()


def nothing_changed(_batch: ExportBatch) -> InvoiceQuery:
    return Invoice.objects.none()


def everywhere(_seller: Seller) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Format:
    """`write` gets the batch and its documents in their order and gives the file, or raises ValidationError.

    `country` limits it to own companies there, and one of them must be named. `missing` says in words what such a
    company must set first; `setting` is the page where it does, by the company's id; `prefix` begins the file's name.
    `with_advances` says that advance VAT invoices leave in it too, beside documents of any kind.
    `with_hours` says that hours drawn from packages leave in it. `applies` says whether a company of the country takes
    it at all.
    `rows` are the documents that may leave, see `InvoiceQuery.leaving`; `changed` those that left otherwise than they
    are now, of what has changed since a batch.
    """

    code: str
    label: "str | _StrPromise"
    text: "str | _StrPromise"
    ending: str
    content_type: str
    write: Write
    country: str = ""
    prefix: str = "documents"
    by_language: bool = False
    with_advances: bool = False
    with_hours: bool = False
    applies: Callable[[Seller], bool] = everywhere
    setting: str = ""
    missing: Callable[[Seller], Sequence[str]] = nothing_missing
    rows: Callable[[], InvoiceQuery] = Invoice.objects.leaving
    changed: Callable[[ExportBatch], InvoiceQuery] = nothing_changed

    def fits(self, seller: Seller) -> bool:
        return not self.country or (seller.country == self.country and self.applies(seller))


_formats: dict[str, Format] = {}


def register_format(*formats: Format) -> None:
    """From the module of a format, in the order in which they are shown."""
    _formats.update({each.code: each for each in formats})


def formats() -> Mapping[str, Format]:
    return _formats


def format_named(code: str) -> Format:
    """ValidationError `invalid_choice` at `format` for one that nobody registered."""
    if code not in _formats:
        words = _("“%(code)s” is no format; known are %(known)s.") % {"code": code, "known": ", ".join(_formats)}
        raise ValidationError({"format": ValidationError(words, code="invalid_choice")})
    return _formats[code]
