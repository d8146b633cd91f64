"""The firm itself: one installation is one firm, with one base currency; its time zone is a setting."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.db import CurrencyField, Record, Singleton, audited


class Firm(Singleton, Record):
    name = models.CharField(_("name of the firm"), max_length=120, default="Anchor")
    base_currency = CurrencyField(_("base currency"), default="EUR")
    small_firm = models.BooleanField(
        _("small firm"),
        default=False,
        help_text=_("People may approve their own time, goodwill, discounts and write-offs; reports say so."),
    )
    setup_steps = models.JSONField(default=dict, blank=True, editable=False)
    onboarded_at = models.DateTimeField(_("set up at"), null=True, blank=True)

    class Meta:
        verbose_name = _("firm")
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="firm_is_one"),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return self.name

    @property
    def is_fresh(self) -> bool:
        """Nobody has begun to set it up."""
        return self.onboarded_at is None and not self.setup_steps
