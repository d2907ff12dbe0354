"""Which law a product comes under, and on which ground: an answer for every combination of answers.

Regulation (EC) 1394/2007 art. 2 and annex I; RDLeg 1/2015 arts. 24, 47; RD 1015/2009 arts. 1, 2, 7, 8; RD 477/2014
arts. 1, 3, 14; RDL 9/2014 arts. 1, 2. It advises whoever opens the case and decides nothing: where the law leaves a
doubt it says which, and that the agency is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# Regulation (EC) 1394/2007, annex I: what is not a substantial manipulation. A closed list.
NOT_SUBSTANTIAL = (
    "cutting", "grinding", "shaping", "centrifugation", "soaking", "sterilisation", "irradiation", "separation",
    "filtering", "lyophilisation", "freezing", "cryopreservation", "vitrification",
)  # fmt: skip
SUBSTANTIAL = ("culture", "differentiation", "activation", "genetic")
MANIPULATIONS = (*NOT_SUBSTANTIAL, *SUBSTANTIAL, "other")
ORIGINS = ("autologous", "allogeneic", "both")
STATUSES = ("trial_ongoing", "ma_applied", "neither")
YES_NO = ("yes", "no", "unknown")
EU, COMPASSIONATE, EXEMPTION, TISSUES = (
    "Reglamento (CE) 1394/2007",
    "RD 1015/2009",
    "RD 477/2014",
    "RDL 9/2014",
)


class Route(StrEnum):
    """The route that the answers lead to."""

    TISSUE_LAW = "tissue_law"
    COMPASSIONATE_USE = "compassionate_use"
    HOSPITAL_EXEMPTION = "hospital_exemption"
    SINGLE_PATIENT = "single_patient"
    TRIAL = "trial"
    DOUBT = "doubt"


# The step by which a case leaves this pathway, with its answer where it asks for one.
LEAVING = {
    Route.HOSPITAL_EXEMPTION: ("refer", "same_hospital"),
    Route.SINGLE_PATIENT: ("refer", "same_hospital"),
    Route.TRIAL: ("refer", "research"),
    Route.TISSUE_LAW: ("reject_eligibility", ""),
}


@dataclass(frozen=True, slots=True)
class Answers:
    """What is known of the product and its use; None or `unknown` is not known.

    `manipulations` are those of the closed lists that are done to the cells, `other` any that no list names.
    """

    manipulations: tuple[str, ...] = ()
    same_function: str = "unknown"
    origin: str = ""
    status: str = ""
    same_hospital: str = "unknown"
    non_industrial: str = "unknown"
    single_patient: str = "unknown"
    is_research: str = "no"


@dataclass(frozen=True, slots=True)
class Ground:
    """One step of the reasoning: a code with words, and the article that it rests on."""

    code: str
    legal_basis: str


@dataclass(frozen=True, slots=True)
class Classification:
    """The route with the ground of every step, in order, and what is doubtful."""

    route: Route
    grounds: tuple[Ground, ...]
    doubts: tuple[Ground, ...] = ()
    treated_as: str = ""

    @property
    def leaving(self) -> tuple[str, str]:
        """The step that the case leaves by, and its answer; empty where it stays, or where nobody knows yet."""
        return LEAVING.get(self.route, ("", ""))


def classify(answers: Answers) -> Classification:
    """The one route of these answers with its grounds; `doubt` where the law does not settle it on what is known."""
    grounds = [*_origin(answers)]
    doubts: list[Ground] = []
    treated_as = "allogeneic" if answers.origin in ("allogeneic", "both") else answers.origin
    if answers.is_research == "yes":
        grounds.append(Ground("research", f"{COMPASSIONATE} art. 1.2; RD 1090/2015"))
        return Classification(Route.TRIAL, tuple(grounds), treated_as=treated_as)
    is_engineered = _engineered(answers, grounds, doubts)
    if is_engineered is None:
        return Classification(Route.DOUBT, tuple(grounds), tuple(doubts), treated_as)
    if not is_engineered:
        grounds.append(Ground("tissue_law", f"{TISSUES} art. 1; {EU} art. 2.1.c"))
        return Classification(Route.TISSUE_LAW, tuple(grounds), tuple(doubts), treated_as)
    route = _medicine(answers, grounds, doubts)
    return Classification(route, tuple(grounds), tuple(doubts), treated_as)


def of_answers(given: Mapping[str, Any], legal: Mapping[str, Any]) -> Answers:
    """The answers of the form by linkId, with what the legal requirements have asked already."""
    known = ("same_function", "same_hospital", "non_industrial", "single_patient")
    flags = {name: str(given.get(f"class_{name}") or "unknown") for name in known}
    return Answers(
        manipulations=tuple(given.get("class_manipulations") or ()),
        origin=str(given.get("class_origin") or ""),
        status=str(legal.get("trial_status") or ""),
        is_research="yes" if legal.get("purpose_is_care") is False else "no",
        **flags,
    )


def _origin(answers: Answers) -> Iterator[Ground]:
    """A mix of own and foreign cells is of foreign cells (art. 2.1.d of the Regulation)."""
    if answers.origin == "both":
        yield Ground("mixed_origin", f"{EU} art. 2.4")
    elif answers.origin in ORIGINS:
        yield Ground(f"origin_{answers.origin}", f"{EU} art. 2")
    else:
        yield Ground("origin_unknown", f"{EU} art. 2")


def _engineered(answers: Answers, grounds: list[Ground], doubts: list[Ground]) -> bool | None:
    """Whether it is an advanced-therapy medicine: substantially manipulated, or for another essential function."""
    done = set(answers.manipulations)
    if done & set(SUBSTANTIAL):
        grounds.append(Ground("substantial_manipulation", f"{EU} art. 2.1.c, anexo I"))
        return True
    if answers.same_function == "no":
        grounds.append(Ground("other_function", f"{EU} art. 2.1.c"))
        return True
    if done - set(NOT_SUBSTANTIAL) or not done:
        code = "manipulation_not_listed" if done else "manipulation_unknown"
        doubts.append(Ground(code, f"{EU} anexo I, art. 17"))
    else:
        grounds.append(Ground("no_substantial_manipulation", f"{EU} anexo I"))
    if answers.same_function == "yes":
        grounds.append(Ground("same_function", f"{EU} art. 2.1.c"))
    else:
        doubts.append(Ground("function_unknown", f"{EU} art. 2.1.c, 17"))
    return None if doubts else False


def _medicine(answers: Answers, grounds: list[Ground], doubts: list[Ground]) -> Route:
    """An advanced-therapy medicine: investigational under RD 1015/2009, or made in the hospital under RD 477/2014."""
    grounds.append(Ground("advanced_therapy", f"{EU} art. 2.1; RDLeg 1/2015 art. 47"))
    if answers.status in ("trial_ongoing", "ma_applied"):
        grounds.append(Ground(answers.status, f"{COMPASSIONATE} art. 2.1; RDLeg 1/2015 art. 24.3"))
        if answers.same_hospital == "yes" and answers.non_industrial == "yes":
            doubts.append(Ground("exemption_possible_too", f"{EXEMPTION} arts. 1, 2.2, 14"))
        return Route.COMPASSIONATE_USE
    if answers.status != "neither":
        doubts.append(Ground("status_unknown", f"{COMPASSIONATE} art. 2.1"))
        return Route.DOUBT
    grounds.append(Ground("not_investigational", f"{COMPASSIONATE} art. 2.1"))
    return _exemption(answers, grounds, doubts)


def _exemption(answers: Answers, grounds: list[Ground], doubts: list[Ground]) -> Route:
    """Not industrial, made and used in one hospital; for one patient alone by the exceptional permit of art. 14."""
    needed = {"same_hospital": "art. 3.2", "non_industrial": "art. 1"}
    for name, article in needed.items():
        answer = getattr(answers, name)
        if answer == "yes":
            grounds.append(Ground(name, f"{EXEMPTION} {article}"))
        else:
            code = f"not_{name}" if answer == "no" else f"{name}_unknown"
            doubts.append(Ground(code, f"{EXEMPTION} {article}"))
    if doubts:
        return Route.DOUBT
    if answers.single_patient == "unknown":
        doubts.append(Ground("single_patient_unknown", f"{EXEMPTION} arts. 1, 14"))
        return Route.DOUBT
    if answers.single_patient == "yes":
        grounds.append(Ground("single_patient", f"{EXEMPTION} art. 14; RDLeg 1/2015 art. 24.7"))
        return Route.SINGLE_PATIENT
    grounds.append(Ground("consolidated_use", f"{EXEMPTION} arts. 4-10"))
    return Route.HOSPITAL_EXEMPTION
