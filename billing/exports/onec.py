"""The register for 1C (loading from a spreadsheet): one row for each document and VAT rate, for Russian companies.

"Without VAT" is not 0 %: the two are different documents. No 1C has read the file here; acceptance is by format only.
"""

from django.db.models import Case, CharField, F, Func, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, Concat, NullIf
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from billing.exports.formats import Format, register_format
from billing.exports.registers import taken
from billing.models import ExportBatch, Invoice, InvoiceVat
from billing.models.invoices import InvoiceQuery
from crm.exports import Column, Kind, Table, dialect_for
from crm.exports.responses import TYPES
from crm.exports.sheets import write_xlsx

SIGN = Case(When(invoice__kind=Invoice.Kind.CREDIT_NOTE, then=Value(-1)), default=Value(1))
NO_VAT = "Без НДС"
PERCENT = Func(F("rate"), template="trim_scale(%(expressions)s)::text", output_field=CharField())
RATE = Case(
    When(category__in=["S", "Z"], then=Concat(PERCENT, Value("%"))),
    default=Value(NO_VAT),
    output_field=CharField(),
)

CONTRACT = Coalesce(NullIf("invoice__contract_reference", Value("")), "invoice__engagement__name")

ONEC = Table(
    "onec",
    "Реестр",
    [
        Column("number", "Номер", source="invoice__number"),
        Column("issued_on", "Дата", Kind.DATE, source="invoice__issued_on"),
        Column("inn", "ИНН", source=KeyTextTransform("tax_number", "invoice__buyer_frozen")),
        Column("kpp", "КПП", source=KeyTextTransform("registration_reason", "invoice__buyer_frozen")),
        Column("client", "Контрагент", source=KeyTextTransform("name", "invoice__buyer_frozen")),
        Column("gross_amount", "Сумма", Kind.DECIMAL, source=(F("net_amount") + F("vat_amount")) * SIGN),
        Column("vat_rate", "Ставка НДС", source=RATE),
        Column("vat_amount", "Сумма НДС", Kind.DECIMAL, source=F("vat_amount") * SIGN),
        Column("contract", "Договор", source=CONTRACT),
        Column("currency", "Валюта", source="invoice__currency"),
    ],
)


def write_onec(_batch: ExportBatch, documents: InvoiceQuery) -> bytes:
    """Headers in Russian whoever asks: 1C is told once which column is which."""
    rows = InvoiceVat.objects.filter(invoice__in=documents.order_by().values("pk"))
    ordered = rows.order_by("invoice__issued_on", "invoice__series", "invoice__sequence", "-rate")
    with translation.override("ru"):
        return taken(write_xlsx(ordered, ONEC, dialect_for("ru")))


register_format(
    Format(
        "onec",
        _("Register for 1C (XLSX)"),
        _("One row for each document and VAT rate with INN and KPP, to load from a spreadsheet; not tried in 1C."),
        "xlsx",
        TYPES["xlsx"],
        write_onec,
        country="RU",
        prefix="1C",
    )
)
