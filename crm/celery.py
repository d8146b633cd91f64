"""The Celery application: tasks are edges (id in, one service call), found in each app's `tasks`."""

import os
from typing import Any

from celery import Celery, Task

from crm.acting import acting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")


class SignedTask(Task):  # type: ignore[type-arg]  # the class itself takes no index
    """What a task changes is written down as its own work: nobody's, from the task's name."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with acting(None, origin=f"task {self.name}"):
            return super().__call__(*args, **kwargs)


app = Celery("anchor", task_cls=SignedTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
