"""The product over HTTP inside of one test's transaction: a browser sees rows that are never committed."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, cast

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections
from django.test.testcases import LiveServerThread

KEPT = ("Cache-Control", "public, max-age=3600")
type Answer = Callable[[dict[str, Any], Any], Iterable[bytes]]


class OneAtATime:
    """All requests share the test's connection, so they take turns; the browser keeps files once it has them."""

    def __init__(self, application: Any) -> None:
        self.application: Answer = StaticFilesHandler(application)
        self.lock = Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/static/"):
            return self.application(
                environ, lambda status, headers, *rest: start_response(status, [*headers, KEPT], *rest)
            )
        with self.lock:
            answer = self.application(environ, start_response)
            content = list(answer)
            close = getattr(answer, "close", None)
            if close:
                close()
            return content


class Server(ThreadedWSGIServer):
    daemon_threads = False  # closing waits for answers that are on their way

    def _close_connections(self) -> None:
        """The connection is the test's."""


class Serving(LiveServerThread):
    """Its own thread, which closes what it holds at the end, never holds the shared connection."""

    server_class = Server

    def __init__(self, shared: dict[str, Any]) -> None:
        super().__init__("localhost", cast("Any", OneAtATime))
        self.shared, self.daemon = shared, True

    def _create_server(self, connections_override: Any = None) -> Any:  # noqa: ARG002
        return cast("Any", super())._create_server(connections_override=self.shared)


@contextmanager
def served() -> Iterator[str]:
    """The address of the product as long as the block lasts; the block itself leaves the database alone."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    shared = {alias: connections[alias] for alias in connections}
    for connection in shared.values():
        connection.inc_thread_sharing()
    thread = Serving(shared)
    thread.start()
    thread.is_ready.wait()
    try:
        yield f"http://localhost:{thread.port}"
    finally:
        thread.terminate()
        for connection in shared.values():
            connection.dec_thread_sharing()
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
