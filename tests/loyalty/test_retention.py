"""loyalty.services.retention: who counts in which group, from when, and what is not observed."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.test import Client as Browser
from django.urls import reverse

from billing.services.client_figures import refresh_money
from billing.services.credits import CreditKind, credit_invoice
from clients.models import Client, ClientAnchor, ClientFigure, StatusChange
from clients.services.facts import write_figures
from crm.periods import DateRange
from loyalty.models import RetentionSnapshot
from loyalty.services.retention import Stay, curves_of, hazards_of, read_stays, refresh_retention
from tests.make import Cast, browser_of, make_api, make_client, make_revenue, make_service_line, make_user
from tests.make.invoices import make_invoice, make_series

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 26)


def stayed(lines: str, *, since: date, lost_on: date | None = None) -> Client:
    """A client with revenue of each line a month after its start."""
    client = make_client(status="lost" if lost_on else "active", since_on=since)
    for code in lines.split():
        line = make_service_line(code)
        make_revenue(client, "100.00", on=date(since.year, since.month + 1, since.day), service_line=line)
    if lost_on:
        StatusChange.objects.create(
            client=client,
            old="active",
            new="lost",
            confirmed_on=lost_on,
            made_by=make_user(),
            made_at=datetime(2026, 11, 1, tzinfo=UTC),
        )
    return client


def test_groups_are_formed_by_the_first_year_never_by_today() -> None:
    client = stayed("it", since=date(2022, 1, 10))
    make_revenue(client, "100.00", on=date(2024, 5, 1), service_line=make_service_line("tax"))
    make_revenue(client, "100.00", on=date(2024, 5, 1), service_line=make_service_line("law"))
    rows = curves_of(read_stays(on=ON), on=ON)["rows"]
    assert [(row["anchors"], row["n"], row["few"]) for row in rows] == [(1, 1, True)]
    assert rows[0]["years"] == [1.0, 1.0, 1.0, 1.0, None]


def test_a_service_whose_invoice_was_credited_in_full_is_no_anchor() -> None:
    """A credit note takes nothing from the service's other invoices, however large the older one was."""
    client = make_client(since_on=date(2025, 1, 1))
    make_series(client.default_seller)  # type: ignore[arg-type]
    then, now = date(2025, 10, 15), date(2026, 10, 15)
    old = make_invoice(client, on=then, worked_on=then, service_line=make_service_line("law"), minutes=900)
    wrong = make_invoice(client, on=now, worked_on=now, service_line=make_service_line("audit"))
    make_invoice(client, on=now, worked_on=now, service_line=make_service_line("law"), minutes=60)
    for invoice in (old, wrong):
        at = datetime(2026, 11, 20, 12, tzinfo=UTC)
        credit_invoice(invoice, kind=CreditKind.FULL, reason="x", by=make_user(), issued_on=date(2026, 11, 20), at=at)
    refresh_money(on=ON)
    assert ClientFigure.objects.get(client=client).anchor_codes == ["law"]
    begun = ClientAnchor.objects.filter(client=client, first_on__isnull=False)
    assert set(begun.values_list("service_line__code", "first_on")) == {("law", now)}
    (stay,) = read_stays(on=ON)
    assert {line: spans[0].start for line, spans in stay.anchors.items()} == {"law": now}


def test_who_left_within_the_first_year_takes_no_part_in_the_curves() -> None:
    stayed("it", since=date(2024, 1, 10), lost_on=date(2024, 9, 1))
    stayed("it", since=date(2023, 1, 10), lost_on=date(2025, 1, 1))
    stayed("it", since=date(2023, 1, 10))
    rows = curves_of(read_stays(on=ON), on=ON)["rows"]
    assert [(row["n"], row["years"]) for row in rows] == [(2, [1.0, 0.5, 0.5, None, None])]


def test_the_curves_tell_by_how_much_a_service_of_the_first_year_changes_the_chance_to_leave(cast: Cast) -> None:
    for lines, losses in (("it", 4), ("it tax", 1)):
        for number in range(5):
            lost_on = date(2025, 2, 1 + number) if number < losses else None
            stayed(lines, since=date(2023, 1, 10), lost_on=lost_on)
    ratio = refresh_retention(on=ON).curves["ratio"]
    assert ratio["low"] < ratio["ratio"] < 1 < ratio["high"]
    text = browser_of(cast.partner).get(reverse("loyalty:retention")).content.decode()
    assert "One more service of the first year multiplies the chance to leave by" in text
    assert "Not proven yet." in text


def test_hazards_count_every_client_in_every_quarter() -> None:
    for _number in range(8):
        stayed("it", since=date(2024, 1, 10), lost_on=date(2025, 2, 1) if _number < 4 else None)
    for _number in range(8):
        stayed("it tax", since=date(2024, 1, 10), lost_on=date(2025, 2, 1) if _number < 1 else None)
    found = hazards_of(read_stays(on=ON), on=ON)
    table = {row["anchors"]: (row["periods"], row["losses"]) for row in found["rows"]}
    assert table[1] == (32, 4)  # four quarters that begin within the year of the revenue
    assert table[2] == (32, 1)
    assert found["effect"]["proven"] == "not_proven"
    assert found["effect"]["low"] < found["effect"]["hazard_ratio"] < found["effect"]["high"]


def test_the_page_shows_the_effect_with_its_interval(cast: Cast) -> None:
    for number in range(8):
        stayed("it", since=date(2024, 1, 10), lost_on=date(2025, 2, 1) if number < 4 else None)
        stayed("it tax", since=date(2024, 1, 10), lost_on=date(2025, 2, 1) if number < 1 else None)
    refresh_retention(on=ON)
    browser = Browser()
    browser.force_login(cast.partner, backend="django.contrib.auth.backends.ModelBackend")
    text = browser.get(reverse("loyalty:lost_list")).content.decode()
    assert "Not proven yet: one more service multiplies the risk by" in text


def silent(since: date, last: date, *, has_agreement: bool = False) -> Client:
    """A client whom nobody has called lost, with its last revenue on a day."""
    client = stayed("it", since=since)
    write_figures("revenue", {client.pk: {"last_revenue_on": last, "has_agreement": has_agreement}}, as_of=ON)
    return client


def test_a_loss_that_nobody_confirmed_counts_from_twelve_months_of_silence_and_says_so(cast: Cast) -> None:
    client = silent(date(2024, 1, 10), date(2025, 3, 1))
    silent(date(2024, 1, 10), date(2025, 3, 1), has_agreement=True)
    silent(date(2024, 1, 10), date(2026, 3, 1))
    stayed("it", since=date(2024, 1, 10), lost_on=date(2025, 2, 1))
    stays = {stay.client: (stay.lost_on, stay.is_confirmed) for stay in read_stays(on=ON) if stay.lost_on}
    assert stays.pop(client.pk) == (date(2026, 3, 1), False)
    assert list(stays.values()) == [(date(2025, 2, 1), True)]
    refresh_retention(on=ON)
    answer = make_api(cast.partner).get("/api/v1/reports/retention-by-anchors/").json()
    assert (answer["losses"], answer["losses_suggested"]) == (2, 1)
    browser = Browser()
    browser.force_login(cast.partner, backend="django.contrib.auth.backends.ModelBackend")
    text = " ".join(browser.get(reverse("loyalty:lost_list")).content.decode().split())
    assert "Of 2 losses 1 is dated by twelve months of silence, because nobody has confirmed it." in text


def test_the_day_that_a_person_confirmed_beats_the_silence() -> None:
    client = silent(date(2024, 1, 10), date(2024, 6, 1))
    Client.objects.filter(pk=client.pk).update(status="lost", status_on=date(2026, 5, 5))
    (stay,) = read_stays(on=ON)
    assert (stay.lost_on, stay.is_confirmed) == (date(2026, 5, 5), True)
    assert read_stays(on=date(2026, 5, 4))[0].lost_on is None


def test_a_prospect_and_a_merged_client_are_no_stays() -> None:
    make_client(status="prospect", since_on=date(2024, 1, 1))
    make_client(status="active", since_on=date(2024, 1, 1), merged_into=stayed("it", since=date(2024, 1, 10)))
    assert len(read_stays(on=ON)) == 1


def test_an_empty_firm_and_the_same_day_twice(cast: Cast) -> None:
    refresh_retention(on=ON)
    refresh_retention(on=ON)
    snapshot = RetentionSnapshot.objects.get()
    assert (snapshot.client_count, snapshot.curves["rows"], snapshot.hazards["effect"]) == (0, [], None)
    answer = make_api(cast.partner).get("/api/v1/reports/retention-by-anchors/").json()
    assert (answer["curves"], answer["note"]) == ([], "Not enough losses to tell.")


def test_the_effect_leaves_silent_losses_out_where_confirmed_ones_suffice() -> None:
    def stay(client: int, lines: int, lost: date | None = None, *, confirmed: bool = True) -> Stay:
        spans = {str(line): (DateRange(date(2020, 1, 1), date(2026, 1, 1)),) for line in range(lines)}
        return Stay(client, date(2020, 1, 1), lost, spans, confirmed)

    sure = [stay(1, 1, date(2022, 5, 5)), stay(2, 2, date(2023, 5, 5)), stay(3, 1), stay(4, 2), stay(5, 2)]
    silent = [stay(6, 2, date(2023, 8, 8), confirmed=False)]
    on = date(2025, 1, 1)
    told, alone = hazards_of([*sure, *silent], on=on), hazards_of(sure, on=on)
    assert (told["silent_left_out"], alone["silent_left_out"]) == (1, 0)
    counted = hazards_of([*sure, replace(silent[0], is_confirmed=True)], on=on)
    assert told["effect"]["hazard_ratio"] < counted["effect"]["hazard_ratio"]
    few = hazards_of([sure[2], sure[3], *silent, stay(7, 1, date(2022, 8, 8), confirmed=False)], on=on)
    assert few["silent_left_out"] == 0
    assert few["effect"] is not None
