"""The usual way of a patient's own cells, step by step: who does what, and what they type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from compassionate.services.programmes import programme_of
from compassionate.workflow.cells import SEROLOGY

Taken = tuple[str, str, str, Callable[[], dict[str, Any]]]
NHC = "100001"


def passing(test: Any) -> str:
    """A result with which a test passes."""
    if test.kind == "choice":
        return str(test.passes[0])
    lowest = next((limit.values[0] for limit in test.limits if limit.operator.startswith(">")), None)
    return str(lowest if lowest is not None else 0)


def usual_way(world: Any, case: Any) -> Iterator[Taken]:
    """(state reached, who, step, what they type) from the donor's evaluation to the second look at the bedside."""
    day, now = lambda: str(world.today), lambda: world.now.isoformat()
    read = lambda kind: {"container_code": world.in_hand(case, kind)}  # noqa: E731 - said when it is read
    warm = {"temperature_low": "4", "temperature_high": "8,5", "seal_intact": "1"}
    yield "donor_evaluation", "physician", "start_donor_evaluation", lambda: {"on": day(), "justification": "Propias"}
    negative = dict.fromkeys(SEROLOGY, "negative")
    yield "donor_evaluation", "physician", "record_serology", lambda: {"drawn_on": day(), **negative}
    yield "donation_consented", "physician", "confirm_donation", lambda: {"on": day()}
    yield (
        "procurement_scheduled", "unit", "schedule_procurement",
        lambda: {"planned_on": day(), "site": "Quirófano 3", "establishment": "Banco de tejidos de prueba"},
    )  # fmt: skip
    yield (
        "procured", "physician", "record_procurement",
        lambda: {"began_at": (world.now - timedelta(minutes=20)).isoformat(), "ended_at": now(), "patient_code": NHC,
                 "identified_by": "Enfermera de prueba", "volume_ml": "98,5", "procedure": "PNT-01",
                 **read("procurement")},
    )  # fmt: skip
    yield (
        "in_transit",
        "nurse",
        "hand_over_cells",
        lambda: {"left_at": now(), "carrier": "Mensajería", **read("transport")},
    )
    yield "in_quarantine", "unit", "receive_cells", lambda: {"arrived_at": now(), **read("transport"), **warm}
    judged = {"judgement": "fit", "reason": "Sin límites publicados; registro continuo correcto."}
    yield "in_quarantine", "qualified", "judge_temperature", lambda: judged
    yield "accepted", "responsible", "accept_cells", dict
    yield (
        "in_culture",
        "unit",
        "start_culture",
        lambda: {"began_at": now(), "batch": batch_of(case), **read("procurement")},
    )
    yield "tests_pending", "unit", "finish_culture", lambda: {"ended_at": now()}
    for test in programme_of(world.session, case).release_tests:
        if test.effect == "stops" and not test.may_follow:
            typed = {"test": test.id, "result": passing(test)}
            yield "tests_pending", "unit", "record_cell_test", lambda typed=typed: {"on": day(), **typed}
    ends = lambda: (world.now + timedelta(hours=72)).isoformat()  # noqa: E731
    yield "released", "qualified", "release_cells", lambda: {"expires_at": ends()}
    yield (
        "dispatched",
        "unit",
        "dispatch_cells",
        lambda: {"left_at": now(), "carrier": "Mensajería", **read("shipping")},
    )
    yield (
        "received", "pharmacist", "receive_cells_at_hospital",
        lambda: {"arrived_at": now(), **read("shipping"), **warm},
    )  # fmt: skip
    yield "received", "qualified", "judge_temperature", lambda: judged
    yield "received", "nurse", "check_cells_identity", lambda: {"patient_code": NHC, **read("primary")}
    yield "identity_verified", "nurse2", "check_cells_identity", lambda: {"patient_code": NHC, **read("primary")}


def batch_of(case: Any) -> str:
    """A batch of cells is of one case."""
    return f"B{case.code[-6:]}"
