"""The loyalty floor as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LoyaltyConfig(AppConfig):
    name = "loyalty"
    verbose_name = _("Loyalty")

    def ready(self) -> None:
        from loyalty.arrivals import watch_arrivals  # noqa: PLC0415 (models are not ready before)
        from loyalty.navigation import register_places  # noqa: PLC0415
        from loyalty.tasks import register_jobs  # noqa: PLC0415

        register_places()
        register_jobs()
        watch_arrivals()
