"""loyalty.rules.patterns: the weak features of a card, and who shares them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.rules.patterns import Sign, look_alikes, pattern


@pytest.mark.parametrize(("points", "known", "weak"), [(5, True, True), (6, True, False), (0, False, False)])
def test_a_sign_is_weak_at_a_third_of_its_points_if_it_is_known(points: int, known: bool, weak: bool) -> None:
    assert Sign("nps", points, 15, known).is_weak is weak


def test_a_pattern_is_the_set_of_weak_features() -> None:
    signs = [Sign("nps", 0, 15, known=True), Sign("silence", 20, 20, known=True), Sign("anchors", 4, 15, known=True)]
    assert pattern(signs) == {"nps", "anchors"}


def test_look_alikes_share_two_signs_with_one_lost_client_not_with_all_together() -> None:
    lost = [frozenset({"nps", "silence", "promises"}), frozenset({"anchors"}), frozenset({"trend", "anchors"})]
    now = {
        "two": frozenset({"nps", "silence"}),
        "three": frozenset({"nps", "silence", "promises", "contract"}),
        "one of each": frozenset({"nps", "trend"}),
        "none": frozenset[str](),
    }
    found = look_alikes(now, lost)
    assert found == {"three": {"nps", "silence", "promises"}, "two": {"nps", "silence"}}
    assert list(found) == ["three", "two"]


codes = st.frozensets(st.sampled_from("abcdefgh"))


@given(st.dictionaries(st.integers(), codes), st.lists(codes))
def test_every_look_alike_shares_its_signs_with_itself_and_a_lost_one(
    now: dict[int, frozenset[str]], lost: list[frozenset[str]]
) -> None:
    for key, signs in look_alikes(now, lost).items():
        assert len(signs) >= 2
        assert signs <= now[key]
        assert any(signs <= other for other in lost)
