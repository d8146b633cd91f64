"""The statement of a package on paper: opening, every movement with date, person and text, closing; pending apart."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from fractions import Fraction

from babel.dates import format_date
from django.utils import translation
from django.utils.translation import gettext as _

from billing.documents.paper import foot_lines, party_lines
from billing.documents.typeset import set_pdf
from billing.models import HourPackage, LedgerRow
from billing.reports.packages import Statement, lead_of, words_of
from billing.rules.document_words import Words, words_in
from billing.services.frozen import freeze_buyer, freeze_seller
from crm.web.formats import write_hours, write_number


@dataclass(frozen=True, slots=True)
class StatementPaper:
    language: str
    words: Words
    title: str
    number: str
    day: str
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    totals: tuple[tuple[str, str], ...]
    total: tuple[str, str]
    texts: tuple[str, ...]
    foot: tuple[str, ...]


def statement_paper(package: HourPackage, found: Statement, *, on: date, working_copy: bool = False) -> StatementPaper:
    """What the client reads, in the client's language; hours and no prices. A working copy says that it is one."""
    with translation.override(package.client.language):
        return _write(package, found, on=on, working_copy=working_copy)


def render_statement(package: HourPackage, found: Statement, *, on: date, working_copy: bool = False) -> bytes:
    """The PDF; `on` is the day that it is of."""
    paper = statement_paper(package, found, on=on, working_copy=working_copy)
    return set_pdf(
        "statement", asdict(paper) | {"words": {str(name): text for name, text in paper.words.items()}}, on=on
    )


def statement_file(package: HourPackage, on: date) -> str:
    return f"statement-{package.pk}-{on.isoformat()}.pdf"


def _write(package: HourPackage, found: Statement, *, on: date, working_copy: bool) -> StatementPaper:
    language = package.client.language
    words = words_in(language)
    seller = freeze_seller(package.seller, currency=package.currency)
    return StatementPaper(
        language=language,
        words=words,
        title=_("Statement of hours"),
        number=package.name,
        day=format_date(on, "long", locale=language),
        seller=tuple(party_lines(seller, words)),
        buyer=tuple(party_lines(freeze_buyer(package.client), words)),
        facts=tuple(_facts(package, found)),
        heads=(words["day"], words["work"], words["person"], words["hours"], _("Balance")),
        rows=tuple(_row(row, language) for row in found.rows),
        totals=((_("Opening"), str(write_hours(found.opening))), *_sums(found)),
        total=(_("Closing"), str(write_hours(found.closing))),
        texts=tuple(_texts(found, working_copy=working_copy)),
        foot=tuple(foot_lines(seller, words)),
    )


def _facts(package: HourPackage, found: Statement) -> Iterator[tuple[str, str]]:
    language = package.client.language
    first, last = found.first or package.valid_from, found.last
    ends = [format_date(day, "medium", locale=language) for day in (first, last) if day]
    yield _("Period"), " – ".join(ends)
    if lead := lead_of(package):
        yield words_in(language)["lead"], str(lead)
    if package.expires_on:
        yield _("Expires"), format_date(package.expires_on, "long", locale=language)


def _row(row: LedgerRow, language: str) -> tuple[str, ...]:
    person = str(row.entry.employee) if row.entry else ""
    day = format_date(row.occurred_on, "short", locale=language)
    return day, _text(row), person, _signed(row.minutes), _hours(row.running_minutes)


def _text(row: LedgerRow) -> str:
    """The work itself for a draw; every other movement says what it is."""
    words = words_of(row)
    kind = row.get_kind_display()
    return words if row.kind == LedgerRow.Kind.DRAW or words == kind else f"{words} ({kind})"


def _signed(minutes: int) -> str:
    return f"{'+' if minutes > 0 else ''}{_hours(minutes)}"


def _hours(minutes: int) -> str:
    return write_number(Fraction(minutes, 60), 2)


def _sums(found: Statement) -> Iterator[tuple[str, str]]:
    came = sum(row.minutes for row in found.rows if row.minutes > 0)
    went = sum(row.minutes for row in found.rows if row.minutes < 0)
    yield _("Added"), str(write_hours(came))
    yield _("Used and ended"), str(write_hours(went))


def _texts(found: Statement, *, working_copy: bool) -> Iterator[str]:
    if working_copy:
        yield _("A working copy, not issued yet: hours may still change.")
    if found.pending:
        yield _("Logged and not approved yet, not counted above: %(hours)s") % {"hours": write_hours(found.pending)}
