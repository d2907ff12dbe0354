"""The forecast of a request: what the agency may object to is found where it lacks, and goes when it is mended."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from compassionate.paths import CURES
from compassionate.words import catalogue
from compassionate.workflow import evidence
from compassionate.workflow.forecast import SEVERITIES, AskedLine, Finding, Forecast, Material, forecast, needed
from compassionate.workflow.roles import Role

TODAY = date(2026, 11, 20)
OLD = TODAY - timedelta(days=366)
ELIGIBILITY: dict[str, Any] = {
    "disease_class": "chronic",
    "disease_class_reason": "Dolor de ocho años que le impide trabajar.",
    "alternatives": [{"alternative": "Cirugía", "considered_how": "tried", "reason": "Sin efecto en un año entero"}],
    "satisfactory_alternative_exists": False,
    "trial_status": "trial_ongoing",
    "trial_identifier": "NCT00000001",
    "trials_checked": [{"register": "ctis", "trial_reason": "Reclutamiento cerrado"}],
    "trial_exclusion_reasons": "Reclutamiento cerrado",
    "purpose_is_care": True,
}
REPORT = {
    "previous_treatments": [{"treatment": "Naproxeno", "response": "Parcial"}],
    "supporting_data": "Ensayo aleatorizado de cien pacientes (García et al. 2021; PMID 12345678).",
}
SOUND = Material(
    today=TODAY,
    eligibility=ELIGIBILITY,
    report=REPORT,
    schedule="Un comprimido al día",
    duration_weeks=12,
    lines=(AskedLine(1, units_per_pack=30, packs=3, units_a_day=Decimal(1), days=84),),
    evidence_on=(TODAY,),
    agreement="given",
    agreement_on=TODAY,
    agreement_papers=1,
    willing_on=TODAY,
    willing_papers=1,
)


def answered(**changed: Any) -> Material:
    """A sound request but for these answers; None takes an answer away."""
    held = {name: value for name, value in (ELIGIBILITY | changed).items() if value is not None}
    return replace(SOUND, eligibility=held)


def reported(**changed: Any) -> Material:
    return replace(SOUND, report=REPORT | changed)


def asked(**changed: Any) -> Material:
    return replace(SOUND, lines=(replace(SOUND.lines[0], **changed),))


def alternative(how: str, reason: str = "Intolerancia digestiva grave") -> dict[str, Any]:
    return {"alternatives": [{"alternative": "Otro", "considered_how": how, "reason": reason}]}


UNCONTROLLED = "Serie de diez casos, sin grupo de control (PMID 12345678, PMID 87654321)."
LACKING: list[tuple[str, str, Material]] = [
    ("disease.class_missing", "refusal", answered(disease_class=None)),
    ("disease.reason_missing", "correction", answered(disease_class_reason=" ")),
    ("alternatives.none", "refusal", answered(alternatives=None)),
    ("alternatives.none", "refusal", answered(**alternative("tried", " "))),
    ("alternatives.not_exhausted", "refusal", answered(**alternative("unsuitable"))),
    ("alternatives.unexplained", "weak", answered(**alternative("tried", "No le va bien"))),
    ("alternatives.no_history", "correction", reported(previous_treatments=[])),
    ("evidence.none", "refusal", replace(reported(supporting_data="Va bien."), evidence_on=())),
    ("evidence.level_not_stated", "weak", reported(supporting_data="Va bien (PMID 12345678).")),
    ("evidence.low_level", "weak", reported(supporting_data=UNCONTROLLED)),
    ("evidence.single", "weak", reported(supporting_data="Ensayo abierto de fase II.")),
    ("trial.reasons_missing", "correction", answered(trial_exclusion_reasons=None, trials_checked=None)),
    ("trial.none_checked", "weak", answered(trials_checked=None)),
    ("product.not_under_investigation", "refusal", answered(trial_status="neither")),
    ("product.answer_contradicts", "correction", replace(answered(trial_status="neither"), trial_number="NCT1")),
    ("product.trial_ongoing_not_named", "weak", answered(trial_identifier=None)),
    ("product.ma_applied_not_named", "weak", answered(trial_status="ma_applied", trial_identifier="")),
    ("route.research", "refusal", answered(purpose_is_care=False)),
    ("route.atu_exists", "refusal", answered(atu_exists=True)),
    ("route.same_hospital", "refusal", answered(same_institution=True)),
    ("route.authorised_here", "refusal", answered(authorised_in_spain=True)),
    ("route.alternative_exists", "refusal", answered(satisfactory_alternative_exists=True)),
    ("duration.missing", "correction", replace(SOUND, duration_weeks=None)),
    ("packs.missing", "correction", asked(packs=None)),
    ("packs.not_calculated", "weak", asked(units_a_day=None, days=None)),
    ("packs.do_not_match", "correction", asked(packs=4)),
    ("packs.longer", "correction", asked(days=90)),
    ("packs.shorter", "weak", asked(days=80)),
    ("papers.evidence_missing", "correction", replace(SOUND, evidence_on=())),
    ("papers.evidence_old", "weak", replace(SOUND, evidence_on=(OLD,))),
    ("sponsor.refused", "refusal", replace(SOUND, agreement="refused")),
    ("sponsor.agreement_paper_missing", "correction", replace(SOUND, agreement_papers=0)),
    ("sponsor.agreement_old", "weak", replace(SOUND, agreement_on=OLD)),
    ("sponsor.willingness_paper_missing", "weak", replace(SOUND, willing_papers=0)),
    ("sponsor.willingness_old", "weak", replace(SOUND, willing_on=OLD)),
    ("progress.progression", "weak", replace(SOUND, number=1, report={"response": "progression"})),
    ("progress.not_assessable", "weak", replace(SOUND, number=1, report={"response": "not_assessable"})),
]


def codes(found: Forecast) -> dict[str, str]:
    return {finding.code: finding.severity for finding in found.findings}


def test_against_a_sound_request_nothing_is_found_and_every_part_is_said_to_be_in_order():
    found = forecast(SOUND)
    assert codes(found) == {}
    assert found.good == (
        *("disease", "alternatives", "evidence", "trial", "product", "route", "papers"),
        *("duration", "packs", "sponsor"),
    )


@pytest.mark.parametrize(
    ("code", "severity", "held"), LACKING, ids=[f"{code}-{n}" for n, (code, *_) in enumerate(LACKING)]
)
def test_what_is_lacking_is_found_with_its_severity_and_its_part_is_no_longer_in_order(
    code: str, severity: str, held: Material
):
    found = forecast(held)
    assert codes(found)[code] == severity
    assert code.partition(".")[0] not in found.good


def test_every_finding_has_its_ground_who_mends_it_a_page_and_words_in_both_languages():
    found = [finding for _, _, held in LACKING for finding in forecast(held).findings]
    for finding in found:
        assert finding.ground
        assert finding.who in set(Role)
        assert finding.cure in CURES
        assert finding.severity in SEVERITIES
    said = {f"forecast.finding.{finding.code}" for finding in found}
    written = {code for code in catalogue("es") if code.startswith("forecast.finding.")}
    assert written - said == {"forecast.finding.route.authorised_abroad"}  # shown below
    assert said <= written & set(catalogue("en"))


def test_a_medicine_only_authorised_abroad_and_not_under_investigation_goes_another_way():
    assert "route.authorised_abroad" in codes(forecast(answered(authorised_abroad=True, trial_status="neither")))
    assert codes(forecast(answered(authorised_abroad=True))) == {}


def test_the_gravest_comes_first():
    held = replace(answered(alternatives=None, trials_checked=None), duration_weeks=None)
    order = [SEVERITIES.index(finding.severity) for finding in forecast(held).findings]
    assert order == sorted(order)
    assert len(set(order)) == 3


def test_published_experience_stands_beside_what_it_is_about():
    held = replace(answered(alternatives=None), evidence_on=(), report={"previous_treatments": [{"treatment": "A"}]})
    sources = {finding.code: finding.source for finding in forecast(held).findings if finding.source}
    assert sources == {"alternatives.none": "not_exhausted", "evidence.none": "weak_evidence"}


@pytest.mark.parametrize("schedule", ["Dosis única intradiscal", "Una vez", "una sola infusión"])
def test_one_dose_needs_no_packs_for_the_whole_duration(schedule: str):
    held = replace(asked(units_a_day=Decimal(2), days=1, packs=1), schedule=schedule)
    assert codes(forecast(held)) == {}
    assert codes(forecast(replace(held, schedule="Una vez al día"))) == {"packs.shorter": "weak"}


@pytest.mark.parametrize(
    ("daily", "days", "size", "packs"), [("2", 84, 30, 6), ("0.5", 7, 4, 1), ("1", 1, 1, 1), ("0.3", 10, 1, 3)]
)
def test_packs_are_counted_from_daily_units_days_and_size_rounded_up(daily: str, days: int, size: int, packs: int):
    assert needed(AskedLine(1, size, packs, Decimal(daily), days)) == packs


def test_the_age_of_papers_is_the_centres_own_and_the_last_day_still_counts():
    held = replace(SOUND, evidence_on=(TODAY - timedelta(days=365),))
    assert codes(forecast(held)) == {}
    assert codes(forecast(replace(held, oldest_days=364))) == {"papers.evidence_old": "weak"}


def test_a_continuation_is_not_asked_again_for_what_the_first_request_showed():
    held = Material(TODAY, number=1, duration_weeks=12, lines=(AskedLine(1), SOUND.lines[0]))
    assert codes(forecast(held)) == {}


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Metaanálisis de seis ensayos", "synthesis"),
        ("Ensayo aleatorizado, doble ciego", "controlled"),
        ("Ensayo no aleatorizado de fase I/II", "trial"),
        ("Serie piloto. Sin grupo de control", "series"),
        ("Estudio no controlado", "series"),
        ("Un caso clínico", "case"),
        ("Modelo animal", "preclinical"),
        ("Mejora mucho", ""),
    ],
)
def test_the_kind_of_study_is_read_from_its_words(text: str, level: str):
    assert evidence.level(text) == level


def test_each_publication_is_counted_once():
    text = "PMID 12345678; PMID: 87654321; NCT00000001 y nct00000001; 10.1000/abc.1; López et al., 2019; 2020-001234-56"
    assert evidence.references(text) == 6
    assert evidence.references("Buena experiencia propia en 2020") == 0


# Adding evidence never adds a finding.

ALTERNATIVES = some.fixed_dictionaries(
    {
        "alternative": some.just("A"),
        "considered_how": some.sampled_from(["tried", "contraindicated", "unsuitable", "not_available"]),
        "reason": some.sampled_from(["No", "Sin efecto tras un año de uso", "Intolerancia hepática grave"]),
    }
)
CHECKED = some.fixed_dictionaries({"register": some.just("ctis"), "trial_reason": some.sampled_from(["Lejos", "Edad"])})
STUDIES = some.sampled_from(
    [
        "Ensayo de fase II.",
        "Serie de diez.",
        "PMID 12345678",
        "10.1000/x",
        "Metaanálisis.",
        "Estudio no controlado",
        "Va bien",
    ]
)
DAYS = some.integers(0, 800).map(lambda days: TODAY - timedelta(days=days))


@some.composite
def requests(draw: some.DrawFn) -> Material:
    """A request with as much or as little in it as may be."""
    eligibility = {
        "disease_class": draw(some.sampled_from([None, "chronic"])),
        "alternatives": draw(some.lists(ALTERNATIVES, max_size=2)),
        "trials_checked": draw(some.lists(CHECKED, max_size=1)),
        "trial_exclusion_reasons": draw(some.sampled_from(["", "Lejos"])),
        "trial_status": draw(some.sampled_from([None, "neither", "trial_ongoing", "ma_applied"])),
        "trial_identifier": draw(some.sampled_from(["", "NCT00000001"])),
    }
    report = {
        "supporting_data": "\n".join(draw(some.lists(STUDIES, max_size=3))),
        "previous_treatments": draw(some.sampled_from([[], [{"treatment": "A"}]])),
    }
    dates = tuple(draw(some.lists(DAYS, max_size=2)))
    given = {"agreement": draw(some.sampled_from(["not_needed", "asked", "given"])), "agreement_on": draw(DAYS)}
    papers = {"agreement_papers": draw(some.integers(0, 1)), "willing_papers": draw(some.integers(0, 1))}
    return replace(SOUND, eligibility=eligibility, report=report, evidence_on=dates, **given, **papers)


@some.composite
def with_more(draw: some.DrawFn) -> tuple[Material, Material]:
    """A request, and the same with one more piece of evidence."""
    held = draw(requests())
    eligibility, report = dict(held.eligibility), dict(held.report)
    more: dict[str, Any] = {}
    match draw(some.sampled_from(["alternative", "trial", "text", "paper", "history", "identifier", "sponsor"])):
        case "alternative":
            eligibility["alternatives"] = [*eligibility["alternatives"], draw(ALTERNATIVES)]
        case "trial":
            eligibility["trials_checked"] = [*eligibility["trials_checked"], draw(CHECKED)]
        case "text":
            report["supporting_data"] += "\n" + draw(STUDIES)
        case "paper":
            more["evidence_on"] = (*held.evidence_on, draw(DAYS))
        case "history":
            report["previous_treatments"] = [*report["previous_treatments"], {"treatment": "B"}]
        case "identifier":
            more["trial_number"] = "NCT00000002"
        case "sponsor":
            more |= {"agreement_papers": held.agreement_papers + 1, "willing_papers": held.willing_papers + 1}
    return held, replace(held, eligibility=eligibility, report=report, **more)


def weight(findings: tuple[Finding, ...]) -> tuple[Counter[str], dict[str, int]]:
    """How many findings a part of the request has, and the gravest of them (0 is gravest)."""
    counted = Counter(finding.subject for finding in findings)
    gravest = {
        subject: min(SEVERITIES.index(f.severity) for f in findings if f.subject == subject) for subject in counted
    }
    return counted, gravest


@settings(max_examples=300)
@given(with_more())
def test_more_evidence_never_adds_a_finding_nor_makes_one_graver(pair: tuple[Material, Material]):
    (before, worst), (after, still) = (weight(forecast(held).findings) for held in pair)
    assert {subject for subject in after if after[subject] > before[subject]} == set()
    assert {subject for subject in still if still[subject] < worst[subject]} == set()
