"""How clients are treated in the demo: complaints and praise, extras, absences, expenses, questions, goodwill decided.

Written after the books, through the services that people use, for the clients that a visitor opens first.
"""

from datetime import datetime, time, timedelta
from decimal import Decimal

from django.utils import timezone

from billing.models import Expense, GoodwillBudget, GoodwillDecision, QuestionList, TimeEntry
from billing.services.expenses import Upload, approve_expenses, hand_in_expense
from billing.services.goodwill import budget_of, record_decision
from billing.services.questions import add_question, start_list
from clients.models import Absence, Client, Complaint, Extra, Praise
from clients.services.extras import close_extra, give_extra
from crm.access import Role
from crm.demo.world import World
from crm.models import User

FIRST, ASKING = 12, 2
RECEIPT = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
SPENT = (
    (Expense.Category.TRAVEL, "Train to the client and back", Decimal("119.00"), Decimal(19)),
    (Expense.Category.LODGING, "One night near the client", Decimal("128.40"), Decimal(7)),
    (Expense.Category.LICENCE, "Licence for the migration", Decimal("238.00"), Decimal(19)),
)
QUESTIONS = (("How do we restore a single mailbox?", 30), ("Who renews the certificate, and when?", 20))


def make_care(world: World) -> None:
    rows = Client.objects.in_status("active").select_related("account_manager", "default_seller").order_by("pk")
    kept = [(client, client.account_manager) for client in rows[:FIRST] if client.account_manager]
    for number, (client, keeper) in enumerate(kept):
        _say(world, client, keeper, number)
        _give(world, client, keeper, number)
        _spend(world, client, keeper, number)
        if number < ASKING:
            _ask(world, client, keeper)
    _leave(world)
    _decide(world)


def _say(world: World, client: Client, keeper: User, number: int) -> None:
    """Every third client complained once, every second praised; one does so every year."""
    contact, on = client.contacts.first(), world.today - timedelta(days=40 + 9 * number)
    if number % 3 == 1:
        Complaint.objects.create(
            client=client,
            contact=contact,
            channel="review" if number % 2 else "email",
            is_public=bool(number % 2),
            severity="serious",
            text="The hand-over came two days late, and nobody warned us.",
            received_on=on,
            root_cause="inexperience",
            resolution="The lead apologised in person; the next date was kept.",
            resolved_on=on + timedelta(days=3),
            cost=Decimal(180),
            about=keeper,
            currency="EUR",
            logged_by=keeper,
        )
    if number % 2 == 0:
        Praise.objects.create(
            client=client,
            contact=contact,
            channel="call",
            text="The weekend shift saved our month-end close.",
            received_on=on - timedelta(days=90),
            about=keeper,
            logged_by=keeper,
            may_be_told=number % 4 == 0,
        )


def _give(world: World, client: Client, keeper: User, number: int) -> None:
    for back in range(3 if number == 2 else 1):
        on = world.today - timedelta(days=12 + 30 * back)
        told = timezone.make_aware(datetime.combine(on, time(17)))
        extra = Extra(
            client=client,
            contact=client.contacts.first(),
            name="Check of the backups",
            given_on=on,
            given_by=keeper,
            cost=Decimal(45),
            value=Decimal(120),
            currency="EUR",
            is_announced=True,
            client_informed_at=told if number % 3 else None,
        )
        give_extra(extra, at=world.now)
        if back and extra.client_informed_at:
            close_extra(extra, on=on)


def _spend(world: World, client: Client, keeper: User, number: int) -> None:
    """Two of three are approved by a partner and wait for the invoice."""
    if client.country != "DE" or client.default_seller is None:
        return
    category, words, amount, percent = SPENT[number % len(SPENT)]
    row = Expense(
        employee=keeper,
        client=client,
        category=category,
        description=words,
        spent_on=world.today - timedelta(days=6 + number),
        amount=amount,
        vat_percent=percent,
        is_billable=number % 4 != 3,
    )
    hand_in_expense(row, by=keeper, at=world.now, receipt=Upload("receipt.pdf", RECEIPT))
    partner = User.objects.in_role(Role.PARTNER).exclude(pk=keeper.pk).order_by("pk").first()
    if number % 3 and partner:
        approve_expenses([row.pk], by=partner, at=world.now)


def _ask(world: World, client: Client, keeper: User) -> None:
    row = start_list(QuestionList(client=client, title="Questions after the migration"), by=keeper)
    for text, minutes in QUESTIONS:
        add_question(row, text=text, estimated_minutes=minutes, on=world.today - timedelta(days=2))


def _leave(world: World) -> None:
    """Somebody is on holiday next week, somebody was ill last month."""
    people = list(User.objects.in_role(Role.CONSULTANT).order_by("pk")[:3])
    for place, person in enumerate(people[:2]):
        start = world.today + timedelta(days=7 - 40 * place)
        Absence.objects.create(
            user=person,
            reason=Absence.Reason.SICK if place else Absence.Reason.HOLIDAY,
            from_on=start,
            to_on=start + timedelta(days=4),
            deputy=people[-1] if len(people) > 2 else None,
        )


def _decide(world: World) -> None:
    """One entry waits for a partner, one for a choice after the invoice; one client has a budget of their own."""
    partner = User.objects.in_role(Role.PARTNER).order_by("pk").first()
    if partner is None:
        return
    waiting = TimeEntry.objects.filter(status="submitted").order_by("pk")
    given = waiting.filter(billing_type="goodwill").first() or waiting.filter(billing_type="billable").last()
    if given:
        TimeEntry.objects.filter(pk=given.pk).update(
            billing_type="goodwill",
            billed_minutes=0,
            reason="Asked for after the year’s hours",
            needs_decision="goodwill_budget",
        )
        year = given.worked_on.year
        GoodwillBudget.objects.create(
            client=given.client,
            year=year,
            minutes=budget_of(given.client, year=year, apart=[given]).used_minutes,
            reason="Agreed with the second server",
        )
    asked = waiting.filter(billing_type="billable", minutes__gte=30, coverages__source="time_and_materials").first()
    if asked:
        TimeEntry.objects.filter(pk=asked.pk).update(needs_decision="follow_up", follow_up_minutes=15)
    small = TimeEntry.objects.goodwill().booked().filter(minutes__lte=30).order_by("-worked_on")[:4]
    for entry in list(small)[1:]:
        TimeEntry.objects.filter(pk=entry.pk).update(follow_up_minutes=entry.minutes)
    refused = TimeEntry.objects.goodwill().booked().order_by("-worked_on").first()
    if refused:
        record_decision(
            refused,
            occasion="goodwill_budget",
            choice="billable",
            outcome=GoodwillDecision.Outcome.REFUSED,
            reason="Third time this quarter",
            by=partner,
            at=world.now - timedelta(days=3),
        )
