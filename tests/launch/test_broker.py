"""Worker, beat, results and cache on both embedded brokers: redis-server, and the stand-in for machines without."""

import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import Celery

from crm.launch.broker import Broker, find_redis, start_broker
from crm.launch.children import Child, start_child
from crm.launch.places import Places

STAND_IN = {"BROKER": "embedded"}
KINDS = [
    pytest.param(STAND_IN, id="stand-in"),
    pytest.param(
        {"BROKER": ""},
        id="redis-server",
        marks=pytest.mark.skipif(not shutil.which("redis-server"), reason="this machine has no redis-server"),
    ),
]


@pytest.fixture(params=KINDS)
def broker(request: pytest.FixtureRequest, places: Places) -> Iterator[Broker]:
    running = start_broker(places, environment={**os.environ, **request.param})
    yield running
    running.child.stop()


@pytest.fixture
def jobs(broker: Broker, places: Places, tmp_path: Path) -> Iterator[Celery]:
    """The application, with a worker and a beat on the broker."""
    environment = {**os.environ, "REDIS_URL": broker.url, "TICKS": str(tmp_path / "ticks")}
    celery = [sys.executable, "-m", "celery", "-A", "tests.launch.jobs"]
    schedule = ["--schedule", str(tmp_path / "schedule"), "--pidfile", ""]
    commands = {"worker": [*celery, "worker", "-c", "1"], "beat": [*celery, "beat", *schedule]}
    children: list[Child] = [
        start_child(name, command, environment=environment, log=places.log(name)) for name, command in commands.items()
    ]
    yield Celery(broker=broker.url, backend=broker.url, set_as_current=False)
    for child in children:
        child.stop(patience=5)


def answer(jobs: Celery, name: str, *arguments: Any) -> Any:
    return jobs.send_task(name, args=arguments).get(timeout=60)


def test_jobs_run_in_a_worker_and_answer(jobs: Celery, tmp_path: Path) -> None:
    assert answer(jobs, "jobs.length", "abc") == 3
    large = 2_000_000
    assert answer(jobs, "jobs.length", "я" * large) == large
    assert len(answer(jobs, "jobs.repeat", "я", large)) == large
    assert jobs.send_task("jobs.length", args=["later"], countdown=0.5).get(timeout=60) == 5
    assert [list(reply.values()) for reply in jobs.control.ping(timeout=5) or []] == [[{"ok": "pong"}]]
    wait_until((tmp_path / "ticks").exists)


def test_published_messages_reach_every_subscriber(broker: Broker) -> None:
    client: Any = redis.Redis.from_url(broker.url)
    with client.pubsub() as first, client.pubsub() as second:
        for subscriber in (first, second):
            subscriber.subscribe("news")
            assert subscriber.get_message(timeout=5)["type"] == "subscribe"
        assert client.publish("news", "hello") == 2
        assert [subscriber.get_message(timeout=5)["data"] for subscriber in (first, second)] == [b"hello"] * 2


def test_a_client_that_hangs_up_takes_no_message_along(broker: Broker) -> None:
    host, port = "127.0.0.1", int(broker.url.split(":")[2].split("/")[0])
    with socket.create_connection((host, port)) as waiting:
        waiting.sendall(b"*3\r\n$5\r\nBRPOP\r\n$5\r\nqueue\r\n$1\r\n0\r\n")
        time.sleep(0.1)
    time.sleep(0.1)
    client = redis.Redis.from_url(broker.url)
    client.lpush("queue", "job")
    assert client.brpop(["queue"], timeout=5) == (b"queue", b"job")


def test_a_broker_comes_back_on_its_port(places: Places) -> None:
    first = start_broker(places, environment={**os.environ, **STAND_IN})
    first.child.stop()
    port = int(first.url.split(":")[2].split("/")[0])
    second = start_broker(places, environment={**os.environ, **STAND_IN}, port=port)
    assert second.url == first.url
    second.child.stop()


def test_without_redis_on_the_path_the_stand_in_serves(tmp_path: Path) -> None:
    assert find_redis({"PATH": str(tmp_path)}) is None


def wait_until(happened: Any, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.05)
