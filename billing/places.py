"""This floor's kinds of import and the models whose History may be asked for."""

from billing.imports import BALANCES
from billing.models import Engagement, HourPackage, Invoice, Offer, Rate, Retainer
from clients.imports.kinds import register_kind
from crm.history import register_history

register_kind(BALANCES)
register_history(Engagement, right="engagement.see")
register_history(Offer, right="offer.see")
register_history(Retainer, right="retainer.see")
register_history(HourPackage, right="package.see")
register_history(Invoice, right="invoice.see")
register_history(Rate, right="rate.see")
