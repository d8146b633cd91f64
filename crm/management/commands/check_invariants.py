"""manage.py check_invariants: runs every promise of the books; one line for each breach, exit 1 if there is one."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from crm.invariants import all_invariants, find_breaches


class Command(BaseCommand):
    help = "Checks every promise of the books; exits with 1 and one line for each breach."

    def handle(self, **_options: Any) -> None:
        breaches = [str(breach) for breach in find_breaches()]
        for line in breaches:
            self.stdout.write(line)
        if breaches:
            sys.exit(1)
        self.stdout.write(f"{len(all_invariants())} promises hold.")
