"""Puts a demo firm into an empty database: `manage.py seed_demo [--scale small|medium|large] [--seed N]`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from crm.demo.figures import reckon_figures
from crm.demo.scale import SCALES
from crm.demo.seed import AlreadySeededError, seed


class Command(BaseCommand):
    help = "Puts a demo firm into an empty database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scale", choices=list(SCALES), default="small")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--if-empty", action="store_true", help="do nothing when the firm has clients")

    def handle(self, **options: Any) -> None:
        try:
            world = seed(scale=options["scale"], number=options["seed"], at=timezone.localtime())
        except AlreadySeededError as error:
            if options["if_empty"]:
                return
            raise CommandError("The firm already has clients; a demo needs an empty database.") from error
        reckon_figures(at=timezone.localtime())
        self.stdout.write(f"{len(world.clients)} clients are there.")
