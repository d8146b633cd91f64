"""Long files of the bank that a worker reads, because a person cannot wait for them; short ones leave no row here."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.bank import BankQuery, BankStatement
from clients.models import BankAccount
from crm.db import Record, audited


class FileQuery(BankQuery["BankFile"]):
    def waiting(self) -> Self:
        return self.filter(state=BankFile.State.WAITING)

    def to_show(self) -> Self:
        """What is being read, and what was refused and nobody has put aside yet."""
        return self.exclude(state=BankFile.State.READ)


class BankFile(Record):
    """`content` is there until it is read or refused; `refusal` says why, in the words of who handed it in."""

    class State(models.TextChoices):
        WAITING = "waiting", _("being read")
        READ = "read", _("read")
        REFUSED = "refused", _("refused")

    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    content = models.BinaryField(blank=True)
    account = models.ForeignKey(
        BankAccount, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("account")
    )
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.WAITING)
    refusal = models.JSONField(_("refused because"), default=list, blank=True)
    try_count = models.PositiveSmallIntegerField(default=0)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))

    objects = FileQuery.as_manager()

    class Meta:
        verbose_name = _("file of the bank")
        verbose_name_plural = _("files of the bank")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting") & ~Q(content=b"") | ~Q(state="waiting") & Q(content=b""),
                name="bank_file_kept_while_waiting",
            ),
            models.CheckConstraint(
                condition=Q(state="refused") & ~Q(refusal=[]) | ~Q(state="refused") & Q(refusal=[]),
                name="bank_file_refused_says_why",
            ),
        ]
        triggers = audited("content")

    def __str__(self) -> str:
        return self.file_name

    @property
    def statement(self) -> BankStatement | None:
        """The first statement that was read from it."""
        return BankStatement.objects.filter(sha256=self.sha256).order_by("place").first()
