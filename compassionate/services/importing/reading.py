"""What a file says, before anything is written: whose document it is, whether it is whole, whether we can keep it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_37_36

from compassionate.documents.catalogue import HOSPITAL, annex_papers, content_sha256
from compassionate.documents.isolation import contained
from compassionate.documents.judging import BROKEN, CHANGED, CHANGED_AFTER, COVERS_PART, Trust, Unreadable, judge
from compassionate.documents.sealing import FIELD
from compassionate.documents.signature_bytes import has_tail
from compassionate.errors import Reason, Refused, UnknownCode
from compassionate.exports import case_json
from compassionate.exports.case_json import AnnexCopy, EmbeddedCase
from compassionate.questionnaires import Catalogue
from compassionate.snapshot import CaseSnapshot
from compassionate.workflow import engine
from compassionate.workflow.table import CASE

CODE = re.compile(r"([A-Z0-9]{2,8})-(\d{4})-(\d{5,9})([0-9A-Z])", re.ASCII)
PAPER_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
DOSSIER = "dossier"
TAMPERED = (BROKEN, CHANGED, COVERS_PART, CHANGED_AFTER)


@dataclass(frozen=True, slots=True)
class Code:
    """The parts of a case's code."""

    centre: str
    year: int
    number: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that can be imported: its SHA-256, the case in it, and the copies of its annexes by their paper's id."""

    sha256: str
    held: EmbeddedCase
    code: Code
    copies: Mapping[str, bytes]

    @property
    def case(self) -> CaseSnapshot:
        """The case as the dossier saw it."""
        return self.held.snapshot


def refuse(why: str, **params: Any) -> NoReturn:
    """One reason why a file is not imported."""
    raise Refused((Reason(f"importing.{why}", params=params),))


def arrived(data: bytes, forms: Catalogue, now: datetime) -> Arrived:
    """A file that is whole and that this installation understands; raises Refused with what is wrong."""
    files = contained(data)
    if case_json.NAME not in files:
        refuse("no_case")
    _require_seal(data, now)
    held = case_json.parse(files[case_json.NAME])
    if (held.issue.kind, held.issue.copy) != (DOSSIER, HOSPITAL):
        refuse("not_the_hospitals")
    code = _code(held.snapshot)
    _require_known(held.snapshot, forms)
    _require_content(held)
    return Arrived(hashlib.sha256(data).hexdigest(), held, code, _copies(held, files))


def _require_seal(data: bytes, now: datetime) -> None:
    """The file is as it was sealed, but for signatures that were added; whose seal it is, its reader has to know."""
    try:
        found = judge(data, Trust(), now)
    except Unreadable:
        refuse("not_pdf")
    if not any(each.field == FIELD for each in found):
        refuse("no_seal")
    if has_tail(data) or any(each.reason in TAMPERED for each in found):
        refuse("seal_broken")


def _code(case: CaseSnapshot) -> Code:
    found = CODE.fullmatch(case.code)
    try:
        mod_37_36.validate(case.code.replace("-", ""))
    except ValidationError:
        found = None
    if found is None or found[1] != case.centre.code:
        refuse("code_wrong", case=case.code[:40])
    return Code(found[1], int(found[2]), int(found[3]))


def _require_known(case: CaseSnapshot, forms: Catalogue) -> None:
    """Every table and form that the case was made with is published here (it is never moved by being copied)."""
    reasons = [
        Reason("importing.form_unknown", params={"form": each.form[:60], "version": each.form_version[:20]})
        for each in case.answered()
        if not forms.has(each.form, each.form_version)
    ]
    try:
        pathway = engine.pathway(case.pathway, case.pathway_version)
    except UnknownCode:
        said = {"pathway": case.pathway[:40], "version": case.pathway_version[:20]}
        reasons.append(Reason("importing.pathway_unknown", params=said))
    else:
        places = [(CASE, case.state), *((region.kind, region.state) for region in case.regions)]
        known = {(region.name, state.id) for region in pathway.regions for state in region.states}
        known |= {(CASE, state.id) for state in pathway.case.states} | {(each.name, "") for each in pathway.regions}
        reasons += [
            Reason("importing.state_unknown", params={"state": f"{region}.{state}"[:80]})
            for region, state in places
            if (region, state) not in known and state != "none"
        ]
    if reasons:
        raise Refused(tuple(dict.fromkeys(reasons)))


def _require_content(held: EmbeddedCase) -> None:
    """The case is the one that the document was issued of: its content hash comes out the same."""
    issue = held.issue
    if content_sha256(held.snapshot, issue.kind, issue.copy, issue.template_version) != held.content_sha256:
        refuse("content_differs")


def _copies(held: EmbeddedCase, files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The copies of the annexes, each the one that is named; none is missing and none is of another paper."""
    case, issue = held.snapshot, held.issue
    if wrong := sorted(name for name in _paper_ids(case) if not PAPER_ID.fullmatch(name)):
        refuse("paper_id_wrong", id=wrong[0][:40])
    listed = {paper.id: paper.copy_sha256 for paper in annex_papers(case, issue.kind, issue.copy)}
    named = {each.paper: each.sha256 for each in held.annexes}
    if len(named) < len(held.annexes) or named != {key: value for key, value in listed.items() if value}:
        refuse("annexes_differ")
    return {each.paper: _copy(each, files) for each in held.annexes}


def _copy(annex: AnnexCopy, files: Mapping[str, bytes]) -> bytes:
    data = files.get(annex.name)
    if data is None or len(data) != annex.size or hashlib.sha256(data).hexdigest() != annex.sha256:
        refuse("annex_changed", name=annex.name[:120])
    return data


def _paper_ids(case: CaseSnapshot) -> Iterator[str]:
    yield from (paper.id for part in case.parts() for paper in part.papers)
