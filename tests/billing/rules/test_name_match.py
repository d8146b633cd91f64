"""billing.rules.name_match: the longest beginning, in any spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.name_match import Found, Named, find_by_beginning, fold

CLIENTS = (
    Named(1, ("Alfa",)),
    Named(2, ("Alfa Bank", "Alfa Bank AG")),
    Named(3, ("Müller & Söhne GmbH",)),
    Named(4, ("ООО «Ромашка»",)),
    Named(5, ("Три кита",)),
    Named(6, ("Beta Consulting",)),
    Named(7, ("Beta Logistik",)),
    Named(8, ("Łódź Éclair",)),
)


@pytest.mark.parametrize(
    ("typed", "ids", "words"),
    [
        ("Alfa upgrade call", (1,), 1),
        ("alfa bank upgrade", (2,), 2),
        ("ALFA BANK", (2,), 2),
        ("Muller call", (3,), 1),
        ("müller & söhne audit", (3,), 3),
        ("ромашка звонок", (4,), 1),
        ("ООО Ромашка звонок", (4,), 2),
        ("ТРИ КИТА отчёт", (5,), 2),
        ("три отчёт", (5,), 1),
        ("Beta review", (6, 7), 1),
        ("beta c", (6,), 2),
        ("lodz", (8,), 1),
        ("Al", (1, 2), 1),
        ("A meeting", (), 0),
        ("Gamma", (), 0),
        ("- Alfa", (1,), 2),
    ],
)
def test_the_longest_beginning_wins(typed: str, ids: tuple[int, ...], words: int) -> None:
    assert find_by_beginning(typed.split(), CLIENTS) == Found(ids, words)


def test_one_letter_is_enough_where_it_is_allowed() -> None:
    assert find_by_beginning(["b"], CLIENTS, least_letters=1).ids == (6, 7)


def test_a_full_name_beats_a_longer_one_that_begins_with_it() -> None:
    assert find_by_beginning(["Alfa"], CLIENTS).only_id == 1


def test_two_clients_of_the_same_name_are_both_candidates() -> None:
    twins = [Named(1, ("Alfa",)), Named(2, ("alfa",))]
    assert find_by_beginning(["Alfa"], twins).ids == (1, 2)
    assert find_by_beginning(["Alfa"], twins).only_id is None


def test_accents_case_and_signs_fold_away() -> None:
    assert fold("  «Söhne» & ÉCLAIR, ёж ") == "sohne eclair еж"


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=6))
def test_every_name_finds_itself(names: list[str]) -> None:
    named = [Named(number, (name,)) for number, name in enumerate(names) if fold(name)]
    for one in named:
        assert one.id in find_by_beginning(one.names[0].split(), named, least_letters=1).ids
