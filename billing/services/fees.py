"""Retainer fees drafted on schedule: once per contract and period, whatever the retries."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import formats, translation
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice, InvoiceLine, Retainer, RetainerPeriod
from billing.rules.vat import Tax
from billing.services.agreed_drafts import require_not_billed
from billing.services.agreed_prices import AgreedPrices, Agreement
from billing.services.discounts import discount_lines
from billing.services.drafting import DraftPlan, write_plan
from billing.services.drafts import DraftTerms, LineDraft
from billing.services.fee_rows import fee_on, only_service_line
from billing.services.issuing import issue_invoice, prepare_draft
from billing.services.line_sources import PlannedLine
from billing.services.retainers import ONE_DAY, open_periods, plan_periods
from billing.services.shown_extras import show_extras
from billing.services.taxes import RateQuestionError
from billing.services.wip import WipKey, load_contract_hours
from billing.services.worked_lines import goodwill_line, prepaid_lines
from clients.models import Client
from clients.services.tasks import TaskDraft, open_task, settle_tasks
from crm.access import Role
from crm.models import User
from crm.periods import add_months
from crm.web.formats import write_number

QUESTION = "retainer_rate_question"


@dataclass
class FeeRun:
    """What a run of the schedule did: drafts made, those it issued, and why some fees still wait."""

    drafts: list[Invoice] = field(default_factory=list)
    issued: list[Invoice] = field(default_factory=list)
    waiting: list[tuple[Retainer, str]] = field(default_factory=list)
    question: RateQuestionError | None = None
    refused: list[str] = field(default_factory=list)

    @property
    def reasons(self) -> str:
        """In words, what stopped drafts."""
        return " ".join(self.refused)


def draft_due_fees(*, on: date, at: datetime, by: User | None = None) -> FeeRun:
    """Drafts every fee that fell due by the day and has no draft; a missed schedule drafts each period once.

    Each period is its own transaction, so what stops one contract never stops another. A changed VAT rate opens a
    task and waits for its answer.
    """
    run = FeeRun()
    for retainer in Retainer.objects.filter(status=Retainer.Status.ACTIVE, starts_on__lte=on):
        open_periods(retainer, on=on, by=by, at=at)
    due = RetainerPeriod.objects.filter(draft_on__lte=on, fee__gt=0, invoice_line=None)
    due = due.exclude(retainer__status=Retainer.Status.DRAFT)
    for period in due.select_related("retainer__client").order_by("draft_on", "pk"):
        _draft_one(period, run, on=on, at=at, by=by)
    return run


@transaction.atomic
def draft_fee(period: RetainerPeriod, *, by: User | None, on: date, at: datetime) -> Invoice:
    """Drafts the fee of one period, with the hours that the contract has covered by then and no document shows yet.

    ValidationError `already_done` while its invoice stands, `needs_decision`.
    """
    Client.objects.locked().get(pk=period.retainer.client.holder_id)
    row = RetainerPeriod.objects.select_for_update(of=("self",)).select_related("retainer__client").get(pk=period.pk)
    require_not_billed(row.invoice_line)
    fee, terms = _fee_line(row), _terms(row.retainer)
    off = discount_lines(terms.client, [fee], currency=terms.currency, retainer_id=row.retainer_id)
    lines = (PlannedLine(fee), *map(PlannedLine, off), *_hours(row, fee.tax))
    invoice = write_plan(DraftPlan(terms, lines), by=by, on=on)
    row.invoice_line = invoice.lines.get(kind=InvoiceLine.Kind.RETAINER)
    row.save(update_fields=["invoice_line"])
    show_extras(invoice)
    settle_tasks(QUESTION, f"retainer:{row.retainer_id}", at=at)
    return invoice


def rate_question_of(retainer: Retainer) -> RateQuestionError | None:
    """The open question about a changed VAT rate, for the first fee that is to come or was credited; None if none."""
    standing = InvoiceLine.objects.standing().filter(retainer_period__retainer=retainer)
    first = retainer.periods.filter(fee__gt=0).exclude(invoice_line__in=standing).order_by("starts_on").first()
    if first is None:
        return None
    try:
        _fee_line(first)
    except RateQuestionError as question:
        return question
    return None


def draft_fees_of(retainer: Retainer, *, on: date, at: datetime, by: User) -> FeeRun:
    """Drafts what is due of one contract now, as the schedule would."""
    run = FeeRun()
    open_periods(retainer, on=on, by=by, at=at)
    for period in retainer.periods.filter(draft_on__lte=on, fee__gt=0, invoice_line=None).order_by("draft_on"):
        _draft_one(period, run, on=on, at=at, by=by)
    return run


def period_of(retainer: Retainer, day: date) -> RetainerPeriod:
    """The period that begins on the day. ValidationError `invalid_choice` if none does."""
    found = retainer.periods.select_related("retainer__client", "invoice_line").filter(starts_on=day).first()
    if found is None:
        error = ValidationError(_("No period of this contract begins on that day."), code="invalid_choice")
        raise ValidationError({"again_from": error})
    return found


def draft_again(period: RetainerPeriod, *, on: date, at: datetime, by: User) -> FeeRun:
    """Drafts a fee whose invoice was taken back; no schedule does, because the credit may have been meant to last.

    ValidationError `wrong_status` for a fee that the schedule has yet to draft, `already_done` while it is invoiced.
    """
    if period.invoice_line is None:
        raise ValidationError(_("This fee is drafted when it is due."), code="wrong_status")
    require_not_billed(period.invoice_line)
    run = FeeRun()
    _draft_one(period, run, on=on, at=at, by=by)
    return run


def _draft_one(period: RetainerPeriod, run: FeeRun, *, on: date, at: datetime, by: User | None) -> None:
    try:
        draft = draft_fee(period, by=by, on=on, at=at)
    except RateQuestionError as question:
        if keeper := keeper_of(period.retainer):
            open_task(_question(period.retainer, keeper, question, at))
        run.waiting.append((period.retainer, "needs_decision"))
        run.question = question
        return
    except ValidationError as refused:
        run.waiting.append((period.retainer, refused.code or "invalid"))
        run.refused += refused.messages
        return
    run.drafts.append(draft)
    if period.retainer.auto_issue:
        _issue(draft, period, run, on=on, at=at)


def _issue(draft: Invoice, period: RetainerPeriod, run: FeeRun, *, on: date, at: datetime) -> None:
    """Issues without asking where the contract says so; what cannot be issued stays a draft for a person."""
    try:
        prepare_draft(draft, at=at)
        run.issued.append(issue_invoice(draft, issued_on=on, by=None, at=at))
    except ValidationError as refused:
        run.waiting.append((period.retainer, refused.code or "invalid"))
        if keeper := keeper_of(period.retainer):
            open_task(_refusal(draft, period.retainer, keeper, " ".join(refused.messages), at))


def _terms(retainer: Retainer) -> DraftTerms:
    return DraftTerms(
        client=retainer.client.holder,
        seller=retainer.seller,
        currency=retainer.currency,
        price_includes_tax=retainer.price_includes_tax,
        engagement=retainer.engagements.first(),
        agreement=retainer,
    )


def _hours(period: RetainerPeriod, tax: Tax) -> list[PlannedLine]:
    """Covered hours and free work at 0.00: of the time before a fee in advance, of the period itself for one after it.

    The fee is their price, so they have its VAT and leave its period of supply alone; their days stand in the details.
    """
    retainer = period.retainer
    since, through = period.starts_on, _fee_end(period)
    if retainer.bill_in == Retainer.BillIn.ADVANCE:
        since, through = add_months(period.starts_on, -retainer.fee_months), period.starts_on - ONE_DAY
    wip = load_contract_hours(retainer, since=since, through=through)
    key = WipKey(retainer.seller, retainer.currency, retainer.price_includes_tax)
    found = prepaid_lines(wip.prepaid[retainer.seller_id], wip, key)
    lines = [PlannedLine(line, coverages=tuple(row.pk for row in rows)) for line, rows in found]
    if free := wip.free[retainer.seller_id]:
        lines.append(PlannedLine(goodwill_line(free, wip, key), shown=tuple(entry.pk for entry in free)))
    return [
        replace(planned, line=replace(planned.line, tax=tax, supplied_from=None, supplied_to=None)) for planned in lines
    ]


def _fee_line(period: RetainerPeriod) -> LineDraft:
    retainer = period.retainer
    price = AgreedPrices(retainer.client.holder).of_agreement(
        retainer.seller,
        agreement_of(retainer, on=period.starts_on),
        includes_tax=retainer.price_includes_tax,
        supplied_on=_fee_end(period),
    )
    return LineDraft(
        kind=InvoiceLine.Kind.RETAINER,
        description=_words(period),
        tax=price.tax,
        unit="MON" if retainer.fee_months == 1 else "C62",
        unit_price=period.fee,
        service_line_id=only_service_line(retainer),
        supplied_from=period.starts_on,
        supplied_to=_fee_end(period),
        agreed_percent=price.agreed_percent,
        change=price.change,
    )


def agreement_of(retainer: Retainer, *, on: date) -> Agreement:
    """The contract's own price, or the fee that was agreed later: each holds for the VAT of its own day."""
    fee = fee_on(retainer, on)
    if fee.valid_from == retainer.starts_on:
        return Agreement(f"retainer:{retainer.pk}", retainer.starts_on)
    return Agreement(f"retainer:{retainer.pk}:{fee.valid_from.isoformat()}", fee.valid_from)


def _fee_end(period: RetainerPeriod) -> date:
    """The last day that the fee pays for: the day before the next fee of the contract begins."""
    plans = plan_periods(period.retainer, on=period.starts_on)
    later = [plan.starts_on for plan in plans if plan.fee and plan.starts_on > period.starts_on]
    return min(later) - ONE_DAY if later else max(plan.ends_on for plan in plans)


def _words(period: RetainerPeriod) -> str:
    """The contract and the month that it pays for, in the client's language."""
    with translation.override(period.retainer.client.holder.language):
        month = formats.date_format(period.starts_on, "YEAR_MONTH_FORMAT")
    return f"{period.retainer.name}, {month}"


def _question(retainer: Retainer, keeper: User, question: RateQuestionError, at: datetime) -> TaskDraft:
    return TaskDraft(
        kind=QUESTION,
        source=f"retainer:{retainer.pk}",
        assignee=keeper,
        title=format_lazy(
            _("Does the price of {name} stay under the new VAT of {percent} %?"),
            name=retainer.name,
            percent=str(write_number(question.new_percent, 2, trim=True)),
        ),
        due_at=at,
        client=retainer.client,
        url=reverse("billing:retainer_detail", args=[retainer.pk]),
    )


def _refusal(draft: Invoice, retainer: Retainer, keeper: User, why: str, at: datetime) -> TaskDraft:
    """The contract issues by itself, so nobody looks at its draft unless somebody is told."""
    return TaskDraft(
        kind="fee_not_issued",
        source=f"invoice:{draft.pk}",
        assignee=keeper,
        title=format_lazy(_("Issue the fee of {name} yourself: {why}"), name=retainer.name, why=why),
        due_at=at,
        client=retainer.client,
        url=reverse("billing:invoice_detail", args=[draft.pk]),
    )


def keeper_of(retainer: Retainer) -> User | None:
    """Who looks after the contract: the account manager, its lead, a partner, else finance.

    None in a firm that has nobody of them: then no task is opened, and the next run after somebody came opens it.
    """
    keeper = retainer.client.account_manager or retainer.lead
    return keeper or _first_in(Role.PARTNER) or _first_in(Role.FINANCE)


def _first_in(role: Role) -> User | None:
    return User.objects.in_role(role).filter(is_active=True).order_by("pk").first()
