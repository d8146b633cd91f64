"""Much at once: entries approved together against plain inserts, an invoice run by two processes, its PDFs apart."""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from decimal import Decimal
from functools import partial

import django
from django.db import connection, transaction
from django.db.models import Count, Max, Min
from django.utils import timezone
from psycopg2.extras import execute_values

from billing.documents.delivery import deliver_document
from billing.documents.invoices import content_of
from billing.documents.typeset import set_pdf
from billing.models import DocumentDelivery, DocumentFile, Invoice, InvoiceLine, LedgerRow, TimeEntry
from billing.services.approvals import approve_entries
from billing.services.drafts import DraftTerms, LineDraft, open_draft
from billing.services.invoice_runs import issue_queued, queue_drafts
from billing.services.taxes import Taxes, treatment_of
from clients.models import Client
from crm.access import Role
from crm.models import User
from tests.bench.entries import submitted, usable_packages
from tests.bench.measure import ROUNDS, Figures
from tests.bench.report import Report
from tests.bench.server import cpu_of, postmaster

PROCESSES = 2
PACKAGES = 20


def bulk(report: Report, *, rows: int, documents: int) -> None:
    partner = User.objects.filter(roles=[Role.PARTNER]).order_by("pk")[0]
    consultant = User.objects.filter(roles=[Role.CONSULTANT]).order_by("pk")[0]
    approve(report, partner, consultant, rows)
    issue(report, partner, documents)


def approve(report: Report, partner: User, consultant: User, rows: int) -> None:
    """All in one transaction: rounded, covered, drawn, priced and audited, against as many rows of a bare ledger."""
    ours, theirs = Figures(), Figures()
    packages = usable_packages(PACKAGES)
    for _round in range(ROUNDS):
        ids = [pk for package in packages for pk in submitted(package, consultant, rows // PACKAGES)]
        _measure(ours, len(ids), partial(approve_entries, ids, by=partner, at=timezone.now()))
        approved = TimeEntry.objects.filter(pk__in=ids, status="approved").count()
        drawn = LedgerRow.objects.filter(entry__in=ids, kind="draw").count()
        if (approved, drawn) != (len(ids), len(ids)):
            raise AssertionError(f"{approved} approved, {drawn} drawn of {len(ids)}")
        _measure(theirs, len(ids), partial(_insert_plain, ids))
    report.add(f"Approve {rows} at once", ours, theirs, by="rate", target="", against="plain bulk insert")


def issue(report: Report, partner: User, documents: int) -> None:
    """Drafts issued by two processes that drain one queue, then their files; each against the least it could be."""
    issued, copied, rendered, typeset = (Figures() for _each in range(4))
    context = multiprocessing.get_context("spawn")
    _make_copies()
    with ProcessPoolExecutor(PROCESSES, mp_context=context, initializer=django.setup) as pool:
        _all(pool, _warm, range(PROCESSES))
        for _round in range(ROUNDS):
            ids = _queued(documents, partner)
            _measure(issued, documents, partial(_all, pool, _drain, range(PROCESSES)))
            _check_issued(ids)
            _measure(copied, documents, partial(_all, pool, _copy, ids))
            _measure(rendered, documents, partial(_all, pool, _deliver, ids))
            _check_rendered(ids)
            _measure(typeset, documents, partial(_all, pool, _typeset, _papers(ids)))
    report.add("Issue invoices", issued, copied, by="rate", target="", against="number and copies")
    report.add("Files of invoices", rendered, typeset, by="rate", target="", against="bare typst")


def _all[T](pool: ProcessPoolExecutor, act: Callable[[T], object], over: Iterable[T]) -> None:
    """In pieces small enough for all processes to end together."""
    list(pool.map(act, over, chunksize=5))


def _measure(kept: Figures, count: int, act: Callable[[], object]) -> None:
    database = postmaster()
    before = cpu_of(os.getpid()), cpu_of(database) if database else 0.0
    start = time.perf_counter()
    act()
    elapsed = time.perf_counter() - start
    after = cpu_of(os.getpid()), cpu_of(database) if database else 0.0
    kept.wall.append(1000 * elapsed / count)
    kept.cpu.append(1000 * (after[0] - before[0]) / count)
    kept.postgres.append(1000 * (after[1] - before[1]) / count)
    kept.rate.append(count / elapsed)


@transaction.atomic
def _insert_plain(ids: Sequence[int]) -> None:
    """As many rows with what a draw says, without keys, indexes and triggers."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE bench_rows (entry_id bigint, account_id bigint, kind text, minutes int, covered int,"
            " balance int, occurred_on date) ON COMMIT DROP"
        )
        day = timezone.localdate()
        rows = [(pk, 1, "draw", -15, 15, 100, day) for pk in ids]
        execute_values(cursor, "INSERT INTO bench_rows VALUES %s", rows, page_size=1000)


def _queued(count: int, partner: User) -> list[int]:
    """Drafts of one line each, over the clients of the German company, with nobody to mail them to."""
    rows = Client.objects.filter(country="DE", status="active", e_invoice="none").select_related("default_seller")
    clients = list(rows.order_by("pk")[:50])
    day = timezone.localdate()
    drafts = [_draft(clients[number % len(clients)], partner, day) for number in range(count)]
    queue_drafts(drafts, on=day, by=partner)
    return [draft.pk for draft in drafts]


def _draft(client: Client, partner: User, day: date) -> Invoice:
    seller = client.default_seller
    assert seller is not None
    tax = Taxes.of(seller, treatment_of(seller, client)).tax(day)
    terms = DraftTerms(client=client, seller=seller, currency=seller.currency, price_includes_tax=True)
    line = LineDraft(kind=InvoiceLine.Kind.FIXED, description="Review", tax=tax, unit_price=Decimal("1500.00"))
    return open_draft(terms, lines=[line], by=partner, on=day)


def _check_issued(ids: Sequence[int]) -> None:
    found = Invoice.objects.filter(pk__in=ids, status="issued").aggregate(
        count=Count("pk"), first=Min("sequence"), last=Max("sequence")
    )
    if (found["count"], found["last"] - found["first"] + 1) != (len(ids), len(ids)):
        raise AssertionError(f"of {len(ids)} drafts: {found}")
    DocumentDelivery.objects.filter(invoice__in=ids).update(recipient="")


def _check_rendered(ids: Sequence[int]) -> None:
    if DocumentFile.objects.filter(invoice__in=ids, format="pdf").count() != len(ids):
        raise AssertionError("A document has no file.")


def _papers(ids: Sequence[int]) -> list[dict[str, object]]:
    return [content_of(row) for row in Invoice.objects.filter(pk__in=ids).select_related("client", "seller")]


def _make_copies() -> None:
    """Tables for the floor of issuing: a number under lock, a document and its lines, and nothing that guards them."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_number, bench_invoice, bench_line")
        cursor.execute("CREATE TABLE bench_number AS SELECT 0 AS last")
        cursor.execute("CREATE TABLE bench_invoice (LIKE billing_invoice)")
        cursor.execute("CREATE TABLE bench_line (LIKE billing_invoiceline)")


def _warm(_process: int) -> None:
    """Connects, so that no round counts it."""
    connection.ensure_connection()


def _drain(_process: int) -> int:
    return issue_queued(at=timezone.now(), tell=lambda _draft, _refused: None)


def _copy(invoice_id: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_invoice SELECT * FROM billing_invoice WHERE id = %s", [invoice_id])
        cursor.execute("INSERT INTO bench_line SELECT * FROM billing_invoiceline WHERE invoice_id = %s", [invoice_id])
        cursor.execute("UPDATE bench_number SET last = last + 1 RETURNING last")


def _deliver(invoice_id: int) -> bool:
    return deliver_document(invoice_id, at=timezone.now())


def _typeset(paper: dict[str, object]) -> int:
    return len(set_pdf("invoice", paper, on=timezone.localdate()))
