"""Files that come in: a long bank statement read and matched, and an import of time, each against the least of it."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from io import StringIO

from django.db import connection, transaction
from django.utils import timezone
from lxml import etree
from psycopg2.extras import execute_values

from billing.imports import TIME
from billing.models import BankEntry, BankStatement, Invoice, Payment, TimeEntry
from billing.rules.bank.camt import read_camt
from billing.services.bank_entries import match_new_entries
from billing.services.bank_statements import accept_statement, stage_file
from clients.imports.batches import import_rows
from clients.imports.batches import stage_file as stage_import
from clients.models import BankAccount, Client
from crm.access import Role
from crm.models import User
from tests.bench.apart import apart, keep
from tests.bench.measure import ROUNDS, Figures
from tests.bench.report import Report

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def arrivals(report: Report, *, rows: int) -> None:
    bank(report, rows)
    time_import(report, rows)


def bank(report: Report, count: int) -> None:
    """Reading and keeping against parsing alone; matching against bare rows of entries, payments and settlements."""
    read, parsed, matched, inserted = (Figures() for _each in range(4))
    for number in range(ROUNDS):
        content = statement(count, number)
        keep(read, spent := apart(keep_statement, content), count)
        keep(parsed, apart(parse_alone, content), count)
        keep(matched, apart(match_all, spent.result), count)
        keep(inserted, apart(insert_bare, count), count)
    report.add(f"Read CAMT of {count}", read, parsed, by="rate", target="", against="bare parse")
    report.add(f"Match {count} entries", matched, inserted, by="rate", target="", against="bare inserts")


def time_import(report: Report, count: int) -> None:
    """Checked, rated, covered and written."""
    ours, plain, copied = Figures(), Figures(), Figures()
    for number in range(ROUNDS):
        content = timesheet(count, number)
        keep(ours, apart(import_time, content), count)
        keep(plain, apart(create_in_bulk, count), count)
        keep(copied, apart(copy_bare, count), count)
    report.add(f"Import {count} entries", ours, plain, by="rate", target="12: >= 3 rate", against="bulk_create")
    report.add(f"Import {count} entries", ours, copied, by="wall", target="12: <= 1.5 wall", against="bare COPY")


def statement(count: int, number: int) -> bytes:
    """A CAMT file: half of it names open invoices and their amounts, the rest only payers."""
    account = BankAccount.objects.filter(seller__country="DE").order_by("pk")[0]
    owed = list(Invoice.objects.unpaid().filter(seller=account.seller).order_by("pk")[: count // 2])
    last = BankStatement.objects.filter(account=account, closing_amount__isnull=False).order_by("-to_on", "-pk").first()
    opening, day = last.closing_amount if last else Decimal(0), timezone.localdate()
    amounts = [invoice.balance_amount for invoice in owed] + [Decimal("10.00")] * (count - len(owed))
    texts = [invoice.number for invoice in owed] + [f"thanks {place}" for place in range(count - len(owed))]
    parts = list(_head(account.iban, opening or Decimal(0), sum(amounts, opening or Decimal(0)), day.isoformat()))
    for place, (amount, text) in enumerate(zip(amounts, texts, strict=True)):
        parts.append(_booking(f"{number}-{place}", amount, text, day.isoformat()))
    return f"{''.join(parts)}</Stmt></BkToCstmrStmt></Document>".encode()


def _head(iban: str, opening: Decimal, closing: Decimal, day: str) -> Iterator[str]:
    yield f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{NAMESPACE}"><BkToCstmrStmt><Stmt>'
    yield f"<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
    for code, amount in (("OPBD", opening), ("CLBD", closing)):
        sign = "CRDT" if amount >= 0 else "DBIT"
        yield f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{abs(amount):.2f}</Amt>"
        yield f"<CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"


def _booking(reference: str, amount: Decimal, text: str, day: str) -> str:
    return (
        f"<Ntry><Amt Ccy='EUR'>{amount:.2f}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{day}</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef><NtryDtls><TxDtls><RltdPties>"
        f"<Dbtr><Pty><Nm>Payer {reference}</Nm></Pty></Dbtr></RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf>"
        "</TxDtls></NtryDtls></Ntry>"
    )


def keep_statement(content: bytes) -> int:
    (row,), _new = stage_file(content, file_name="bench.xml", by=_person())
    return row.pk


def parse_alone(content: bytes) -> int:
    return len(read_camt(content)) + len(etree.fromstring(content))


def match_all(pk: int) -> int:
    row = BankStatement.objects.get(pk=pk)
    accept_statement(row, reason="bench", by=_person(), at=timezone.now())
    while match_new_entries(row, at=timezone.now()):
        pass
    if BankEntry.objects.filter(statement=row, state="new").exists():
        raise AssertionError("Entries were left.")
    return Payment.objects.filter(bank_entry__statement=row).count()


@transaction.atomic
def insert_bare(count: int) -> int:
    """An entry, a payment and a settlement each, without keys, indexes, triggers and rules."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE bench_bank (kind int, amount numeric, day date, text text) ON COMMIT DROP")
        rows = [(kind, 10, timezone.localdate(), "text") for kind in range(3) for _place in range(count)]
        execute_values(cursor, "INSERT INTO bench_bank VALUES %s", rows, page_size=1000)
    return count


def timesheet(count: int, number: int) -> bytes:
    """One line for each entry, over the clients of the firm, two years back where nothing is closed."""
    clients = list(Client.objects.filter(status="active").order_by("pk").values_list("name", flat=True)[:50])
    day = timezone.localdate() - timedelta(days=20)
    person = str(_person())
    lines = [
        f'{day};{person};"{clients[place % len(clients)].replace(chr(34), chr(34) * 2)}";entry {number} {place};0:15'
        for place in range(count)
    ]
    return "\n".join(["date;person;client;description;duration", *lines]).encode()


def import_time(content: bytes) -> int:
    by = _person()
    batch = stage_import(TIME, content=content, file_name="bench.csv", by=by)
    return import_rows(batch, only_good=False, by=by, at=timezone.now())


def create_in_bulk(count: int) -> int:
    with transaction.atomic():
        made = TimeEntry.objects.bulk_create(_entries(count), batch_size=1000)
        transaction.set_rollback(True)
    return len(made)


def copy_bare(count: int) -> int:
    """The same columns into a table without keys, indexes and triggers."""
    rows = "".join(f"{row.employee_id}\t{row.client_id}\t{row.worked_on}\t15\tx\n" for row in _entries(count))
    with transaction.atomic(), connection.cursor() as cursor:
        columns = "employee_id, client_id, worked_on, minutes, description"
        kept = f"SELECT {columns} FROM billing_timeentry LIMIT 0"
        cursor.execute(f"CREATE TEMP TABLE bench_copy ON COMMIT DROP AS {kept}")
        cursor.copy_expert(f"COPY bench_copy ({columns}) FROM STDIN", StringIO(rows))
    return count


def _entries(count: int) -> list[TimeEntry]:
    by, day = _person(), timezone.localdate() - timedelta(days=20)
    client = Client.objects.filter(status="active").order_by("pk")[0]
    return [
        TimeEntry(employee=by, client=client, seller=client.default_seller, worked_on=day, minutes=15, description="x")
        for _place in range(count)
    ]


def _person() -> User:
    return User.objects.filter(roles=[Role.PARTNER]).order_by("pk")[0]
