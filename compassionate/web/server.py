"""The server of ./run: waitress, with slow clients cut and no request without an end (AVA-02).

Waitress takes a request in whole before a thread works on it, so that a slow sender holds a place among the
connections and no thread. What it lacks is an end to a request that trickles in, and a bound on what it holds
of people it does not know: web/arriving.py adds them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from waitress.server import create_server

from compassionate.jobs.companion import Companion
from compassionate.web import arriving, sessions

THREADS = 8
CONNECTIONS = 200
IDLE_SECONDS = 60  # a connection on which nothing moves
ARRIVAL_SECONDS = 90  # a request, from its first byte to its last: a paper of 20 MB at 2 Mbit/s
LARGEST_HEAD = 32 * 1024
WITH_JOBS = "--with-jobs"


def make(
    app: Any,
    host: str,
    port: int,
    arrival_seconds: float = ARRIVAL_SECONDS,
    knows: Callable[[str], bool] = arriving.nobody,
    behind_tls: bool = False,
    **more: Any,
) -> Any:
    """A server that listens at a numeric address; `run()` serves. Whom it `knows` may send large bodies."""
    settings = {"threads": THREADS, "connection_limit": CONNECTIONS, "channel_timeout": IDLE_SECONDS} | more
    server = create_server(
        app,
        host=host,
        port=port,
        max_request_header_size=LARGEST_HEAD,
        max_request_body_size=arriving.LARGEST_BODY,
        inbuf_overflow=arriving.LARGEST_BODY,  # what is sent or answered never waits in a file in clear (DAR-01)
        outbuf_overflow=arriving.LARGEST_BODY,
        ident="",
        **settings,
    )
    arriving.look_after(server, knows, behind_tls, arrival_seconds)
    return server


def proxied(behind_tls: bool) -> dict[str, Any]:
    """Behind TLS only the proxy speaks to us: who it says it speaks for is who is slowed down when guessing (AUT-03).

    Nothing else that it forwards is read. Without this the whole hospital would come from one address.
    """
    if not behind_tls:
        return {}
    return {"trusted_proxy": "*", "trusted_proxy_count": 1, "trusted_proxy_headers": {"x-forwarded-for"}}


def serve(app: Any, arguments: list[str]) -> None:
    """Serve at ADDRESS:PORT until ended; `--with-jobs`: with a worker beside it, which ends with it."""
    places = [each for each in arguments if each != WITH_JOBS]
    host, _, port = (places[0] if places else "127.0.0.1:8000").rpartition(":")
    behind_tls = app.extensions["compassionate.settings"].behind_tls
    knows = sessions.recogniser(app)
    try:
        server = make(app, host, int(port), knows=knows, behind_tls=behind_tls, **proxied(behind_tls))
    except (OSError, ValueError) as error:
        sys.exit(f"No se puede escuchar en {host}:{port}: {error}")
    if WITH_JOBS not in arguments:
        server.run()
        return
    companion = Companion()
    companion.start()
    try:
        server.run()
    finally:
        companion.stop()
