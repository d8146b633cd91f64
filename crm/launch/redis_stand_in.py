"""A Redis in Python for machines without one: enough for Celery's broker and results, and for the cache.

fakeredis knows the commands; its own TCP server polls every connection and breaks on replies over a socket
buffer, so this one puts the same commands behind asyncio. A process of its own:
python -m crm.launch.redis_stand_in PORT.
"""

import asyncio
import os
import signal
import sys
from contextlib import suppress

import redis
from fakeredis import FakeServer
from fakeredis._clients._tcp_server import encode_reply
from fakeredis._socket import AsyncFakeSocket

CHUNK_BYTES = 65_536


class StandIn:
    """One set of databases, served to any number of connections."""

    def __init__(self) -> None:
        self.server = FakeServer(version=(7, 4), server_type="redis")

    async def serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = AsyncFakeSocket(self.server, 0, client_class=redis.Redis, client_info={"protocol_version": 2})
        answering = asyncio.create_task(self.answer(client, writer))
        with suppress(ConnectionError):
            while request := await reader.read(CHUNK_BYTES):
                client.sendall(request)
        await self.release(client)
        answering.cancel()
        client.close()
        writer.close()

    async def answer(self, client: AsyncFakeSocket, writer: asyncio.StreamWriter) -> None:
        """Writes replies and published messages in the order in which the commands made them."""
        with suppress(ConnectionError):
            while True:
                reply = await client.responses.get()
                writer.write(encode_reply(reply, client._client_info.protocol_version))  # noqa: SLF001
                await writer.drain()

    async def release(self, client: AsyncFakeSocket) -> None:
        """Wakes a BRPOP whose client went away, so that it takes no message into the void."""
        while client._blocked:  # noqa: SLF001
            with self.server.lock:
                client._unblock_reason = b"timeout"  # noqa: SLF001
                client._db.wake_all()  # noqa: SLF001
            await asyncio.sleep(0)


async def serve(port: int) -> None:
    listening = await asyncio.start_server(StandIn().serve_connection, "127.0.0.1", port)
    async with listening:
        await listening.serve_forever()


def end_now(_number: int, _frame: object) -> None:
    os._exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end_now)
    asyncio.run(serve(int(sys.argv[1])))
