"""Rebuilds every rollup of the books; what the daily upkeep wrote and what this writes are the same rows."""

from typing import Any

from django.core.management.base import BaseCommand

from billing.services.revenue import rebuild_revenue
from billing.services.rollups import rebuild_work


class Command(BaseCommand):
    help = "Rebuild the rollups of revenue and work from the books."

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(f"revenue: {rebuild_revenue()} rows")
        self.stdout.write(f"work: {rebuild_work()} rows")
