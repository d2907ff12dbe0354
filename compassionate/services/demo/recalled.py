"""A batch of tablets that the agency had recalled, and the first calls: the last thing that is told."""

from __future__ import annotations

from datetime import datetime, timedelta

from compassionate.services.demo.lore import HOME
from compassionate.services.demo.telling import Stage
from compassionate.services.recalls import calling, entering

BATCH = "DB0002"
ORDER = {
    "product": HOME,
    "batch": BATCH,
    "ordered_by": "agency",
    "alert_number": "R_DEMO/01",
    "alert_class": "2",
    "reason": "Resultado fuera de especificación en el ensayo de disolución (inventado).",
}


def recall(stage: Stage, now: datetime) -> None:
    """Enter the recall; one patient is not reached, another one brings the tablets back."""
    session, ordered_at = stage.session, (now - timedelta(minutes=45)).isoformat()
    held = entering.enter(session, stage.actors["pharmacist"], ORDER | {"ordered_at": ordered_at}, now)
    waiting = [line for line in calling.lines(session, stage.actors["nurse"], held) if not line.row.settled]
    later = {"outcome": "not_reached", "next_at": (now + timedelta(days=1)).isoformat()}
    back = {"outcome": "units_returned", "note": "Trae el envase a Farmacia (inventado)."}
    for line, told in zip(waiting[:2], (later, back), strict=False):
        units = {"back": str(line.still_at_home)} if told is back else {}
        calling.record_call(session, stage.actors["nurse"], held, line.case.code, told | units, now)
