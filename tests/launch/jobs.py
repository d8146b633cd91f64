"""A small Celery application for the broker tests; its jobs say in a file that they ran."""

import os
from pathlib import Path

from celery import Celery

app = Celery("jobs", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])
app.conf.broker_connection_retry_on_startup = True
app.conf.beat_schedule = {"tick": {"task": "jobs.tick", "schedule": 0.5}}


@app.task(name="jobs.length")
def length(text: str) -> int:
    return len(text)


@app.task(name="jobs.repeat")
def repeat(text: str, times: int) -> str:
    return text * times


@app.task(name="jobs.tick")
def tick() -> None:
    Path(os.environ["TICKS"]).touch()
