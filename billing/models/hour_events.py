"""What happened to a package beside its ledger: who was told what, when, and why its last day moved.

A statement that the client has freezes the work on it; the guards of work and of its draws ask here.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.hours import LedgerRow
from billing.models.packages import HourPackage
from crm.db import MinutesField, append_only


class PackageAlert(models.Model):
    """Somebody was told that so many per cent are used; once for what was bought by then, so a top-up arms it again."""

    package = models.ForeignKey(HourPackage, models.CASCADE, related_name="alerts")
    percent = models.PositiveSmallIntegerField()
    bought_minutes = MinutesField()
    made_at = models.DateTimeField()
    told = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["package", "percent"]
        constraints = [
            models.UniqueConstraint(fields=["package", "percent", "bought_minutes"], name="package_alert_once"),
        ]
        triggers = [append_only()]


class ExpiryNotice(models.Model):
    """Somebody was told that a package ends in so many days; once for each last day, so an extension arms it again."""

    package = models.ForeignKey(HourPackage, models.CASCADE, related_name="expiry_notices")
    expires_on = models.DateField()
    days = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField()
    told = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["package", "-days"]
        constraints = [
            models.UniqueConstraint(fields=["package", "expires_on", "days"], name="expiry_notice_once"),
        ]
        triggers = [append_only()]


class PackageExtension(models.Model):
    """A partner moved the last day of a package, and said why; `until_on` of None means that it never expires."""

    package = models.ForeignKey(HourPackage, models.CASCADE, related_name="extensions")
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["package", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="extension_reasoned",
                violation_error_message=_("An extension needs a reason."),
                violation_error_code="required",
            ),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gt=F("from_on")),
                name="extension_later",
                violation_error_message=_("The new last day is later than the old one."),
                violation_error_code="invalid",
            ),
        ]
        triggers = [append_only()]


class IssuedStatement(models.Model):
    """The client has the statement of these days, as the ledger was up to `last_row`; later rows are not on it."""

    package = models.ForeignKey(HourPackage, models.PROTECT, related_name="issued_statements")
    first_on = models.DateField()
    last_on = models.DateField()
    last_row = models.ForeignKey(LedgerRow, models.PROTECT, related_name="+")
    closing_minutes = MinutesField()
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["package", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_on__gte=F("first_on")),
                name="statement_ends_after_start",
                violation_error_message=_("It ends before it begins."),
                violation_error_code="invalid",
            ),
        ]
        triggers = [append_only()]
