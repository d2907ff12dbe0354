"""Scores agree with reference implementations and published examples (scoring_vectors.json)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from compassionate.instruments import ceiling, instrument, read
from compassionate.instruments.quality_of_life import SPAIN

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "scoring_vectors.json").read_text(encoding="utf-8"))
RAND_SCALES = ("PF", "RP", "RE", "EF", "EW", "SF", "PAIN", "GH")
PRINTED = {"abs": 5e-5}


def scores(name: str, given: dict[str, Any]) -> dict[str, float | None]:
    written = read(instrument(name), given)
    return {scale: each.value for scale, each in written.instrument.scores(written.answers).items()}


def band(name: str, given: dict[str, Any]) -> str:
    written = read(instrument(name), given)
    (score,) = written.instrument.scores(written.answers).values()
    return score.band


@pytest.mark.parametrize("vector", VECTORS["ODI"], ids=lambda vector: str(vector["percent"]))
def test_oswestry(vector: dict[str, Any]) -> None:
    items = vector.get("items") or [4, 4, 4, 4, 0, 0, 0, 0, 0, None]  # raw 16 of 45

    found = scores("odi", {"items": items})["total"]

    assert found == (None if vector["percent"] is None else pytest.approx(vector["percent"], **PRINTED))
    assert band("odi", {"items": items}) == vector.get("band_fairbank", band("odi", {"items": items}))


@pytest.mark.parametrize("vector", VECTORS["RAND36"], ids=lambda vector: str(vector["PF"]))
def test_rand_36(vector: dict[str, Any]) -> None:
    found = scores("rand36", {"items": vector["items_q1_q36"]})

    assert {name: found[name] for name in RAND_SCALES} == {
        name: pytest.approx(vector[name], **PRINTED) for name in RAND_SCALES
    }


@pytest.mark.parametrize("vector", VECTORS["SF36_v1_US1990_PCS_MCS"], ids=["julia"])
def test_the_components_by_the_way_of_sf_36(vector: dict[str, Any]) -> None:
    found = scores("rand36", {"items_q1_q36": vector["items_q1_q36"]})

    assert found["BP"] == pytest.approx(vector["BP"])
    assert (found["PCS"], found["MCS"]) == (
        pytest.approx(vector["PCS"], abs=vector["tol"]),
        pytest.approx(vector["MCS"], abs=vector["tol"]),
    )


@pytest.mark.parametrize("vector", VECTORS["SF12_v1"], ids=lambda vector: str(vector["PCS"]))
def test_sf_12(vector: dict[str, Any]) -> None:
    assert [item.name for item in instrument("sf12").items] == vector["order"].split(",")

    assert scores("sf12", {"items": vector["items"]}) == {
        name: pytest.approx(vector[name], abs=vector["tol"]) for name in ("PCS", "MCS")
    }


@pytest.mark.parametrize(
    ("profile", "index"), [*VECTORS["EQ5D5L_Spain_2018"]["cases"].items(), ("21111", 0.916)], ids=str
)  # fmt: skip
def test_eq_5d_5l_of_spain(profile: str, index: float) -> None:
    found = scores("eq5d5l", {"items": [int(level) for level in profile]})

    assert round(found["total"] or 0, 3) == index


def test_the_coefficients_of_spain_are_those_that_were_read() -> None:
    assert {name: list(levels) for name, levels in SPAIN.items()} == VECTORS["EQ5D5L_Spain_2018"]["coefficients"]


@pytest.mark.parametrize("vector", VECTORS["KOOS"], ids=["awell"])
def test_koos(vector: dict[str, Any]) -> None:
    found = scores("koos", {name: vector[name] for name in vector["scores"]})

    assert {name: round(value or 0, 1) for name, value in found.items()} == vector["scores"]


@pytest.mark.parametrize(
    ("raw", "score"), [(raw, score) for raw, score in VECTORS["KOOS_PS_table"].items() if raw != "_note"]
)
def test_the_table_of_koos_ps(raw: str, score: float) -> None:
    items = [min(4, max(0, int(raw) - 4 * place)) for place in range(7)]

    assert scores("koos-ps", {"items": items}) == {"total": score}


@pytest.mark.parametrize("vector", VECTORS["WOMAC_Likert"], ids=lambda vector: str(vector["total"]))
def test_womac(vector: dict[str, Any]) -> None:
    expected = {name: vector[name] for name in ("pain", "stiffness", "function", "total")}

    assert scores("womac", {"items": [vector["all"]] * 24}) == expected
    assert scores("womac", {name: value for name, value in expected.items() if name != "total"}) == expected


@pytest.mark.parametrize("vector", VECTORS["Lequesne_knee"], ids=lambda vector: str(vector["score"]))
def test_lequesne(vector: dict[str, Any]) -> None:
    given = {name: value for name, value in vector.items() if name not in ("score", "band", "source")}

    assert scores("lequesne", given) == {"total": vector["score"]}
    assert band("lequesne", given) == vector["band"].replace(" ", "_")


@pytest.mark.parametrize("vector", VECTORS["RMDQ"], ids=["ticks"])
def test_roland_morris(vector: dict[str, Any]) -> None:
    ticks = [True] * vector["ticked"] + [None] * (24 - vector["ticked"])

    assert scores("roland-morris", {"ticked": vector["ticked"]}) == {"total": vector["score"]}
    assert scores("roland-morris", {"items": ticks}) == {"total": vector["score"]}


@pytest.mark.parametrize("vector", VECTORS["NARANJO"]["cases"], ids=lambda vector: str(vector["score"]))
def test_naranjo(vector: dict[str, Any]) -> None:
    given = {"items": vector["answers"]}

    assert (scores("naranjo", given)["total"], band("naranjo", given)) == (vector["score"], vector["band"])


def test_the_weights_and_the_range_of_naranjo() -> None:
    naranjo, published = instrument("naranjo"), VECTORS["NARANJO"]

    assert [[item.words[word] for word in ("yes", "no", "unknown")] for item in naranjo.items] == published["weights"]
    assert [naranjo.scale().minimum, naranjo.scale().maximum] == published["range"]


def test_one_implanted_dose_never_reaches_definite() -> None:
    assert ceiling(instrument("naranjo")) == (7, ("definite",))
