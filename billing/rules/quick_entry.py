"""One line of text as a time entry: `1:30 Alfa upgrade call`, `45m @Beta #audit review yesterday !goodwill`.

Nothing is guessed: what is unknown or ambiguous comes back as a problem with what was typed, and the page
colours the tokens by their positions.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from itertools import dropwhile, takewhile

from billing.rules.durations import DurationProblem, find_duration
from billing.rules.name_match import Found, Named, find_by_beginning, fold


class TokenKind(StrEnum):
    DURATION = "duration"
    CLIENT = "client"
    SERVICE_LINE = "service_line"
    DAY = "day"
    BILLING_TYPE = "billing_type"


class EntryProblem(StrEnum):
    CLIENT_MISSING = "client_missing"
    CLIENT_UNKNOWN = "client_unknown"
    CLIENT_AMBIGUOUS = "client_ambiguous"
    SERVICE_LINE_UNKNOWN = "service_line_unknown"
    SERVICE_LINE_AMBIGUOUS = "service_line_ambiguous"
    BILLING_TYPE_UNKNOWN = "billing_type_unknown"
    DAY_UNCLEAR = "day_unclear"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the line between two positions, and what it was understood as."""

    kind: TokenKind
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What stands in the way, and what was typed; candidates are ids of those that may be meant."""

    code: str
    typed: str = ""
    candidates: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class QuickEntry:
    """What the line says. Without problems it is complete; an empty billing type leaves the default."""

    worked_on: date
    minutes: int | None
    client_id: int | None
    description: str
    starts: time | None = None
    ends: time | None = None
    service_line_id: int | None = None
    billing_type: str = ""
    tokens: tuple[Token, ...] = ()
    problems: tuple[Problem, ...] = ()


DAY_WORDS = {
    **dict.fromkeys(("today", "heute", "сегодня"), 0),
    **dict.fromkeys(("yesterday", "gestern", "вчера"), 1),
    **dict.fromkeys(("vorgestern", "позавчера"), 2),
}
BILLING_TYPES = {
    **dict.fromkeys(("goodwill", "kulanz", "уступка"), "goodwill"),
    **dict.fromkeys(("warranty", "garantie", "gewährleistung", "гарантия"), "warranty"),
    **dict.fromkeys(("non_billable", "nonbillable", "intern", "неоплачиваемое"), "non_billable"),
    **dict.fromkeys(("dispute", "streit", "спор"), "dispute"),
    **dict.fromkeys(("billable", "abrechenbar", "оплачиваемое"), "billable"),
}
_WORD = re.compile(r"\S+")
_QUOTED = re.compile(r"""(?<!\S)@(?:"([^"]+)"|«([^»]+)»|„([^“”]+)[“”])""")
_MARKED = re.compile(r"(?<!\S)([#!])(\S+)")
_AT = re.compile(r"(?<!\S)@(?=\S)")
_DATE = re.compile(r"(?<!\S)(?:(\d{4})-(\d\d)-(\d\d)|(\d{1,2})\.(\d{1,2})\.(\d{4}|\d\d)?)(?=[\s,;]|$)")


def read_entry(line: str, *, today: date, clients: Sequence[Named], service_lines: Sequence[Named] = ()) -> QuickEntry:
    """Understand a line typed on the day `today`."""
    return _Reader(line, today, clients, service_lines).read()


class _Reader:
    """Takes one thing after the other out of the line; what is left is client and description.

    What was taken becomes blanks, so that positions stay those of the line.
    """

    def __init__(self, line: str, today: date, clients: Sequence[Named], service_lines: Sequence[Named]) -> None:
        self.line = self.rest = line
        self.today = today
        self.clients, self.service_lines = clients, service_lines
        self.tokens: list[Token] = []
        self.problems: list[Problem] = []

    def read(self) -> QuickEntry:
        client_id, is_named = self._named_client()
        service_line_id, billing_type = self._marks()
        worked_on = self._day()
        minutes, starts, ends = self._duration()
        if not is_named:
            client_id = self._leading_client()
        return QuickEntry(
            worked_on=worked_on,
            minutes=minutes,
            client_id=client_id,
            description=" ".join(self.rest.split()).strip(" ,;:-–—"),
            starts=starts,
            ends=ends,
            service_line_id=service_line_id,
            billing_type=billing_type,
            tokens=tuple(sorted(self.tokens, key=lambda token: token.start)),
            problems=tuple(self.problems),
        )

    def _named_client(self) -> tuple[int | None, bool]:
        """The client after an @, in quotes or as far as a client's name goes."""
        quoted = _QUOTED.search(self.rest)
        if quoted:
            typed = next(group for group in quoted.groups() if group)
            found = find_by_beginning(typed.split(), self.clients, least_letters=1)
            whole = found if found.words == len(typed.split()) else Found()
            return self._client(whole, typed, quoted.start(), quoted.end()), True
        at = _AT.search(self.rest)
        if not at:
            return None, False
        words = list(takewhile(_is_plain, self._words(at.end())))
        found = find_by_beginning([word.group() for word in words], self.clients, least_letters=1)
        last = words[max(found.words, 1) - 1]
        return self._client(found, self.rest[at.end() : last.end()], at.start(), last.end()), True

    def _leading_client(self) -> int | None:
        """The client whose name the rest of the line begins with."""
        words = list(dropwhile(_is_sign, self._words(0)))
        if not words:
            self.problems.append(Problem(EntryProblem.CLIENT_MISSING))
            return None
        found = find_by_beginning([word.group() for word in words], self.clients)
        if not found.ids:
            self.problems.append(Problem(EntryProblem.CLIENT_UNKNOWN, words[0].group()))
            return None
        last = words[found.words - 1]
        typed = " ".join(word.group() for word in words[: found.words])
        return self._client(found, typed, words[0].start(), last.end())

    def _client(self, found: Found, typed: str, start: int, end: int) -> int | None:
        self._take(TokenKind.CLIENT, start, end)
        if len(found.ids) > 1:
            self.problems.append(Problem(EntryProblem.CLIENT_AMBIGUOUS, typed, found.ids))
        elif not found.ids:
            self.problems.append(Problem(EntryProblem.CLIENT_UNKNOWN, typed))
        return found.only_id

    def _marks(self) -> tuple[int | None, str]:
        """#service line and !billing type, wherever they stand."""
        service_line_id, billing_type = None, ""
        for match in list(_MARKED.finditer(self.rest)):
            sign, typed = match.groups()
            if sign == "#":
                self._take(TokenKind.SERVICE_LINE, match.start(), match.end())
                service_line_id = self._service_line(typed)
            else:
                self._take(TokenKind.BILLING_TYPE, match.start(), match.end())
                billing_type = self._billing_type(typed)
        return service_line_id, billing_type

    def _service_line(self, typed: str) -> int | None:
        found = find_by_beginning([typed], self.service_lines, least_letters=1)
        if len(found.ids) > 1:
            self.problems.append(Problem(EntryProblem.SERVICE_LINE_AMBIGUOUS, typed, found.ids))
        elif not found.ids:
            self.problems.append(Problem(EntryProblem.SERVICE_LINE_UNKNOWN, typed))
        return found.only_id

    def _billing_type(self, typed: str) -> str:
        known = BILLING_TYPES.get(typed.casefold(), "")
        if not known:
            self.problems.append(Problem(EntryProblem.BILLING_TYPE_UNKNOWN, typed))
        return known

    def _day(self) -> date:
        """A date, or a word such as `yesterday`; today where nothing is said."""
        written = _DATE.search(self.rest)
        if written:
            self._take(TokenKind.DAY, written.start(), written.end())
            day = _written_day(written, self.today)
            if day is None:
                self.problems.append(Problem(EntryProblem.DAY_UNCLEAR, written.group()))
            return day or self.today
        for word in self._words(0):
            offset = DAY_WORDS.get(word.group().strip(",.;").casefold())
            if offset is not None:
                self._take(TokenKind.DAY, word.start(), word.end())
                return self.today - timedelta(days=offset)
        return self.today

    def _duration(self) -> tuple[int | None, time | None, time | None]:
        found = find_duration(self.rest)
        if found is None:
            self.problems.append(Problem(DurationProblem.MISSING))
            return None, None, None
        typed = self.line[found.start : found.end]
        self._take(TokenKind.DURATION, found.start, found.end)
        if found.problem:
            self.problems.append(Problem(found.problem, typed))
            return None, None, None
        return found.minutes, found.starts, found.ends

    def _words(self, start: int) -> Iterator[re.Match[str]]:
        return _WORD.finditer(self.rest, start)

    def _take(self, kind: TokenKind, start: int, end: int) -> None:
        self.tokens.append(Token(kind, start, end, self.line[start:end]))
        self.rest = self.rest[:start] + " " * (end - start) + self.rest[end:]


def _is_plain(word: re.Match[str]) -> bool:
    return word.group()[0] not in "#!@"


def _is_sign(word: re.Match[str]) -> bool:
    return not fold(word.group())


def _written_day(match: re.Match[str], today: date) -> date | None:
    """The date, or None if there is no such day. Without a year it is the last one that is not to come."""
    iso_year, iso_month, iso_day, day, month, year = match.groups()
    try:
        if iso_year:
            return date(int(iso_year), int(iso_month), int(iso_day))
        if year:
            return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
        this_year = date(today.year, int(month), int(day))
        return this_year if this_year <= today else date(today.year - 1, int(month), int(day))
    except ValueError:
        return None
