"""The server of ./run: waitress, with slow clients cut and no request without an end (AVA-02).

Waitress takes a request in whole before a thread works on it, so that a slow sender holds a place among the
connections and no thread. What it lacks is an end to a request that trickles in: that is added here.
"""

from __future__ import annotations

import sys
from time import monotonic
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import create_server

THREADS = 8
CONNECTIONS = 200
IDLE_SECONDS = 60  # a connection on which nothing moves
ARRIVAL_SECONDS = 90  # a request, from its first byte to its last: a paper of 20 MB at 2 Mbit/s
LARGEST_HEAD = 32 * 1024
LARGEST_BODY = 26 * 1024 * 1024  # a little more than the application takes, so that its own page answers


class PunctualChannel(HTTPChannel):
    """A connection whose request must have arrived whole after a while, however busily it trickles."""

    arriving_since = 0.0

    def received(self, data: bytes) -> bool:
        """Take bytes in, and cut who has been sending one request for too long."""
        taken = bool(super().received(data))
        if self.request is None:
            self.arriving_since = 0.0
        else:
            self.arriving_since = self.arriving_since or monotonic()
            if monotonic() - self.arriving_since > self.adj.arrival_seconds:
                self.will_close = True
        return taken


def make(app: Any, host: str, port: int, arrival_seconds: float = ARRIVAL_SECONDS, **more: Any) -> Any:
    """A server that listens at a numeric address; `run()` serves."""
    settings = {"threads": THREADS, "connection_limit": CONNECTIONS, "channel_timeout": IDLE_SECONDS} | more
    server = create_server(
        app,
        host=host,
        port=port,
        max_request_header_size=LARGEST_HEAD,
        max_request_body_size=LARGEST_BODY,
        inbuf_overflow=LARGEST_BODY,  # what is sent or answered never waits in a file in clear (DAR-01)
        outbuf_overflow=LARGEST_BODY,
        ident="",
        **settings,
    )
    server.adj.arrival_seconds = arrival_seconds
    server.channel_class = PunctualChannel
    return server


def proxied(behind_tls: bool) -> dict[str, Any]:
    """Behind TLS only the proxy speaks to us: who it says it speaks for is who is slowed down when guessing (AUT-03).

    Nothing else that it forwards is read. Without this the whole hospital would come from one address.
    """
    if not behind_tls:
        return {}
    return {"trusted_proxy": "*", "trusted_proxy_count": 1, "trusted_proxy_headers": {"x-forwarded-for"}}


def serve(app: Any, arguments: list[str]) -> None:
    """Serve at ADDRESS:PORT until ended."""
    host, _, port = (arguments[0] if arguments else "127.0.0.1:8000").rpartition(":")
    try:
        server = make(app, host, int(port), **proxied(app.extensions["compassionate.settings"].behind_tls))
    except (OSError, ValueError) as error:
        sys.exit(f"No se puede escuchar en {host}:{port}: {error}")
    server.run()
