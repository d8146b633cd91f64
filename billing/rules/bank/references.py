"""How a payment names what it pays: ISO 11649 references, our numbers in free text, "счёт № 118 от 01.11.2026"."""

import re
from collections.abc import Iterator
from datetime import date

from stdnum import iso11649
from stdnum.exceptions import ValidationError as Wrong
from stdnum.iso7064 import mod_97_10

from crm.periods import read_day

LONGEST_RUN = 6
LONGEST_RF_BODY = 21
SHORTEST_NUMBER = 5
RF = re.compile(r"RF[ ]?\d{2}(?:[ ]?[A-Z0-9]){1,24}")
TOKEN = re.compile(r"[^\W_]+")
RUSSIAN = re.compile(
    r"сч[её]т\w{0,4}[^\d№]{0,30}№?\s{0,3}(\d{1,12})\s{0,3}от\s{0,3}(\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2}))", re.IGNORECASE
)


def plain_number(number: str) -> str:
    """A document's number in capitals, without blanks, hyphens and slashes."""
    return "".join(TOKEN.findall(number.upper()))


def is_short(number: str) -> bool:
    """Whether a plain number says too little to stand alone in a text."""
    return number.isdigit() and len(number) < SHORTEST_NUMBER


def is_rf(text: str) -> bool:
    try:
        iso11649.validate(text)
    except Wrong:
        return False
    return True


def rf_reference(number: str) -> str:
    """The ISO 11649 creditor reference of a document: `RE-2026-0001` is `RF40RE20260001`.

    Empty for a number that no reference can carry: of other letters than A to Z, or of more than 21 characters.
    """
    body = plain_number(number)
    if not body.isascii() or not 0 < len(body) <= LONGEST_RF_BODY:
        return ""
    return f"RF{mod_97_10.calc_check_digits(body + 'RF')}{body}"


def rf_bodies(text: str) -> Iterator[str]:
    """What valid references in a text name. Spaces may stand inside, so every end is tried, the longest first."""
    for found in RF.finditer(text.upper()):
        compact = found[0].replace(" ", "")
        ends = range(len(compact), 4, -1)
        yield from (compact[4:end] for end in ends if is_rf(compact[:end]))


def named_numbers(text: str) -> set[str]:
    """Every plain number that a text may mean: runs of whole words, not joined by a hyphen or slash to more of them."""
    upper = text.upper()
    words = list(TOKEN.finditer(upper))
    found = set()
    for start in range(len(words)):
        for end in range(start, min(start + LONGEST_RUN, len(words))):
            if not _spans(upper, words, start, end):
                break
            if _stands_alone(upper, words[start].start(), words[end].end()):
                found.add("".join(word[0] for word in words[start : end + 1]))
    return found


def _spans(text: str, words: list[re.Match[str]], start: int, end: int) -> bool:
    return end == start or not text[words[end - 1].end() : words[end].start()].strip(" -/\u2013")


def _stands_alone(text: str, start: int, end: int) -> bool:
    before, after = text[max(start - 1, 0) : start], text[end : end + 1]
    joined = after in ("-", "/") and bool(text[end + 1 : end + 2].strip())
    return before not in ("-", "/") and not joined


def russian_numbers(text: str) -> Iterator[tuple[str, date]]:
    """Number and day of "Оплата по счету № 118 от 01.11.2026"."""
    for number, day in RUSSIAN.findall(text):
        if found := read_day(day, "%d.%m.%Y", "%d.%m.%y"):
            yield number, found
