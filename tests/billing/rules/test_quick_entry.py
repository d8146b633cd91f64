"""billing.rules.quick_entry: lines as people type them, with their tokens and their problems."""

from datetime import date, time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.name_match import Named
from billing.rules.quick_entry import Problem, QuickEntry, TokenKind, read_entry

TODAY = date(2026, 3, 10)
ALFA, BETA, BETA_BANK, KITS = 1, 2, 3, 4
CLIENTS = (
    Named(ALFA, ("Alfa",)),
    Named(BETA, ("Beta",)),
    Named(BETA_BANK, ("Beta Bank",)),
    Named(KITS, ("ООО «Три кита»",)),
)
SERVICES = (Named(10, ("audit", "Audit", "Аудит")), Named(11, ("law", "Recht")), Named(12, ("audio",)))


def read(line: str) -> QuickEntry:
    return read_entry(line, today=TODAY, clients=CLIENTS, service_lines=SERVICES)


def codes(line: str) -> list[str]:
    return [problem.code for problem in read(line).problems]


class TestLines:
    def test_duration_client_and_text(self) -> None:
        entry = read("1:30 Alfa upgrade call")
        assert (entry.minutes, entry.client_id, entry.description) == (90, ALFA, "upgrade call")
        assert entry.worked_on == TODAY
        assert entry.problems == ()

    def test_marked_client_and_service_line(self) -> None:
        entry = read("45m @Beta #audit review")
        assert (entry.minutes, entry.client_id, entry.service_line_id) == (45, BETA, 10)
        assert entry.description == "review"

    @pytest.mark.parametrize(
        ("line", "client_id", "description"),
        [
            ("45m @Beta Bank review", BETA_BANK, "review"),
            ('45m @"Beta Bank" review', BETA_BANK, "review"),
            ("review @beta 45m", BETA, "review"),
            ("2 ч Три кита отчёт", KITS, "отчёт"),
            ("@«три кита» 2ч отчёт", KITS, "отчёт"),
            ("90 Alfa: call", ALFA, "call"),
            ("1:30 - Alfa - call", ALFA, "call"),
        ],
    )
    def test_the_client_is_found_where_it_stands(self, line: str, client_id: int, description: str) -> None:
        entry = read(line)
        assert (entry.client_id, entry.description, entry.problems) == (client_id, description, ())

    def test_a_span_keeps_its_times(self) -> None:
        entry = read("09:00-10:30 Alfa")
        assert (entry.minutes, entry.starts, entry.ends) == (90, time(9), time(10, 30))

    @pytest.mark.parametrize(
        ("word", "worked_on"),
        [
            ("yesterday", date(2026, 3, 9)),
            ("вчера", date(2026, 3, 9)),
            ("Gestern", date(2026, 3, 9)),
            ("позавчера", date(2026, 3, 8)),
            ("today", TODAY),
            ("2026-03-02", date(2026, 3, 2)),
            ("02.03.", date(2026, 3, 2)),
            ("02.03.2025", date(2025, 3, 2)),
            ("02.03.25", date(2025, 3, 2)),
            ("10.03.", TODAY),
            ("31.12.", date(2025, 12, 31)),
        ],
    )
    def test_the_day_may_be_a_word_or_a_date(self, word: str, worked_on: date) -> None:
        entry = read(f"1h {word} Alfa call")
        assert (entry.worked_on, entry.client_id, entry.description) == (worked_on, ALFA, "call")

    @pytest.mark.parametrize(
        ("word", "billing_type"),
        [("goodwill", "goodwill"), ("Kulanz", "goodwill"), ("гарантия", "warranty"), ("intern", "non_billable")],
    )
    def test_the_billing_type_stands_after_an_exclamation_mark(self, word: str, billing_type: str) -> None:
        assert read(f"1h Alfa call !{word}").billing_type == billing_type

    def test_tokens_know_their_places_in_the_line(self) -> None:
        line = "call 45m @Beta #audit gestern !kulanz"
        tokens = read(line).tokens
        assert [token.kind for token in tokens] == [
            TokenKind.DURATION,
            TokenKind.CLIENT,
            TokenKind.SERVICE_LINE,
            TokenKind.DAY,
            TokenKind.BILLING_TYPE,
        ]
        assert all(line[token.start : token.end] == token.text for token in tokens)
        assert [token.text for token in tokens] == ["45m", "@Beta", "#audit", "gestern", "!kulanz"]


class TestProblems:
    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ("-30m Alfa", "duration_negative"),
            ("0 Alfa", "duration_zero"),
            ("25 h Alfa", "duration_too_long"),
            ("1:75 Alfa", "duration_unclear"),
            ("Alfa call", "duration_missing"),
            ("1h", "client_missing"),
            ("1h !surprise Alfa", "billing_type_unknown"),
            ("1h #tax Alfa", "service_line_unknown"),
            ("1h 31.02. Alfa", "day_unclear"),
        ],
    )
    def test_each_has_its_code(self, line: str, code: str) -> None:
        assert codes(line) == [code]

    def test_an_empty_line_lacks_everything(self) -> None:
        assert codes("") == ["duration_missing", "client_missing"]

    def test_an_unknown_client_is_named_as_typed(self) -> None:
        assert read("1h Gamma call").problems == (Problem("client_unknown", "Gamma"),)
        assert read("1h @Gamma call").problems == (Problem("client_unknown", "Gamma"),)
        assert read('1h @"Beta Unlimited" call').problems == (Problem("client_unknown", "Beta Unlimited"),)

    def test_an_ambiguous_one_comes_with_its_candidates(self) -> None:
        entry = read("1h Bet call")
        assert entry.client_id is None
        assert entry.problems == (Problem("client_ambiguous", "Bet", (BETA, BETA_BANK)),)
        assert read("1h Alfa #au").problems == (Problem("service_line_ambiguous", "au", (10, 12)),)


@given(st.text(max_size=60))
def test_no_line_breaks_it_and_tokens_never_overlap(line: str) -> None:
    entry = read(line)
    assert all(line[token.start : token.end] == token.text for token in entry.tokens)
    assert all(one.end <= other.start for one, other in pairwise(entry.tokens))
    assert (entry.client_id is None) == any(problem.code.startswith("client_") for problem in entry.problems)
    assert (entry.minutes is None) == any(problem.code.startswith("duration_") for problem in entry.problems)


@given(
    st.permutations(["45m", "@Beta", "#audit", "yesterday", "!goodwill", "review"]),
)
def test_the_order_of_the_words_does_not_matter(words: list[str]) -> None:
    entry = read(" ".join(words))
    assert (entry.minutes, entry.client_id, entry.service_line_id) == (45, BETA, 10)
    assert (entry.worked_on, entry.billing_type) == (date(2026, 3, 9), "goodwill")
    assert entry.description == "review"
    assert entry.problems == ()
