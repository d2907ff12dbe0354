"""Programmes in words: those that come with the application have their own, a hospital's are called by their names."""

from __future__ import annotations

from dataclasses import replace

from compassionate.extensions import db
from compassionate.programmes import Programme
from compassionate.programmes.comparing import words
from compassionate.programmes.model import Comparator, Measure, PlannedVisit, ReleaseTest
from compassionate.programmes.questionnaire import criteria_form
from compassionate.questionnaires.criteria import threshold
from compassionate.questionnaires.values import number
from compassionate.services import programmes
from compassionate.web.templating import language, say
from compassionate.words import has_words


def programme_words(code: str) -> str:
    """The name of a programme; empty for none."""
    own = f"programme.{code}"
    return say(own) if has_words(own) else programmes.name_of(db(), code, language()) if code else ""


def number_words(value: float | None) -> str:
    """A number with its decimal comma; nothing for nothing."""
    return "" if value is None else number(value, language())


def coded(kind: str, code: str) -> str:
    """The words of a code of programmes."""
    return say(f"programme_word.{kind}.{code}")


def status_words(status: str, source: str) -> str:
    """Where a fact was read, and how far it was checked where it was not read there."""
    return source if status == "confirmed" else f"{source} ({coded('status', status)})"


def limits_words(held: ReleaseTest) -> str:
    """What a test must show."""
    passing = [option.text.said(language()) for option in held.choices if option.code in held.passes]
    limits = "; ".join(words(each, language()) for each in held.limits)
    return f"{limits} {held.unit}".strip() if limits else ", ".join(passing)


def thresholds_words(held: Programme) -> dict[str, str]:
    """What each criterion asks for, in the words of its questions; those not switched on too."""
    every = replace(held, criteria=tuple(replace(each, active=True) for each in held.criteria))
    found: dict[str, list[str]] = {}
    for item in criteria_form(every).walk():
        if item.criterion:
            found.setdefault(item.criterion.id, []).append(threshold(item, language()))
    return {name: "; ".join(dict.fromkeys(said)) for name, said in found.items()}


def measure_words(measure: Measure | None) -> str:
    """The name of a score."""
    if measure is None:
        return ""
    return say(f"instrument.title.{measure.instrument}") + (f", {measure.score}" if measure.score else "")


def window_words(visit: PlannedVisit) -> str:
    """The days on which a visit is in time, counted from the first administration."""
    return f"{visit.day - visit.before_days} … {visit.day + visit.after_days}"


def result_words(row: Comparator) -> str:
    """What a published arm printed, in its own unit, and nothing calculated."""
    said = [row.finding.said(language())] if row.finding else []
    if row.baseline is not None and row.follow_up is not None:
        said.append(f"{number_words(row.baseline)} → {number_words(row.follow_up)} {row.unit}")
    elif row.follow_up is not None:
        said.append(f"{number_words(row.follow_up)} {row.unit}")
    if row.change is not None:
        said.append(f"{'Δ ' if row.statistic != 'difference' else ''}{number_words(row.change)} {row.unit}")
    for value in (row.efficacy, row.share_of_maximum, row.percent):
        said += [f"{number_words(value)} %"] if value is not None else []
    if row.count is not None:
        said.append(f"{row.count} / {row.n}" if row.n else str(row.count))
    return "; ".join(said) + (f" {row.of_what.said(language())}" if row.of_what else "")
