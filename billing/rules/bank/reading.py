"""Which format a file is in, told by its first bytes; CSV is read by the columns that somebody named."""

from billing.rules.bank.camt import read_camt
from billing.rules.bank.mt940 import is_mt940, read_mt940
from billing.rules.bank.onec import is_onec, read_onec
from billing.rules.bank.statement import MOST_BYTES, Fault, Statement, StatementError

XML_STARTS = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<", b"\xfe\xff")


def read_statements(content: bytes) -> list[Statement] | None:
    """The statements of a file; None for what can only be a table. StatementError says what is wrong, and where."""
    if len(content) > MOST_BYTES:
        raise StatementError(Fault.TOO_LARGE)
    if not content.strip():
        raise StatementError(Fault.EMPTY)
    if content.lstrip().startswith(XML_STARTS):
        return read_camt(content)
    if is_onec(content):
        return read_onec(content)
    return read_mt940(content) if is_mt940(content) else None
