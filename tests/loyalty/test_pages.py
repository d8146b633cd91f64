"""Pages of loyalty: who sees them, what they say without figures, forms that keep what was typed, the public page."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clients.models import KeyClientDesignation
from crm.links import make_link
from crm.models import Firm, JobRun, LinkOpening, SignedLink, User
from loyalty.models import FirmFigure, LoyaltyPolicy, SegmentYears, Survey, SurveyInvitation, SurveyResponse
from loyalty.services.surveys import close_survey
from loyalty.services.values import refresh_values
from tests.make import (
    Cast,
    make_answer,
    make_api,
    make_client,
    make_contact,
    make_firm_figure,
    make_revenue,
    make_survey,
    make_work_cost,
)

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PAGES = ("portfolio", "nps", "value_list", "segment_list", "value_typical", "portfolio_chance", "firm_figure_list")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text_of(user: User, url: str) -> str:
    response = signed_in(user).get(url)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_an_empty_firm_has_an_answer_on_every_page(cast: Cast, name: str) -> None:
    text = text_of(cast.partner, reverse(f"loyalty:{name}"))
    assert "NaN" not in text
    assert ">None<" not in text


def make_odd_firms(kind: str) -> None:
    today = timezone.localdate()
    amounts = {"one client": ["100.00"], "zeros": ["0.00", "0.00"], "losses": ["-10.00", "5.00"]}[kind]
    for amount in amounts:
        client = make_client(since_on=date(2020, 1, 1))
        make_revenue(client, amount, on=today - timedelta(days=40))
        make_work_cost(client, "50.00", month=today.replace(day=1))
    make_answer(7, answered_at=timezone.now())
    make_firm_figure(cash="-5.00", cost="0.00", valid_on=today)
    refresh_values(on=today)


@pytest.mark.parametrize("kind", ["one client", "zeros", "losses"])
def test_odd_firms_have_an_answer_on_every_page(cast: Cast, kind: str) -> None:
    make_odd_firms(kind)
    queries = ("", "?basis=margin&by=client", "?basis=receivables", "?by=service_line&chart=lorenz", "?months=3")
    for url in [reverse(f"loyalty:{name}") for name in PAGES] + [reverse("loyalty:portfolio") + q for q in queries]:
        assert "NaN" not in text_of(cast.partner, url)


def test_nonsense_in_the_address_falls_back(cast: Cast) -> None:
    for query in ("?months=x&by=y&basis=z&chart=q", "?months=0&page=-3", "?category=x&role=<b>&tier=%00&q=%F0"):
        for name in ("portfolio", "nps", "value_list"):
            assert signed_in(cast.partner).get(reverse(f"loyalty:{name}") + query).status_code == 200


def test_the_panel_of_concentration_comes_alone_for_htmx(cast: Cast) -> None:
    make_odd_firms("one client")
    response = signed_in(cast.partner).get(reverse("loyalty:portfolio") + "?by=client", headers=HTMX)
    assert "<html" not in response.content.decode()
    assert "HX-Request" in response["Vary"]


@pytest.mark.parametrize("body", [{"lost": ["999999"]}, {"lost": ["x"]}, {"days": "-1"}, {"late": ["1e9"]}])
def test_portfolio_stress_refuses_what_is_no_client(cast: Cast, body: dict[str, object]) -> None:
    assert signed_in(cast.partner).post(reverse("loyalty:portfolio_stress"), body).status_code == 422


def test_a_manager_reads_answers_of_own_clients_only(cast: Cast) -> None:
    survey = make_survey(by=cast.partner, state="sent")
    own = make_contact(make_client(name="Own client", account_manager=cast.manager))
    make_answer(9, own, survey=survey, comment="Good work", answered_at=timezone.now())
    make_answer(1, survey=survey, comment="Secret anger", answered_at=timezone.now())
    for url in (reverse("loyalty:nps"), reverse("loyalty:survey_detail", args=[survey.pk])):
        text = text_of(cast.manager, url)
        assert "Good work" in text
        assert "Secret anger" not in text


def test_figures_open_the_answers_behind_them(cast: Cast) -> None:
    for score in (10, 2):
        make_answer(score, comment=f"I gave {score}", answered_at=timezone.now())
    text = text_of(cast.partner, reverse("loyalty:nps") + "?category=detractor")
    assert "I gave 2" in text
    assert "I gave 10" not in text


def test_nps_of_the_quality_yardstick_stands_apart_and_opens_its_answers(cast: Cast) -> None:
    client = make_client()
    KeyClientDesignation.objects.create(client=client, type="tester", since_on=date(2026, 1, 1), quality_yardstick=True)
    make_answer(10, make_contact(client), comment="From the expert", answered_at=timezone.now())
    make_answer(2, comment="From elsewhere", answered_at=timezone.now())
    assert "Quality yardstick" in text_of(cast.partner, reverse("loyalty:nps"))
    for key in ("quality_yardstick", "tester"):
        text = text_of(cast.partner, reverse("loyalty:nps") + f"?designation={key}")
        assert "From the expert" in text
        assert "From elsewhere" not in text


def test_survey_send_of_somebody_else_s_survey_is_403(cast: Cast) -> None:
    survey = make_survey(by=cast.partner)
    assert signed_in(cast.manager).post(reverse("loyalty:survey_send", args=[survey.pk])).status_code == 403
    assert signed_in(cast.consultant).post(reverse("loyalty:survey_send", args=[survey.pk])).status_code == 403


def test_survey_new_keeps_what_was_typed(cast: Cast) -> None:
    response = signed_in(cast.partner).post(reverse("loyalty:survey_new"), {"name": "", "kind": "x", "tier": ["a"]})
    assert response.status_code == 422
    assert 'value="a"' in response.content.decode()
    assert not Survey.objects.exists()


def test_survey_send_to_nobody_says_so(cast: Cast) -> None:
    survey = make_survey(by=cast.partner)
    response = signed_in(cast.partner).post(reverse("loyalty:survey_send", args=[survey.pk]), follow=True)
    assert "Nobody can be asked" in response.content.decode()


def test_survey_mails_stops_the_polling_once_all_have_left(cast: Cast) -> None:
    survey = make_survey(by=cast.partner, state="sending")
    url, partner = reverse("loyalty:survey_mails", args=[survey.pk]), signed_in(cast.partner)
    assert partner.get(url, headers=HTMX).status_code == 200
    Survey.objects.update(state="sent")
    assert partner.get(url, headers=HTMX).status_code == 286
    assert partner.get(url).status_code == 200


def test_figures_refresh_shows_a_run_until_it_has_ended(cast: Cast) -> None:
    partner = signed_in(cast.partner)
    assert signed_in(cast.manager).post(reverse("loyalty:figures_refresh")).status_code == 403
    response = partner.post(reverse("loyalty:figures_refresh"), headers=HTMX)
    assert 'hx-trigger="every 1s"' in response.content.decode()
    run = JobRun.objects.get()
    assert partner.post(reverse("loyalty:figures_refresh")).status_code == 302
    JobRun.objects.update(state=JobRun.State.DONE)
    assert partner.get(reverse("loyalty:figures_run", args=[run.pk]), headers=HTMX).status_code == 286


def test_the_badge_of_a_new_client_names_its_source(cast: Cast) -> None:
    make_odd_firms("one client")
    url = reverse("loyalty:value_badge", args=[make_client(status="prospect").pk])
    text = signed_in(cast.partner).get(url, headers=HTMX).content.decode()
    assert "typical new client" in text


def test_value_panel_tells_a_consultant_a_band_and_a_stranger_nothing(cast: Cast) -> None:
    today = timezone.localdate()
    client = make_client(since_on=date(2020, 1, 1))
    client.members.create(user=cast.consultant, from_on=today)
    make_revenue(client, "12345.00", on=today, invoice_count=3)
    url = reverse("loyalty:value_panel", args=[client.pk])
    text = text_of(cast.consultant, url)
    assert "50\u202f000 to 250\u202f000" in text
    assert "12" + "\u202f" + "345" not in text
    LoyaltyPolicy.load()
    LoyaltyPolicy.objects.update(consultants_see_bands=False)
    assert "250\u202f000" not in text_of(cast.consultant, url)
    assert signed_in(cast.outsider).get(url).status_code == 404
    assert signed_in(cast.manager).get(url).status_code == 404
    assert "61\u202f725" in text_of(cast.finance, url)


def test_policy_edit_refuses_bands_that_do_not_rise(cast: Cast) -> None:
    partner, url = signed_in(cast.partner), reverse("loyalty:policy_edit")
    typed = {name: str(value) for name, value in vars(LoyaltyPolicy.load()).items() if not name.startswith("_")}
    typed |= {"value_bands": "10,5", "consultants_see_bands": "on"}
    response = partner.post(url, typed)
    assert (response.status_code, "Bands begin above zero and rise." in response.content.decode()) == (422, True)
    assert partner.post(url, typed | {"value_bands": "5,10"}).status_code == 302
    assert LoyaltyPolicy.load().value_bands == [Decimal(5), Decimal(10)]
    assert partner.post(url, typed | {"value_bands": "5", "top1_watch_percent": "50"}).status_code == 422


def test_firm_figures_are_listed_corrected_and_not_doubled(cast: Cast) -> None:
    finance, body = signed_in(cast.finance), {"valid_on": "2026-01-01", "cash": "100", "avoidable_percent": "36"}
    assert finance.post(reverse("loyalty:firm_figure_new"), body).status_code == 302
    second = finance.post(reverse("loyalty:firm_figure_new"), body)
    assert (second.status_code, "There are figures of this day" in second.content.decode()) == (422, True)
    edit = reverse("loyalty:firm_figure_edit", args=[FirmFigure.objects.get().pk])
    assert finance.post(edit, body | {"avoidable_percent": "101"}).status_code == 422
    assert finance.post(edit, body | {"cash": "200"}).status_code == 302
    assert FirmFigure.objects.get().cash == Decimal(200)
    assert "200.00" in text_of(cast.finance, reverse("loyalty:firm_figure_list"))


def test_firm_figures_are_in_the_firm_s_own_currency(cast: Cast) -> None:
    firm = Firm.load()
    firm.base_currency = "RUB"
    firm.save()
    finance, url = signed_in(cast.finance), reverse("loyalty:firm_figure_new")
    assert "Amounts in RUB." in finance.get(url).content.decode()
    finance.post(url, {"valid_on": "2026-01-01", "cash": "100", "avoidable_percent": "36"})
    made = make_api(cast.finance).post("/api/v1/firm-figures/", {"valid_on": "2026-02-01", "cash": "100"})
    assert made.json()["currency"] == "RUB"
    assert {row.currency for row in FirmFigure.objects.all()} == {"RUB"}


def test_segment_years_need_a_segment_and_a_reason(cast: Cast) -> None:
    partner, url = signed_in(cast.partner), reverse("loyalty:segment_years_new")
    assert partner.post(url, {"years": "3", "reason": "Why not"}).status_code == 422
    assert partner.post(url, {"tier": "a", "years": "3"}).status_code == 422
    assert partner.post(url, {"tier": "a", "years": "3", "reason": "Short projects"}).status_code == 302
    assert "Short projects" in text_of(cast.manager, reverse("loyalty:segment_list"))
    partner.post(reverse("loyalty:segment_years_delete", args=[SegmentYears.objects.get().pk]))
    assert not SegmentYears.objects.exists()


@pytest.fixture
def asked(cast: Cast) -> tuple[str, SurveyInvitation]:
    """The address of one person's survey, and the invitation."""
    at = timezone.now()
    contact = make_contact(make_client(account_manager=cast.manager))
    survey = make_survey(by=cast.partner, state="sent")
    row = SurveyInvitation.objects.create(survey=survey, contact=contact, made_at=at, sent_at=at)
    expires = at + timedelta(days=30)
    row.link, secret = make_link(
        SignedLink.Purpose.SURVEY, subject_id=row.pk, recipient="", by=None, at=at, expires_at=expires
    )
    row.save()
    return reverse("loyalty:survey_answer", args=[secret]), row


def test_survey_answer_shows_on_get_and_writes_only_the_opening(asked: tuple[str, SurveyInvitation]) -> None:
    url, _row = asked
    for _scanner in range(3):
        response = Client().get(url + "?score=3")
        assert (response.status_code, b"checked" in response.content) == (200, True)
    assert Client().head(url).status_code == 200
    assert (SurveyResponse.objects.count(), LinkOpening.objects.count()) == (0, 4)
    assert b"noindex" in Client().get(url).content


def test_survey_answer_takes_one_answer_and_thanks(asked: tuple[str, SurveyInvitation]) -> None:
    url, _row = asked
    response = Client().post(url, {"score": "9", "comment": "<script>alert(1)</script>"}, follow=True)
    assert "Thank you, Jonas" in response.content.decode()
    assert Client().post(url, {"score": "10"}).status_code == 302
    assert SurveyResponse.objects.get().score == 10
    SurveyResponse.objects.update(answered_at=timezone.now() - timedelta(hours=25))
    assert Client().post(url, {"score": "0"}).status_code == 422
    assert "Your answer is kept" in Client().get(url).content.decode()
    assert SurveyResponse.objects.get().score == 10


@pytest.mark.parametrize("score", ["11", "7.5", "x", "-1", ""])
def test_survey_answer_refuses_what_is_no_score_and_keeps_the_words(
    asked: tuple[str, SurveyInvitation], score: str
) -> None:
    response = Client().post(asked[0], {"score": score, "comment": "Words to keep"})
    assert response.status_code == 422
    text = response.content.decode()
    assert "Choose a number from 0 to 10." in text
    assert "Words to keep" in text


def test_survey_answer_lets_people_opt_out_without_a_score(asked: tuple[str, SurveyInvitation]) -> None:
    url, row = asked
    assert "We will not ask you again" in Client().post(url, {"refuse": "on"}, follow=True).content.decode()
    row.contact.refresh_from_db()
    assert row.contact.surveys_refused_at is not None


@pytest.mark.parametrize("end", ["expired", "revoked", "closed", "erased", "unknown"])
def test_a_link_that_has_ended_says_so(asked: tuple[str, SurveyInvitation], end: str) -> None:
    url, row = asked
    past = timezone.now() - timedelta(seconds=1)
    if end == "expired":
        SignedLink.objects.update(expires_at=past)
    elif end == "revoked":
        SignedLink.objects.update(revoked_at=past)
    elif end == "closed":
        close_survey(row.survey, at=past)
    elif end == "erased":
        row.contact.delete()
    else:
        url = reverse("loyalty:survey_answer", args=["nobody-knows-this"])
    for answer in (Client().get(url), Client().post(url, {"score": "9"})):
        assert answer.status_code == 410
        assert "does not work any more" in answer.content.decode()
    assert not SurveyResponse.objects.exists()


@pytest.mark.parametrize(("language", "words"), [("en", "Send"), ("xx", "Send")])
def test_the_public_page_speaks_the_language_that_is_chosen(
    asked: tuple[str, SurveyInvitation], language: str, words: str
) -> None:
    assert words in Client().get(f"{asked[0]}?language={language}").content.decode()
