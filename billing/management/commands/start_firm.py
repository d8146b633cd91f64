"""Prepares an empty firm: default policies, one own company per country, VAT rates, series and the four logins."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from billing.services.firm import start_firm


class Command(BaseCommand):
    help = "Adds the default policies, companies, series, VAT rates and logins that are missing."

    def handle(self, **options: Any) -> None:
        start_firm(at=timezone.now(), with_passwords=settings.DEBUG)
        self.stdout.write("The firm is ready.")
