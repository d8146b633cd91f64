"""What the nightly jobs would have found: figures of every client and the tasks that follow from them."""

from datetime import datetime

from billing.services.client_figures import refresh_money
from billing.services.figures import refresh_hours
from clients.models import Client
from clients.services.attention import refresh_attention, renew_attention_tasks
from clients.services.channels import review_channels
from clients.services.designations import suggest_designations
from clients.services.escalations import escalate_promises
from clients.services.promise_rates import refresh_promises
from clients.services.status import suggest_status_changes
from clients.services.tiers import suggest_tier_changes
from crm.demo.loops import close_loops
from crm.demo.losses import conclude_losses
from loyalty.services.backtests import keep_backtest, keep_calibration
from loyalty.services.concentration import refresh_concentration
from loyalty.services.health import refresh_health
from loyalty.services.nps import refresh_nps
from loyalty.services.residuals import refresh_residuals
from loyalty.services.retention import refresh_retention
from loyalty.services.reviews import open_reviews
from loyalty.services.values import refresh_values


def reckon_figures(*, at: datetime) -> None:
    """One night's work over a firm that has just been seeded."""
    on, clients = at.date(), list(Client.objects.values_list("pk", flat=True))
    refresh_hours(on=on)
    refresh_money(on=on)
    refresh_values(on=on)
    refresh_residuals(on=on)
    refresh_nps(on=on)
    refresh_concentration(on=on)
    refresh_attention(clients, at=at)
    refresh_promises(clients, at=at)
    close_loops(at=at)
    refresh_health(on=on, at=at)
    keep_calibration(on=on)
    keep_backtest(on=on)
    open_reviews(on=on, at=at)
    conclude_losses(at=at)
    refresh_retention(on=on)
    renew_attention_tasks(at=at)
    escalate_promises(at=at)
    suggest_tier_changes(at=at)
    suggest_status_changes(at=at)
    suggest_designations(at=at)
    review_channels(at=at)
