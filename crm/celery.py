"""The Celery application: tasks are edges (id in, one service call), found in each app's `tasks`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
app = Celery("anchor")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
