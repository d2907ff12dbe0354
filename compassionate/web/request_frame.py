"""The frame of the pages on which a request is prepared: all of them stand under the tab of the request."""

from __future__ import annotations

from typing import Any

from compassionate.models import Case
from compassionate.web.framing import frame

REQUEST = "/solicitudes/0"


def request_frame(case: Case) -> dict[str, Any]:
    """`frame`, with the tab of the request as the one that is open."""
    held = frame(case)
    for tab in held["tabs"]:
        tab["current"] = tab["href"].endswith(REQUEST)
    return held
