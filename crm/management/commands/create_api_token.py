"""Prints a new API token alone on stdout, for scripts and `make token`."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models import User
from crm.tokens import make_token


class Command(BaseCommand):
    help = "Makes an API token for a user and prints it; it is shown only now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="command line", help="what it is for")
        parser.add_argument("--days", type=int, default=365, help="how long it is valid")

    def handle(self, *_args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"], is_active=True).first()
        if user is None:
            raise CommandError(_("There is no active user “%(name)s”.") % {"name": options["username"]})
        if not 1 <= options["days"] <= 3650:
            raise CommandError(_("A token is valid for 1 to 3650 days."))
        now = timezone.now()
        until = now + timedelta(days=options["days"])
        _token, key = make_token(user, name=options["name"][:80], at=now, expires_at=until)
        self.stdout.write(key)
