"""Files that leave: CSV and XLSX of many rows, PDFs with and without their XML, e-invoices with their judging."""

import csv
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile

import xlsxwriter
from django.db.models import QuerySet
from django.utils import timezone

from billing.documents.e_invoices.fields import e_invoice_fields
from billing.documents.e_invoices.judging import judge_xrechnung
from billing.documents.e_invoices.writing import Syntax, embed, write_cii, write_xrechnung
from billing.documents.invoices import render_invoice
from billing.models import Invoice, TimeEntry
from billing.rules.br_de import XRECHNUNG
from crm.exports import Column, Dialect, Kind, Table
from crm.exports.delimited import write_csv
from crm.exports.sheets import write_xlsx
from tests.bench.apart import rounds
from tests.bench.report import Report

TABLE = Table(
    "bench",
    "Time",
    [
        Column("id", "Id", Kind.INTEGER),
        Column("worked_on", "Day", Kind.DATE),
        Column("employee", "Person", source="employee__username"),
        Column("client", "Client", source="client__name"),
        Column("description", "Text"),
        Column("minutes", "Minutes", Kind.INTEGER),
        Column("rate_amount", "Rate", Kind.DECIMAL),
        Column("status", "State"),
    ],
)
SOURCES = ("id", "worked_on", "employee__username", "client__name", "description", "minutes", "rate_amount", "status")


def exports(report: Report, *, documents: int) -> None:
    count = min(100_000, TimeEntry.objects.count())
    csvs = rounds(count, own_csv, plain_csv, count)
    report.add(f"CSV of {count} rows", *csvs, by="cpu", target="10: <= 0.5 cpu, <= 30 MB", against="csv.writer")
    sheets = rounds(count, own_xlsx, plain_xlsx, count)
    report.add(f"XLSX of {count} rows", *sheets, by="cpu", target="10: <= 0.2 cpu, <= 90 MB", against="xlsxwriter")
    ids = _german(documents)
    pdfs = rounds(len(ids), zugferd, pdf, ids)
    report.add("PDF with its XML", *pdfs, by="wall", target="11: <= 2 wall", against="PDF alone")
    judged = rounds(len(ids), whole_e_invoice, judging_alone, ids)
    report.add("E-invoice written and judged", *judged, by="rate", target="", against="judged alone")


def own_csv(count: int) -> int:
    return _lines(write_csv(_entries(count), TABLE, Dialect()).read().count(b"\n"), count)


def plain_csv(count: int) -> int:
    with NamedTemporaryFile("w", suffix=".csv", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(SOURCES)
        writer.writerows(_entries(count).values_list(*SOURCES).iterator(chunk_size=2000))
        file.flush()
        return _lines(Path(file.name).read_bytes().count(b"\n"), count)


def own_xlsx(count: int) -> int:
    return len(write_xlsx(_entries(count), TABLE, Dialect()).read())


def plain_xlsx(count: int) -> int:
    with NamedTemporaryFile(suffix=".xlsx") as file:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        book = xlsxwriter.Workbook(file.name, options)
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, SOURCES)
        for place, row in enumerate(_entries(count).values_list(*SOURCES).iterator(chunk_size=2000), 1):
            for column, value in enumerate(row):
                sheet.write(place, column, value, day if column == 1 else None)
        book.close()
        return os.path.getsize(file.name)  # noqa: PTH202 (as the library left it)


def pdf(ids: Sequence[int]) -> int:
    return sum(len(render_invoice(invoice)) for invoice in _documents(ids))


def zugferd(ids: Sequence[int]) -> int:
    today = timezone.localdate()
    size = 0
    for invoice in _documents(ids):
        xml = write_cii(e_invoice_fields(invoice, on=today))
        size += len(embed(render_invoice(invoice), xml, on=today, title=str(invoice), author="Anchor", language="de"))
    return size


def whole_e_invoice(ids: Sequence[int]) -> int:
    """From the row to the findings of all rules."""
    today = timezone.localdate()
    found = 0
    for invoice in _documents(ids):
        fields = e_invoice_fields(invoice, on=today)
        xml = write_xrechnung(fields)
        found += len(judge_xrechnung({**fields, "BT-24": XRECHNUNG}, xml, syntax=Syntax.UBL))
    return found


def judging_alone(ids: Sequence[int]) -> int:
    """The same rules over one document as often."""
    fields, xml = _written(ids[0])
    return sum(len(judge_xrechnung({**fields, "BT-24": XRECHNUNG}, xml, syntax=Syntax.UBL)) for _pk in ids)


@cache
def _written(pk: int) -> tuple[dict[str, object], bytes]:
    fields = e_invoice_fields(_documents([pk])[0], on=timezone.localdate())
    return dict(fields), write_xrechnung(fields)


def _entries(count: int) -> QuerySet[TimeEntry]:
    return TimeEntry.objects.order_by("pk")[:count]


def _german(count: int) -> list[int]:
    rows = Invoice.objects.issued().invoices().filter(seller__country="DE", client__e_invoice="xrechnung")
    return list(rows.order_by("-pk").values_list("pk", flat=True)[:count])


def _documents(ids: Sequence[int]) -> list[Invoice]:
    return list(Invoice.objects.filter(pk__in=ids).select_related("client", "seller", "corrects").order_by("pk"))


def _lines(found: int, count: int) -> int:
    if found < count + 1:
        raise AssertionError(f"{found} lines of {count} rows")
    return found
