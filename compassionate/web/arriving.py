"""What a request may take up before anybody has looked at it (AVA-02), and what is said to one that is refused.

Bodies are held in memory (DAR-01), so that two hundred connections could ask for gigabytes before one log-in. Whoever
is not logged in sends little; whoever is sends papers, and all of them together no more than this machine can hold.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import ErrorTask
from waitress.utilities import Error, RequestEntityTooLarge

from compassionate.web.headers import on_every_answer

KB, MB = 1024, 1024 * 1024
LARGEST_BODY = 26 * MB  # a little more than the application takes, so that its own page answers
SMALL_BODY = 64 * KB  # a form: always let in, two hundred of them are nothing
LARGEST_OF_STRANGERS = 640 * KB  # a log-in that carries what was typed before the session ran out (drafts.LARGEST)
TO_BE_CHECKED, LARGEST_CHECKED = "/verificar/", 16 * MB  # a document that anybody may have compared with ours
TOGETHER = {False: 16 * MB, True: 256 * MB}  # all bodies in flight: of strangers, of people who are logged in
RETRY_SECONDS = 10

PAGE = """<!DOCTYPE html>
<html lang="es"><head><meta charset="utf-8"><title>Error {code} – Compassionate</title></head>
<body><h1>Error {code}</h1><p>{spanish}</p><p lang="en">{english}</p></body></html>"""
WORDS = {
    413: (
        "El envío es demasiado grande. Si su sesión terminó, entre otra vez y repítalo.",
        "What was sent is too large. If your session has ended, log in and send it again.",
    ),
    503: (
        "Llegan demasiados archivos a la vez. No se ha guardado nada: repítalo dentro de unos segundos.",
        "Too many files are arriving at once. Nothing was saved: send it again in a few seconds.",
    ),
}
OTHERWISE = (
    "La petición no se entiende y no se ha hecho nada.",
    "The request cannot be understood and nothing was done.",
)


def nobody(cookies: str) -> bool:
    """Knows no session: every sender is a stranger."""
    return False


class TooManyAtOnce(Error):
    """So much is arriving that there is no room for more."""

    code, reason = 503, "Service Unavailable"


class WeighedRequest(HTTPRequestParser):
    """A request whose body is weighed when its head is there, before anything of it is kept."""

    known, room = False, 0

    def received(self, data: bytes) -> int:
        """Take bytes in; whoever may not send that much is told so at once."""
        is_body = self.body_rcv is not None
        taken = int(super().received(data))
        if is_body and self.chunked and self.body_bytes_received > self._most():
            self._refuse(RequestEntityTooLarge(""))
        elif not is_body and self.body_rcv is not None and not self.error:
            self._weigh(self._most() if self.chunked else self.content_length)
        if self.error:
            self.expect_continue = False  # or waitress would ask for the rest of what it refused
        return taken

    def _most(self) -> int:
        if self.known:
            return LARGEST_BODY
        return LARGEST_CHECKED if self.path.startswith(TO_BE_CHECKED) else LARGEST_OF_STRANGERS

    def _weigh(self, wanted: int) -> None:
        if wanted <= SMALL_BODY:
            return
        self.known = self.adj.knows(self.headers.get("COOKIE", ""))
        wanted = self._most() if self.chunked else wanted
        if wanted > self._most():
            self._refuse(RequestEntityTooLarge(""))
        elif self.adj.taken_up(self.known) + wanted > TOGETHER[self.known]:
            self._refuse(TooManyAtOnce(""))
        else:
            self.room = wanted

    def _refuse(self, error: Error) -> None:
        self.error, self.completed = error, True


class RefusalTask(ErrorTask):
    """The answer to what never reached the application: with the headers of every answer, in two languages."""

    def execute(self) -> None:
        """Write it, and close the connection."""
        error = self.request.error
        spanish, english = WORDS.get(error.code, OTHERWISE)
        body = PAGE.format(code=error.code, spanish=spanish, english=english).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers += [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")]
        self.response_headers += on_every_answer(self.channel.adj.behind_tls).items()
        if error.code == TooManyAtOnce.code:
            self.response_headers.append(("Retry-After", str(RETRY_SECONDS)))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class PunctualChannel(HTTPChannel):
    """A connection whose request must have arrived whole after a while, however busily it trickles."""

    parser_class, error_task_class = WeighedRequest, RefusalTask
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


def look_after(server: Any, knows: Callable[[str], bool], behind_tls: bool, arrival_seconds: float) -> None:
    """Let a server take its requests in this way; `knows` tells from a Cookie header whether somebody is logged in."""

    def taken_up(known: bool) -> int:
        # Asked of the connections there are, so that one that breaks off leaves no count behind.
        channels = list(server.active_channels.values())
        held = [request for each in channels for request in (each.request, *each.requests) if request is not None]
        return sum(request.room for request in held if request.known == known)

    adjustments = server.adj
    adjustments.knows, adjustments.taken_up = knows, taken_up
    adjustments.behind_tls, adjustments.arrival_seconds = behind_tls, arrival_seconds
    server.channel_class = PunctualChannel
