#!/usr/bin/env python
"""Django's command line for Anchor; without DATABASE_URL it works on the local product, running or stopped."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    if not os.environ.get("DATABASE_URL"):
        os.chdir(Path(__file__).parent)
        os.execv(sys.executable, [sys.executable, "-m", "crm.launch", "manage", *sys.argv[1:]])  # noqa: S606
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    execute_from_command_line(sys.argv)
