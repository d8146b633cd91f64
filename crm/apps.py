"""The foundation as a Django app: users, audit trail, tokens, links, jobs."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _

from crm.acting import sign_connection


class CrmConfig(AppConfig):
    name = "crm"
    verbose_name = _("Foundation")

    def ready(self) -> None:
        """Every connection to the database signs what it writes."""
        connection_created.connect(sign_connection, dispatch_uid="crm.sign_connection")
