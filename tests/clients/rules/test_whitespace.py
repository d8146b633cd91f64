"""White space: the four states, and what similar clients took after the same anchors."""

from datetime import date

import pytest

from clients.rules.whitespace import AnchorState, Holder, Likeness, NextAnchor, anchor_state, followed, next_anchors

IT, LAW, AUDIT, FREIGHT = 1, 2, 3, 4
START = date(2024, 1, 1)


def holder(pk: int, *lines: int, industry: str = "retail", tier: str = "a", active: set[int] | None = None) -> Holder:
    """A client who took these lines one year after another and uses them all."""
    adopted = {line: date(2020 + place, 1, 1) for place, line in enumerate(lines)}
    return Holder(pk, industry, tier, adopted, frozenset(lines if active is None else active))


@pytest.mark.parametrize(
    ("flags", "state"),
    [
        ((True, True, True), AnchorState.ACTIVE),
        ((False, True, True), AnchorState.PROPOSED),
        ((False, False, True), AnchorState.LAPSED),
        ((False, False, False), AnchorState.NEVER),
    ],
)
def test_what_is_in_use_counts_before_what_is_proposed_and_that_before_the_past(
    flags: tuple[bool, bool, bool], state: AnchorState
) -> None:
    is_active, is_proposed, was_used = flags
    assert anchor_state(is_active=is_active, is_proposed=is_proposed, was_used=was_used) is state


def test_the_next_anchor_is_what_most_similar_clients_took_after_the_same_ones() -> None:
    client = holder(1, IT)
    firm = [client, holder(2, IT, LAW), holder(3, IT, LAW), holder(4, IT, AUDIT), holder(5, IT), holder(6, LAW, IT)]
    found = next_anchors([client], firm, barred={})
    assert found == {1: NextAnchor(LAW, adopters=2, peers=5, likeness=Likeness.BOTH)}


def test_what_came_before_or_with_the_anchor_is_not_after_it() -> None:
    together = Holder(2, "retail", "a", {IT: START, LAW: START}, frozenset({IT, LAW}))
    assert dict(followed([together, holder(3, LAW, IT)], {IT}).lines) == {}
    assert followed([together], {IT}).holders == 1


def test_all_anchors_of_the_client_count_and_the_last_of_them_begins_the_after() -> None:
    client = holder(1, IT, LAW)
    firm = [
        client,
        holder(2, IT, LAW, AUDIT),
        holder(3, LAW, IT, AUDIT),
        holder(4, IT, AUDIT, LAW),
        holder(5, IT, FREIGHT),
    ]
    assert next_anchors([client], firm, barred={}) == {
        1: NextAnchor(AUDIT, adopters=2, peers=3, likeness=Likeness.BOTH)
    }


def test_fewer_than_three_peers_or_two_adopters_are_no_pattern() -> None:
    client = holder(1, IT)
    few = [client, holder(2, IT, LAW), holder(3, IT, LAW)]
    assert next_anchors([client], few, barred={}) == {}
    single = [client, holder(2, IT, LAW), holder(3, IT), holder(4, IT)]
    assert next_anchors([client], single, barred={}) == {}


def test_where_too_few_are_alike_in_both_the_industry_speaks_and_then_the_tier() -> None:
    client = holder(1, IT)
    firm = [client, *(holder(pk, IT, LAW, tier="b") for pk in (2, 3, 4))]
    industry = NextAnchor(LAW, adopters=3, peers=3, likeness=Likeness.INDUSTRY)
    assert next_anchors([client], firm, barred={}) == {1: industry}
    elsewhere = [holder(pk, IT, AUDIT, industry="banks") for pk in (5, 6, 7)]
    assert next_anchors([client], [*firm, *elsewhere], barred={}) == {1: industry}
    tier = NextAnchor(AUDIT, adopters=3, peers=3, likeness=Likeness.TIER)
    assert next_anchors([client], [client, *elsewhere], barred={}) == {1: tier}
    strangers = [holder(pk, IT, LAW, industry="banks", tier="c") for pk in (2, 3, 4)]
    assert next_anchors([client], [client, *strangers], barred={}) == {}


def test_nothing_is_suggested_that_was_used_is_proposed_or_refused() -> None:
    lapsed = holder(1, IT, LAW, active={IT})
    firm = [lapsed, *(holder(pk, IT, LAW) for pk in (2, 3, 4)), holder(5, IT, AUDIT), holder(6, IT, AUDIT)]
    assert next_anchors([lapsed], firm, barred={})[1].line == AUDIT
    assert next_anchors([lapsed], firm, barred={1: {AUDIT}}) == {}


def test_without_an_anchor_there_is_nothing_to_go_by_and_without_an_industry_the_tier() -> None:
    others = [holder(pk, IT, LAW, industry="") for pk in (2, 3, 4)]
    idle, plain = holder(1, IT, active=set()), holder(1, IT, industry="")
    assert next_anchors([idle], [idle, *others], barred={}) == {}
    assert next_anchors([plain], [plain, *others], barred={})[1].likeness is Likeness.TIER
