"""Work that was drawn on saving and is given back by whoever approves for the client and looks at a sample of it."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import TimeEntry
from billing.services.approvals import check_approver, read_comment
from billing.services.bookings import carry_days, plan_again, undo_booking
from billing.services.coverage import planned_accounts
from billing.services.endings import end_touched
from billing.services.locks import check_time_open
from billing.services.rounding import days_of, hold_days
from billing.services.time import check_changer
from crm.db import update_rows, worded
from crm.models import User


@transaction.atomic
def give_back_draw(entry: TimeEntry, *, comment: str, by: User, at: datetime) -> TimeEntry:
    """Reverses the draw and gives the work back to its writer, as a draft that no longer approves itself.

    PermissionDenied for one's own work; ValidationError `wrong_status` for work that somebody approved or that stands
    on a document, `period_locked`, `required` without a comment.
    """
    words = read_comment(comment)
    hold_days([entry])
    row = TimeEntry.objects.locked().filter(pk=entry.pk, approved_on_log=True, status=TimeEntry.Status.APPROVED).first()
    if row is None:
        raise ValidationError(_("This work was not drawn on saving, or was taken back already."), code="wrong_status")
    check_approver([row], by=by)
    check_changer(row, by=by)
    check_time_open(row.worked_on)
    held, days = planned_accounts([row]), days_of([row])
    with worded():
        undo_booking([row], by=by, at=at)
        row.status, row.review_comment = TimeEntry.Status.DRAFT, words
        update_rows([row], ["status", "review_comment"])
        carry_days(days, by=by, at=at)
        plan_again([row])
    end_touched(held, on=timezone.localdate(at), by=by, at=at)
    return row
