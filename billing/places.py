"""The guide of a new firm, this floor's kinds of import and the models whose History may be asked for."""

from django.utils.translation import gettext_lazy as _

from billing.imports import BALANCES
from billing.models import Engagement, HourPackage, Invoice, Offer, Rate, Retainer
from billing.views.setup import first_step
from clients.imports.kinds import register_kind
from crm.history import register_history
from crm.web.navigation import register_start
from crm.web.settings_index import Setting, register_setting

register_kind(BALANCES)
register_start(first_step)
register_setting(
    Setting(
        "setup",
        _("First steps"),
        _("The guide that sets up a new firm, step by step."),
        "list-check",
        "billing:setup",
        "firm.change",
    )
)
register_history(Engagement, right="engagement.see")
register_history(Offer, right="offer.see")
register_history(Retainer, right="retainer.see")
register_history(HourPackage, right="package.see")
register_history(Invoice, right="invoice.see")
register_history(Rate, right="rate.see")
