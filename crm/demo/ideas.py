"""Ideas of the demo at several touch points: some new, some at work, some done long enough ago to compare."""

from datetime import timedelta

from clients.models import Client
from crm.access import Role
from crm.demo.world import World
from loyalty.models import Idea
from loyalty.services.ideas import save_idea

type Row = tuple[str, str, str, str, tuple[int, int, int] | None, str, int, str]
ROWS: tuple[Row, ...] = (
    ("answers", "inconvenient", "Nobody answers between noon and two", "A rota at lunch", (5, 1, 2), "done", 400, ""),
    ("invoice", "inconvenient", "Hours are not named by project", "One line a project", (4, 2, 1), "done", 160, ""),
    ("result", "missing", "No short summary for the director", "One page in front", (5, 2, 2), "doing", 30, ""),
    ("start", "missing", "Nobody says who does what in week one", "A plan of one page", (4, 1, 1), "chosen", 20, ""),
    ("work", "missing", "The client learns of delays late", "A note each Friday", (5, 2, 3), "chosen", 45, ""),
    ("offer", "competitor_better", "A competitor answers within a day", "", (4, 3, 4), "new", 12, ""),
    ("answers", "superfluous", "Four people in copy of each mail", "", None, "new", 9, ""),
    ("invoice", "missing", "The balance of the package is not on it", "", None, "new", 5, ""),
    ("first_contact", "inconvenient", "The form asks for the VAT ID first", "", (2, 1, 1), "new", 3, ""),
    ("after", "missing", "Nobody calls a month later", "", (3, 5, 5), "dropped", 90, "Too few people for it"),
)
OUTCOME = "It is done so everywhere"


def make_ideas(world: World) -> None:
    """Every third names the client it came from; owners and days follow from the state."""
    clients = list(Client.objects.in_status("active").exclude(account_manager=None).order_by("pk")[: len(ROWS)])
    manager, partner = world.people[Role.ACCOUNT_MANAGER][0], world.people[Role.PARTNER][0]
    for number, row in enumerate(ROWS):
        touch_point, finding, text, proposal, marks, state, ago, outcome = row
        noted = world.today - timedelta(days=ago)
        client = clients[number] if clients and number % 3 == 0 and number < len(clients) else None
        idea = Idea(
            touch_point=touch_point,
            finding=finding,
            text=text,
            proposal=proposal,
            state=state,
            client=client,
            source=Idea.Source.CONVERSATION if client else Idea.Source.SESSION,
            noted_on=noted,
            outcome=outcome or (OUTCOME if state == "done" else ""),
            done_on=noted + timedelta(days=30) if state == "done" else None,
        )
        if marks:
            idea.usefulness, idea.cost, idea.difficulty = marks
        if state in {"chosen", "doing", "done"}:
            idea.owner, idea.due_on = manager, noted + timedelta(days=60)
        save_idea(idea, by=partner, at=world.now)
