"""Judges a DATEV file by the published grammar, knowing nothing of how it was written; run on every export."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from billing.rules.datev_columns import BOOKING_COLUMNS, DEBTOR_COLUMNS

DAY = r"20\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"
NUMBER = r"[A-Za-z0-9$&%*+\-/]"
HEADER = (
    *(r'"EXTF"', r"700", r"21|16", r'"(Buchungsstapel|Debitoren/Kreditoren)"', r"13|5", r"20\d{15}", r""),
    *(
        r'"[A-Za-z0-9]{2}"',
        r'"[^"]{0,25}"',
        r'"[^"]{0,25}"',
        r"(100[1-9]|10[1-9]\d|1[1-9]\d\d|[2-9]\d{3}|[1-9]\d{4,6})",
    ),
    *(r"[1-9]\d{0,4}", DAY, r"[4-8]", rf"({DAY})?", rf"({DAY})?", r'"([^"]|""){0,30}"', r'"([A-Z]{2})?"', r"1?"),
    *(r"0?", r"0?", r'"(EUR)?"', r"", r'""', r"", r"", r'"0[34]"', r"", r"", r'""', r'""'),
)
BOOKING: Mapping[int, str] = {
    1: r"\d{1,10},\d{2}",
    2: r'"[SH]"',
    3: r'"EUR"',
    7: r"\d{1,9}",
    8: r"\d{1,9}",
    9: r'"(\d{1,4})?"',
    10: r"(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])",
    11: rf'"{NUMBER}{{0,36}}"',
    12: rf'"{NUMBER}{{0,12}}"',
    14: r'"([^"]|""){1,60}"',
    40: r'"([A-Z]{2}[0-9A-Z]{2,13})?"',
    114: r"0",
    115: r"(\d{8})?",
    116: r"(\d{8})?",
    117: r"(\d{8})?",
    118: r'"[G1]?"',
}
DEBTOR: Mapping[int, str] = {
    1: r"\d{5,9}",
    2: r'"([^"]|""){1,50}"',
    7: r'"[012]"',
    8: r'"([^"]|""){0,15}"',
    9: r'"([A-Z]{2})?"',
    10: r'"[0-9A-Z]{0,13}"',
    16: r'"([^"]|""){0,36}"',
    18: r'"[^"]{0,10}"',
    19: r'"([^"]|""){0,30}"',
    20: r'"([A-Z]{2})?"',
    110: r"\d{0,3}",
}
_FIELD = re.compile(r'(?:^|;)((?:"(?:[^"]|"")*")|[^;]*)')


def find_faults(content: bytes) -> list[str]:
    """What DATEV would refuse, each with its line; nothing when the file is in order."""
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        return ["the file is not Windows-1252"]
    if b"\n" in content.replace(b"\r\n", b"") or not text.endswith("\r\n"):
        return ["lines must end in CR LF"]
    lines = text.removesuffix("\r\n").split("\r\n")
    if len(lines) < 3:
        return ["the file has no rows"]
    return [*_head_faults(lines), *_row_faults(lines)]


def fields_of(line: str) -> list[str]:
    """The fields with their quotes, so that quoting itself can be judged."""
    return [found.group(1) for found in _FIELD.finditer(line)]


def _head_faults(lines: Sequence[str]) -> Iterator[str]:
    head = fields_of(lines[0])
    if len(head) != len(HEADER):
        yield f"line 1: {len(head)} fields instead of {len(HEADER)}"
        return
    for place, (value, grammar) in enumerate(zip(head, HEADER, strict=True), 1):
        if not re.fullmatch(grammar, value):
            yield f"line 1, field {place}: {value}"
    names = DEBTOR_COLUMNS if head[2] == "16" else BOOKING_COLUMNS
    if tuple(lines[1].split(";")) != names:
        yield "line 2: the names of the columns differ"


def _row_faults(lines: Sequence[str]) -> Iterator[str]:
    head = fields_of(lines[0])
    if len(head) != len(HEADER):
        return
    grammar, names = (DEBTOR, DEBTOR_COLUMNS) if head[2] == "16" else (BOOKING, BOOKING_COLUMNS)
    period, konto = _period(head), _konto_length(lines, head)
    if head[2] == "21" and period is None:
        yield "line 1: the period does not lie in one fiscal year"
    for number, line in enumerate(lines[2:], 3):
        fields = fields_of(line)
        if len(fields) != len(names):
            yield f"line {number}: {len(fields)} fields instead of {len(names)}"
            continue
        for place, rule in grammar.items():
            if not re.fullmatch(rule, fields[place - 1]):
                yield f"line {number}, {names[place - 1]}: {fields[place - 1]}"
        if head[2] == "21":
            yield from (f"line {number}: {fault}" for fault in _booking_faults(fields, konto, int(head[13]), period))


def _konto_length(lines: Sequence[str], head: Sequence[str]) -> int:
    """A debtor has one digit more than an account; a file of transfers goes from account to account in every row."""
    length = int(head[13]) if head[13].isdigit() else 0
    rows = [fields for line in lines[2:] if len(fields := fields_of(line)) > len(HEADER)]
    return length if all(len(fields[6]) == length for fields in rows) else length + 1


def _booking_faults(fields: Sequence[str], konto: int, length: int, period: tuple[date, date] | None) -> Iterator[str]:
    if len(fields[6]) != konto or len(fields[7]) > length:
        yield f"the accounts {fields[6]} and {fields[7]} do not fit the length {length}"
    if fields[0] == "0,00":
        yield "an amount of 0,00"
    if bool(fields[114]) != bool(fields[115]):
        yield "day of supply and tax period belong together"
    if period and not _lies_in(fields[9], period):
        yield f"the day {fields[9]} lies outside of the period"


def _period(head: Sequence[str]) -> tuple[date, date] | None:
    """The period of the header, if it lies in the fiscal year."""
    try:
        start, first, last = (date(int(t[:4]), int(t[4:6]), int(t[6:])) for t in (head[12], head[14], head[15]))
    except ValueError:
        return None
    end = date(start.year + 1, start.month, start.day)
    return (first, last) if start <= first <= last < end else None


def _lies_in(day: str, period: tuple[date, date]) -> bool:
    for year in {period[0].year, period[1].year}:
        try:
            if period[0] <= date(year, int(day[2:]), int(day[:2])) <= period[1]:
                return True
        except ValueError:
            continue
    return False
