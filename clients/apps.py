"""The clients floor as a Django app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class ClientsConfig(AppConfig):
    name = "clients"
    verbose_name = _("Clients")

    def ready(self) -> None:
        from clients.navigation import register_places  # noqa: PLC0415 (models are not ready before)
        from clients.tasks import register_jobs  # noqa: PLC0415 (models are not ready before)

        register_places()
        register_jobs()
        autodiscover_modules("holdings")
