"""The billing floor as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Billing")

    def ready(self) -> None:
        from billing.navigation import register_places  # noqa: PLC0415 (models are not ready before)

        register_places()
