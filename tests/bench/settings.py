"""The product's settings with a counter of statements; `FLOOR=1` strips the stack to session and user."""

import os

from crm.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
DEBUG = False
SECRET_KEY = "bench"
ALLOWED_HOSTS = ["127.0.0.1"]
CONN_MAX_AGE = 600
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# One person asks as fast as it can; that somebody counts the questions is part of what they cost.
REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] = dict.fromkeys(("burst", "sustained", "anonymous"), "10000000/min")  # noqa: F405
CACHES["default"]["KEY_PREFIX"] = os.environ.get("BENCH_FIRM", "")  # noqa: F405  # firms share the Redis of a run
if os.environ.get("FLOOR"):
    MIDDLEWARE = [
        "tests.bench.counting.count_statements",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ]
else:
    MIDDLEWARE = ["tests.bench.counting.count_statements", *MIDDLEWARE]
TEMPLATES[0]["DIRS"].append(BASE_DIR / "tests" / "bench" / "templates")  # type: ignore[attr-defined] # noqa: F405
