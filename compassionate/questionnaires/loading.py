"""Read `forms/<name>/<version>.json`: everything good, or a refusal that names each file and linkId."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from compassionate.questionnaires import checking, fhir
from compassionate.questionnaires.building import build
from compassionate.questionnaires.model import Questionnaire

PUBLISHED = "published.sha256"


@dataclass(frozen=True)
class Problem:
    """One thing that stops a form from being used; the linkId is empty where the whole form is meant."""

    file: str
    link_id: str
    problem: str

    def __str__(self) -> str:
        where = f", linkId {self.link_id!r}" if self.link_id else ""
        return f"{self.file}{where}: {self.problem}"


class FormsRefused(ValueError):
    """Forms outside the accepted subset; `problems` has all of them, not just the first."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, problems)))


class Catalogue:
    """The published forms, by name and version."""

    def __init__(self, questionnaires: list[Questionnaire]) -> None:
        self._forms = {(form.name, form.version): form for form in questionnaires}

    def __iter__(self) -> Iterator[Questionnaire]:
        return iter(sorted(self._forms.values(), key=lambda form: (form.name, form.version)))

    def __len__(self) -> int:
        return len(self._forms)

    def has(self, name: str, version: str) -> bool:
        """Whether that version of that form is here."""
        return (name, version) in self._forms

    def get(self, name: str, version: str) -> Questionnaire:
        """The form a case was answered under; KeyError if it is not here."""
        return self._forms[name, version]

    def latest(self, name: str) -> Questionnaire:
        """The newest active version, for new cases; KeyError if there is none."""
        active = [form for form in self if form.name == name and form.status == "active"]
        if not active:
            raise KeyError(name)
        return active[-1]

    def names(self) -> tuple[str, ...]:
        """The names of all forms."""
        return tuple(dict.fromkeys(form.name for form in self))


def load_forms(folder: Path, *more: Path) -> Catalogue:
    """Every form below the folders (a hospital's own may lie beside ours); FormsRefused if any is not good."""
    forms: list[Questionnaire] = []
    refused: list[Problem] = []
    for file in (file for each in (folder, *more) for file in _files(each)):
        try:
            forms.append(load_form(file))
        except FormsRefused as refusal:
            refused.extend(refusal.problems)
    refused.extend(_published_twice(forms))
    refused.extend(problem for each in (folder, *more) for problem in _changed_since_published(each))
    if refused:
        raise FormsRefused(refused)
    return Catalogue(forms)


def load_form(file: Path) -> Questionnaire:
    """One form; FormsRefused if it is outside the subset or not named as its place says."""
    data = file.read_bytes()
    name = "/".join(file.parts[-3:])
    document = _read(name, data)
    try:
        resource = fhir.QuestionnaireResource.model_validate(document)
    except ValidationError as error:
        raise FormsRefused([_located(name, document, each) for each in error.errors()]) from None
    found = [*_misplaced(file, resource), *checking.problems(resource)]
    if found:
        raise FormsRefused([Problem(name, link_id, problem) for link_id, problem in found])
    return build(resource, sha256(data).hexdigest())


def _files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.glob("*/*")):
        if not file.name.startswith("."):
            yield file


def _read(name: str, data: bytes) -> Any:
    try:
        return json.loads(data, object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise FormsRefused([Problem(name, "", f"is not readable JSON: {error}")]) from None


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError(f"a name is given twice in {sorted(result)}")
    return result


def _no_constant(constant: str) -> float:
    raise ValueError(f"{constant} is no number")


def _located(name: str, document: Any, error: Any) -> Problem:
    """What pydantic says, under the linkId of the innermost item that it speaks of."""
    link_id, here = "", document
    for part in error["loc"]:
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            continue
        if isinstance(here, dict) and isinstance(here.get("linkId"), str):
            link_id = here["linkId"]
    where = ".".join(map(str, error["loc"]))
    said = "not in the accepted subset" if error["type"] == "extra_forbidden" else error["msg"]
    return Problem(name, link_id, f"{where}: {said}")


def _misplaced(file: Path, resource: fhir.QuestionnaireResource) -> Iterator[tuple[str, str]]:
    wanted = f"{resource.id}/{resource.version}.json"
    if "/".join(file.parts[-2:]) != wanted:
        yield "", f"must lie at {wanted}, by its id and version"


def _changed_since_published(folder: Path) -> Iterator[Problem]:
    """Forms that differ from their line in the folder's `published.sha256`, where there is one.

    A case keeps the version that it was answered under: a published file that changes would change
    what was asked of patients who were asked already.
    """
    ledger = folder / PUBLISHED
    if not ledger.exists():
        return
    lines = [line.split() for line in ledger.read_text(encoding="utf-8").splitlines() if line.strip()]
    hashes = {words[-1].lstrip("*"): words[0] for words in lines}
    found = {"/".join(file.parts[-2:]): sha256(file.read_bytes()).hexdigest() for file in _files(folder)}
    for name, hash_found in found.items():
        if name not in hashes:
            yield Problem(name, "", f"has no line in {PUBLISHED}: publish it with sha256sum")
        elif hashes[name] != hash_found:
            yield Problem(name, "", "was changed after it was published: publish a new version instead")
    yield from (Problem(name, "", f"is in {PUBLISHED} and not in the folder") for name in hashes.keys() - found.keys())


def _published_twice(forms: list[Questionnaire]) -> Iterator[Problem]:
    seen: dict[tuple[str, str], Questionnaire] = {}
    for form in forms:
        if seen.setdefault((form.url, form.version), form) is not form:
            yield Problem(f"{form.name}/{form.version}.json", "", f"{form.url}|{form.version} is published twice")
    names = [(form.name, form.version) for form in forms]
    for name, version in sorted({each for each in names if names.count(each) > 1}):
        yield Problem(f"{name}/{version}.json", "", "is published twice")
