"""The foundation as a Django app: users, audit trail, tokens, links, jobs."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from crm.acting import sign_connection
from crm.celery import app


class CrmConfig(AppConfig):
    name = "crm"
    verbose_name = _("Foundation")

    def ready(self) -> None:
        """Every connection signs what it writes; every process, not only the worker, knows the broker.

        Days are bounded before any form or serializer is made.
        """
        from crm.db.days import check_days_everywhere  # noqa: PLC0415 (models are not ready before)

        check_days_everywhere()
        app.set_default()
        autodiscover_modules("places", "belongings", "events", "notices", "happenings")
        connection_created.connect(sign_connection, dispatch_uid="crm.sign_connection")
