"""Ten invented people treated for a lumbar disc, and their year of follow-up, as uneven as real ones are."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

MONTHS = ("baseline", "m3", "m6", "m12")
SEED = 2011
# What is left of pain and of disability at 3, 6 and 12 months, as a share of the first value: eight get better to
# different degrees, one hardly does, one gets worse again.
PAIN_LEFT = (
    (0.35, 0.28, 0.25), (0.48, 0.36, 0.33), (0.30, 0.34, 0.22), (0.55, 0.47, 0.40), (0.42, 0.30, 0.36),
    (0.62, 0.55, 0.46), (0.38, 0.25, 0.18), (0.50, 0.44, 0.47), (0.93, 0.90, 0.95), (0.57, 0.71, 0.82),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Course:
    """The answers of one person at each visit."""

    visits: dict[str, dict[str, Any]]


def courses() -> list[Course]:
    """The ten courses: always the same ones."""
    random = Random(SEED)  # noqa: S311 - invented outcomes, not secrets
    return [_course(random, left) for left in PAIN_LEFT]


def _course(random: Random, left: tuple[float, ...]) -> Course:
    pain, disability = random.randint(61, 84), random.uniform(38, 62)
    shares = (1.0, *left)
    visits = {}
    for name, share in zip(MONTHS, shares, strict=True):
        noise = 0 if name == "baseline" else random.gauss(0, 3)
        vas = max(0, min(100, round(pain * share + noise)))
        # Disability follows pain at a distance: it changes less, and later.
        odi = disability * (0.25 + 0.75 * share) + (0 if name == "baseline" else random.gauss(0, 2.5))
        visits[name] = _answers(random, name, vas, odi)
    return Course(visits)


def sections(random: Random, percent: float) -> list[int]:
    """Ten section scores of 0 to 5 that add up to a percentage of 50."""
    total = max(0, min(50, round(percent / 2)))
    scores = [total // 10] * 10
    for index in random.sample(range(10), total % 10):
        scores[index] += 1
    for _ in range(6):
        giver, taker = random.sample(range(10), 2)
        if scores[giver] > 0 and scores[taker] < 5:
            scores[giver], scores[taker] = scores[giver] - 1, scores[taker] + 1
    return scores


def _answers(random: Random, name: str, vas: int, odi: float) -> dict[str, Any]:
    analgesics = "opioid" if vas > 70 else "daily" if vas > 45 else "occasional" if vas > 18 else "none"
    detail = {"opioid": "Tramadol 100 mg cada 12 h", "daily": "Naproxeno 500 mg al día", "occasional": "Paracetamol"}
    answers: dict[str, Any] = {f"odi_{number}": score for number, score in enumerate(sections(random, odi), start=1)}
    answers |= {"vas_pain": vas, "analgesics": analgesics, "adverse_events": False}
    answers["work_status"] = "sick_leave" if vas > 55 else "adapted" if vas > 35 else "working"
    if analgesics in detail:
        answers["analgesics_detail"] = detail[analgesics]
    if name == "m3" and random.random() < 0.25:
        answers |= {
            "adverse_events": True,
            "adverse_events_detail": "Dolor leve en la zona de la punción durante tres días; resuelto sin tratamiento.",
        }
    return answers


def knee_answers(random: Random, share: float) -> dict[str, Any]:
    """A knee visit, with so much of the first pain left."""
    return {
        "vas_pain": round(66 * share),
        "womac_pain": round(11 * share),
        "womac_stiffness": round(4 * share),
        "womac_function": round(38 * share + random.randint(0, 3)),
        "analgesics": "occasional",
        "analgesics_detail": "Paracetamol",
        "adverse_events": False,
    }


def tablet_answers(response: str, detail: str) -> dict[str, Any]:
    """A visit of somebody who takes tablets at home."""
    return {
        "response": response,
        "response_detail": detail,
        "tolerance": "fair" if response == "progression" else "good",
        "dose_changed": False,
        "adverse_events": False,
        "treatment_continues": response != "progression",
    }
