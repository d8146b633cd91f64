"""Question lists: gathered one by one, offered together with a session that is booked and promised."""

from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.models import Offer, Question, QuestionList
from billing.models import TimeEntry as Entry
from billing.services.offers import ItemDraft, draft_offer
from billing.services.rates import load_prices
from billing.services.time import settle_entry
from clients.models import Promise
from clients.services.promises import make_promise
from crm.models import User

OPEN, OFFERED, CLOSED = QuestionList.Status
VALID_DAYS = 14


def start_list(asked: QuestionList, *, by: User) -> QuestionList:
    asked.made_by = by
    asked.full_clean()
    asked.save()
    return asked


@transaction.atomic
def add_question(asked: QuestionList, *, text: str, estimated_minutes: int, on: date) -> Question:
    """Adds a question to an open list. `wrong_status` once it was offered or closed."""
    row = _open(asked)
    question = Question(list=row, text=text.strip(), estimated_minutes=estimated_minutes, asked_on=on)
    question.full_clean()
    question.save()
    return question


@transaction.atomic
def remove_question(question: Question) -> None:
    _open(question.list)
    question.delete()


@transaction.atomic
def offer_list(asked: QuestionList, *, session_at: datetime, by: User, at: datetime) -> Offer:
    """Drafts an offer of all questions at the client's price, and promises the session in which they are answered."""
    row = _open(asked)
    questions = list(row.questions.all())
    if not questions:
        raise ValidationError(_("There is no question on the list yet."), code="wrong_status")
    if session_at <= at:
        error = ValidationError(_("Book a session that lies ahead."), code="past")
        raise ValidationError({"session_at": error})
    offer = draft_offer(_offer(row, by=by, at=at), items=[ItemDraft(q.text, q.estimated_minutes) for q in questions])
    row.offer, row.session_at, row.status = offer, session_at, OFFERED
    row.save(update_fields=["offer", "session_at", "status"])
    _promise_session(row, session_at, by=by, at=at)
    return offer


@transaction.atomic
def close_list(asked: QuestionList) -> QuestionList:
    """Ends a list without an offer, because the questions were answered or dropped."""
    row = _open(asked)
    row.status = CLOSED
    row.save(update_fields=["status"])
    return row


def _open(asked: QuestionList) -> QuestionList:
    row = QuestionList.objects.locked().get(pk=asked.pk)
    if row.status != OPEN:
        raise ValidationError(_("This list is closed or offered already."), code="wrong_status")
    return row


def _offer(row: QuestionList, *, by: User, at: datetime) -> Offer:
    """The terms of work for this client now: seller, currency and price an hour."""
    on = timezone.localdate(at)
    work = Entry(client=row.client, engagement=row.engagement, employee=by, worked_on=on, minutes=1)
    settle_entry(work)
    price = load_prices([work]).price_of(work)
    return Offer(
        client=row.client,
        contact=row.contact,
        seller=work.seller,
        service_line_id=work.service_line_id,
        title=row.title,
        currency=price.currency if price else row.client.currency,
        hourly_rate=price.amount if price else Decimal(0),
        price_includes_tax=price.price_includes_tax if price else work.seller.price_includes_tax,
        valid_until=date.fromordinal(on.toordinal() + VALID_DAYS),
        author=by,
        lead=row.engagement.lead if row.engagement else None,
    )


def _promise_session(row: QuestionList, session_at: datetime, *, by: User, at: datetime) -> Promise:
    when = date_format(timezone.localtime(session_at), "SHORT_DATETIME_FORMAT")
    return make_promise(
        row.client,
        text=str(_("Session on %(when)s: %(title)s") % {"when": when, "title": row.title})[:300],
        due_at=session_at,
        due_is_day=False,
        by=by,
        at=at,
        contact=row.contact,
        source=Promise.Source.PROJECT,
    )
