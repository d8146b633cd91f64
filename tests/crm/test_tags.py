"""Formats, marks and components: what stands on the page, in three languages."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, QueryDict
from django.template import Context, RequestContext, Template
from django.test import RequestFactory
from django.utils import translation
from django.utils.translation import gettext
from django_filters import BooleanFilter, CharFilter, FilterSet, MultipleChoiceFilter
from hypothesis import given
from hypothesis import strategies as st

from crm.models import User
from crm.templatetags import components, kept, marks
from crm.web import formats
from crm.web.context import Menu
from crm.web.navigation import Badge, NavItem
from crm.web.pages import Page

N, MINUS = "\u202f", "\u2212"
TODAY = date(2026, 11, 26)

amounts = st.decimals(-(10**12), 10**12, places=2)


def draw(source: str, request: HttpRequest | None = None, **context: Any) -> str:
    values = {"today": TODAY, **context}
    return Template(source).render(RequestContext(request, values) if request else Context(values))


def in_language(code: str, source: str, **context: Any) -> str:
    with translation.override(code):
        return draw(source, **context)


# Numbers and money


@pytest.mark.parametrize(
    ("code", "written"),
    [("en", f"1{N}147.50"), ("ru", f"1{N}147,50"), ("de", f"1{N}147,50")],
)
def test_money_groups_by_narrow_spaces_and_parts_decimals_as_the_language_does(code: str, written: str) -> None:
    drawn = in_language(code, "{{ a|money:'EUR' }}", a=Decimal("1147.50"))
    assert drawn == f'<span class="num">{written}<span class="cur">€</span></span>'


@pytest.mark.parametrize(
    ("code", "words"),
    [("en", f"128.4{N}M{N}₽"), ("ru", f"128,4{N}млн{N}₽"), ("de", f"128,4{N}Mio.{N}₽")],
)
def test_large_amounts_are_said_in_millions(code: str, words: str) -> None:
    assert in_language(code, "{{ a|money_short_text:'RUB' }}", a=Decimal(128_400_000)) == words


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("863000", f"863{N}000"),
        ("999999.49", f"999{N}999"),
        ("999999.50", f"1{N}M"),
        ("44000000", f"44{N}M"),
        ("1250000000", f"1.3{N}B"),
        ("-2500000", f"{MINUS}2.5{N}M"),
    ],
)
def test_short_money_changes_its_unit_where_the_rounded_amount_does(amount: str, words: str) -> None:
    assert formats.write_short(Decimal(amount), "RUB").number == words


def test_money_refuses_a_float() -> None:
    with pytest.raises(TypeError):
        draw("{{ a|money:'EUR' }}", a=0.1)


def test_a_currency_without_cents_shows_none() -> None:
    assert draw("{{ a|money_text:'JPY' }}", a=Decimal(1200)) == f"1{N}200{N}JPY"


@given(amounts)
def test_written_money_reads_back_to_the_same_amount(amount: Decimal) -> None:
    text = formats.write_money(amount, "EUR").number
    assert Decimal(text.replace(N, "").replace(MINUS, "-")) == amount


@pytest.mark.parametrize(("code", "words"), [("en", "22.1%"), ("ru", f"22,1{N}%"), ("de", f"22,1{N}%")])
def test_a_share_is_written_as_percent(code: str, words: str) -> None:
    assert in_language(code, "{{ share|percent }}", share=Decimal("0.22149")) == words


@pytest.mark.parametrize(("value", "words"), [(14, "+14"), (-3, f"{MINUS}3"), (0, "0")])
def test_signed_numbers_carry_a_real_sign(value: int, words: str) -> None:
    assert draw("{{ value|signed }}", value=value) == words


def test_rounding_to_zero_leaves_no_sign() -> None:
    assert draw("{{ a|signed:0 }}", a=Decimal("-0.4")) == "0"


@pytest.mark.parametrize(
    "source",
    ["{{ x|money:'EUR' }}", "{{ x|number }}", "{{ x|percent }}", "{{ x|hm }}", "{{ x|hours }}", "{{ x|day }}"],
)
def test_what_is_missing_is_a_dash(source: str) -> None:
    assert draw(source, x=None) == "–"


# Durations


@pytest.mark.parametrize(("minutes", "words"), [(90, "1:30"), (5, "0:05"), (-75, f"{MINUS}1:15"), (6000, "100:00")])
def test_minutes_are_written_as_they_are_typed(minutes: int, words: str) -> None:
    assert draw("{{ m|hm }}", m=minutes) == words


@pytest.mark.parametrize(("code", "words"), [("en", f"8.25{N}h"), ("ru", f"8,25{N}ч"), ("de", f"8,25{N}h")])
def test_balances_are_written_in_hours(code: str, words: str) -> None:
    assert in_language(code, "{{ m|hours }}", m=495) == words


def test_whole_hours_have_no_decimals() -> None:
    assert draw("{{ m|hours }}", m=6000) == f"100{N}h"


# Dates


@pytest.mark.parametrize(
    ("code", "this_year", "other_year"),
    [
        ("en", "27 Nov", "27 Nov 2025"),
        ("ru", "27 нояб.", "27 нояб. 2025\u202fг."),
        ("de", "27. Nov.", "27. Nov. 2025"),
    ],
)
def test_a_day_names_its_year_when_it_is_another(code: str, this_year: str, other_year: str) -> None:
    assert in_language(code, "{{ d|day:today }}", d=date(2026, 11, 27)) == this_year
    drawn = in_language(code, "{{ d|day:today }}", d=date(2025, 11, 27))
    assert drawn.replace("\u00a0", N) == other_year


@pytest.mark.parametrize(
    ("code", "words"),
    [("en", "Thursday, 26 November"), ("ru", "четверг, 26 ноября"), ("de", "Donnerstag, 26. November")],
)
def test_a_long_day_is_written_in_full(code: str, words: str) -> None:
    assert in_language(code, "{{ d|long_day }}", d=TODAY) == words


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (26, "today"),
        (27, "tomorrow, Friday 27 Nov"),
        (25, "yesterday, Wednesday 25 Nov"),
        (30, "in 4 days, Mon 30 Nov"),
        (23, "3 days ago, Mon 23 Nov"),
        (18, "18 Nov"),
    ],
)
def test_days_within_a_week_are_said_in_words(day: int, words: str) -> None:
    assert in_language("en", "{{ d|relative:today }}", d=date(2026, 11, day)) == words


@pytest.mark.parametrize(
    ("day", "words", "tone"),
    [
        (27, "due tomorrow, Friday 27 Nov", ""),
        (26, "due today", "warn"),
        (25, "1 day late, Wed 25 Nov", "bad"),
        (9, "17 days late, 9 Nov", "bad"),
    ],
)
def test_a_due_day_says_how_late_it_is(day: int, words: str, tone: str) -> None:
    assert in_language("en", "{{ d|due:today }}", d=date(2026, 11, day)) == words
    assert draw("{{ d|due_tone:today }}", d=date(2026, 11, day)) == tone


def test_a_moment_is_shown_in_the_time_zone_of_the_firm() -> None:
    late_evening_in_london = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)
    assert draw("{{ m|moment:today }}", m=late_evening_in_london) == f"{gettext('tomorrow')}, 00:30"
    assert draw("{{ m|firm_day|date:'Y-m-d' }}", m=late_evening_in_london) == "2026-11-27"


def test_when_keeps_the_exact_moment_beside_the_words() -> None:
    drawn = draw("{% when d 'tomorrow' %}", d=TODAY)
    assert drawn == '<time datetime="2026-11-26">tomorrow</time>'


# Marks


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Brandl Maschinenbau GmbH", "BM"),
        ("Hofmann & Söhne KG", "HS"),
        ("Северный Причал, АО", "СП"),
        ("ТД «Вертикаль»", "В"),
        ("ООО", "О"),
        ("Anna Orlova", "AO"),
        ("42", "?"),
        ("", "?"),
    ],
)
def test_initials_pass_over_legal_forms_and_prefer_the_quoted_name(name: str, letters: str) -> None:
    assert marks.initials(name) == letters


def test_neighbours_in_a_table_get_distant_colours() -> None:
    hues = [marks.hue(key) for key in range(1, 6)]
    assert len(set(hues)) == 5
    assert all(min(abs(a - b), 360 - abs(a - b)) > 60 for a, b in pairwise(hues))


def test_marks_escape_what_people_typed() -> None:
    drawn = draw("{% chip text 'ok' %}{% tier text %}{% fig text text %}{{ text|marked:'b' }}", text="<b>")
    assert "<b>" not in drawn.replace("<mark>b</mark>", "")


def test_lifetime_value_is_an_amount_or_a_band_and_nothing_without_either() -> None:
    assert f"71.2{N}M" in draw("{% clv value 'RUB' %}", value=Decimal(71_200_000))
    assert "clv band" in draw("{% clv band='50 000 to 150 000 €' %}")
    assert draw("{% clv %}") == ""


@pytest.mark.parametrize("band", ["good", "watch", "risk"])
def test_health_is_number_shape_and_word(band: str) -> None:
    drawn = draw("{% health 74 band %}", band=band)
    assert "74" in drawn
    assert "<svg" in drawn
    assert "visually-hidden" in drawn


def test_health_without_a_score_says_so() -> None:
    assert "no score yet" in in_language("en", "{% health None '' %}")


def test_a_bar_stays_within_its_frame() -> None:
    assert "--v:100%" in draw("{% bar 140 'used' %}")
    assert "--v:0%" in draw("{% bar value 'used' %}", value=Decimal(-3))


def test_a_match_is_marked_whatever_its_case() -> None:
    assert draw("{{ 'Северный Причал'|marked:'при' }}") == "Северный <mark>При</mark>чал"


# Components


def request_for(query: str) -> Any:
    request = RequestFactory().get("/clients/")
    request.GET, request.user = QueryDict(query), AnonymousUser()
    return request


def test_a_sort_head_reverses_the_order_it_shows_and_leaves_the_page() -> None:
    request = request_for("ordering=-value&page=3&tier=a")
    drawn = draw("{% sort_head 'Value' '-value' '#rows' 'n' %}", request=request)
    assert 'aria-sort="descending"' in drawn
    assert "?tier=a&amp;ordering=value" in drawn
    assert "page=" not in drawn


def test_a_sort_head_that_is_not_active_asks_for_its_own_order() -> None:
    drawn = draw("{% sort_head 'Value' '-value' %}", request=request_for(""))
    assert "aria-sort" not in drawn
    assert 'href="?ordering=-value"' in drawn


def test_the_pager_says_more_than_when_the_count_is_capped() -> None:
    page = Page(rows=[User()] * 50, number=2, has_next=True, count=1000, is_capped=True)
    drawn = in_language("en", "{% pager page '#rows' %}", page=page, request=request_for("tier=a&page=2"))
    assert f"51 to 100 of more than 1{N}000" in drawn
    assert "page=1" in drawn
    assert "page=3" in drawn
    assert drawn.count("tier=a") == 4


def test_a_single_page_has_no_pager() -> None:
    page = Page(rows=[User()], number=1, has_next=False, count=1, is_capped=False)
    assert draw("{% pager page %}", page=page, request=request_for("")).strip() == ""


def test_a_badge_stands_empty_so_that_a_swap_finds_it() -> None:
    item = NavItem("today", "Today", "sun", "home", badge=lambda _user, _on: None)
    assert components.badge(item, {}) == '<span class="n" id="badge-today" hidden></span>'
    late = components.badge(item, {"today": Badge("9", late=True)}, oob=True)
    assert 'class="n hot"' in late
    assert "hx-swap-oob" in late


def test_query_parameters_are_replaced() -> None:
    assert draw("{% qs page=2 tier=None %}", request=request_for("tier=a&page=1")) == "?page=2"


class ClientFilter(FilterSet):  # type: ignore[misc]  # django-filter has no types
    search = CharFilter(label="Name")
    roles = MultipleChoiceFilter(choices=[("a", "First"), ("b", "Second")], label="Roles")
    is_active = BooleanFilter(label="Active")

    class Meta:
        model = User
        fields: list[str] = []


def filter_bar(query: str) -> str:
    request = request_for(query)
    filters = ClientFilter(request.GET, User.objects.none())
    return in_language("en", "{% filter_bar filters '#rows' %}", filters=filters, request=request)


def test_the_filter_bar_names_what_is_set_and_how_to_remove_it() -> None:
    drawn = filter_bar("search=brandl&roles=a&roles=b&page=4&ordering=name")
    assert 'value="brandl"' in drawn
    assert "<b>First, Second</b>" in drawn
    assert 'href="?search=brandl&amp;ordering=name"' in drawn
    assert '<input type="hidden" name="ordering" value="name">' in drawn
    assert "page=" not in drawn


@pytest.mark.parametrize(("asked", "said"), [("true", "Yes"), ("false", "No")])
def test_a_chip_says_yes_or_no_in_words(asked: str, said: str) -> None:
    assert f"<b>{said}</b>" in filter_bar(f"is_active={asked}")


def test_the_filter_bar_has_no_chips_when_nothing_is_set() -> None:
    drawn = filter_bar("")
    assert '<span class="fchip">' not in drawn
    assert "Clear" not in drawn


@pytest.mark.parametrize(("role", "seen"), [("partner", True), ("finance", True), ("consultant", False)])
def test_a_button_is_absent_for_a_person_without_its_right(role: str, seen: bool) -> None:
    template = Template('{% if user|may:"rate.change" %}New rate{% endif %}')
    user = User(username="somebody", roles=[role], is_active=True)
    assert ("New rate" in template.render(Context({"user": user}))) is seen


def test_constant_words_follow_the_language_of_each_page() -> None:
    page = Template('{% translate "Clients" %} {% translate "Clients" as name %}{{ name }}')
    for code in ("en", "ru", "de", "en"):
        with translation.override(code):
            assert page.render(Context()) == f"{gettext('Clients')} {gettext('Clients')}"


def test_an_address_is_remembered_by_its_arguments() -> None:
    page = Template("{% url 'clients:client' pk %}")
    assert [page.render(Context({"pk": pk})) for pk in (1, 2, 1)] == ["/clients/1/", "/clients/2/", "/clients/1/"]
    assert draw("{% url 'clients:client' pk=3 %}") == "/clients/3/"
    assert draw("{% url 'nowhere' as there %}[{{ there }}]") == "[]"


def test_a_name_in_an_address_is_still_escaped() -> None:
    assert draw("{% url 'accounts:invitation' token %}", token="a&b") == "/account/invitation/a&amp;b/"


def test_an_icon_with_words_from_the_page_is_drawn_with_the_page() -> None:
    page = Template('{% icon name %}{% icon "phone" %}{% icon "x" label %}')
    drawn = [page.render(Context({"name": name, "label": name})) for name in ("sun", "moon")]
    assert "ti-sun" in drawn[0]
    assert "ti-moon" in drawn[1]
    assert '<span class="visually-hidden">moon</span>' in drawn[1]
    assert all("ti-phone" in each for each in drawn)


def test_a_kept_part_sees_nothing_of_the_person_or_the_request() -> None:
    request = RequestFactory().get("/")
    request.user = User(username="secret")
    source = '{% kept "shell/own_links.html" menu %}'
    assert "secret" not in draw(source, request, user=request.user, menu=Menu(frozenset(), "today"))
    assert "/account/profile/" in draw(source, request)


def test_a_kept_part_is_drawn_once_for_each_language_and_standing() -> None:
    menus = [Menu(frozenset({"partner"}), current) for current in ("clients", "portfolio", "clients")]
    with translation.override("de"):
        drawn = [draw('{% kept "shell/nav.html" menu %}', menu=menu) for menu in menus]
    assert drawn[0] == drawn[2] != drawn[1]
    assert in_language("ru", '{% kept "shell/nav.html" menu %}', menu=menus[0]) != drawn[0]
    assert kept.draw.cache_info().currsize == 3
