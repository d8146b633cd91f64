"""Two survey campaigns a year: who was asked, who answered and what they said."""

from datetime import timedelta

from crm.demo.names import COMMENTS
from crm.demo.world import Made, World
from loyalty.models import FirmFigure, Survey, SurveyInvitation, SurveyResponse
from loyalty.rules.nps import category

SCORES = (10, 10, 9, 9, 9, 8, 8, 7, 6, 4, 2)


def make_surveys(world: World) -> None:
    for back in range(5, -1, -1):
        _campaign(world, days_ago=30 + back * 182)
    world.table(FirmFigure).add(
        valid_on=world.today - timedelta(days=20),
        cash=world.scale.clients * 4000,
        fixed_cost_monthly=world.scale.clients * 350,
        made_by_id=world.people["finance"][0].pk,
    )


def _campaign(world: World, *, days_ago: int) -> None:
    sent = world.now - timedelta(days=days_ago)
    survey = world.table(Survey).add(
        name=f"{sent:%Y}, {'spring' if sent.month < 7 else 'autumn'}",
        state="sent",
        made_by_id=world.people["partner"][0].pk,
        sent_at=sent,
        created_at=sent,
    )
    for made in world.clients:
        if made.joined_on < sent.date() - timedelta(days=60) and not (made.left_on and made.left_on < sent.date()):
            _ask(world, made, survey, days_ago)


def _ask(world: World, made: Made, survey: int, days_ago: int) -> None:
    """Up to three people of an account; two in five answer, users of slow payers a little worse."""
    sent = world.now - timedelta(days=days_ago)
    for contact in made.contacts[:3]:
        world.table(SurveyInvitation).add(survey_id=survey, contact_id=contact, made_at=sent, sent_at=sent)
        if not world.chance(0.4):
            continue
        score = world.random.choice(SCORES[:9] if made.tier in ("vip", "a") else SCORES)
        world.table(SurveyResponse).add(
            survey_id=survey,
            contact_id=contact,
            client_id=made.id,
            score=score,
            comment=world.random.choice(COMMENTS[category(score)]) if world.chance(0.5) else "",
            language=made.country.lower(),
            answered_at=sent + timedelta(days=world.random.randint(0, 12), hours=3),
        )
