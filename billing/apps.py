"""The billing floor as a Django app."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Billing")

    def ready(self) -> None:
        import_module("billing.navigation").register_places()
        import_module("billing.services.billed_expenses").register_expenses()
        import_module("billing.services.fixed_offers").register_fixed_offers()
        import_module("billing.tasks").register_jobs()
        import_module("billing.arrivals").watch_arrivals()
        import_module("billing.documents.e_invoices").register_e_invoices()
