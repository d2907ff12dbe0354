"""The dossier of a request: what the agency is asked, why, on whose word, with every annex (RD 1015/2009 art. 7, 8)."""

from __future__ import annotations

from datetime import date
from re import compile as pattern
from typing import Any

from compassionate.documents import answers
from compassionate.documents.answers import Shown
from compassionate.documents.blocks import Block, note, rows, said_heading, said_table, section, table
from compassionate.documents.contexts import request_data
from compassionate.documents.contexts.consents import consent_table
from compassionate.documents.contexts.packs import division, need, total_units, waste
from compassionate.documents.contexts.request_data import agreement, trial
from compassionate.documents.contexts.requirements import conditions
from compassionate.documents.contexts.signatures import signature
from compassionate.documents.contexts.source import Source, line_name, patient_name
from compassionate.documents.phrases import NBSP, Phrases, shortened, text_of
from compassionate.programmes.classification import classify, of_answers
from compassionate.questionnaires.criteria import Finding, assess, threshold
from compassionate.snapshot import PaperSnapshot

LONGEST_IN_SUMMARY, LONGEST_ANSWER, LONGEST_STRENGTH = 84, 62, 28
MOST_LINES_IN_SUMMARY = 3
KILOBYTE = 1024
ISO_DATE = pattern(r"\d{4}-\d\d-\d\d")
ISO_MOMENT = pattern(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)")
HIDDEN_FROM_AGENCY = frozenset(f"patient.{name}" for name in ("given_name", "surnames", "nhc", "cip", "national_id"))


def summary(held: Source) -> dict[str, Any]:
    """The first page: what is asked for, for whom, on what grounds, and each condition of the decree."""
    case, words = held.case, held.words
    report = held.shown(case.request.report)
    patient = case.patient.initials if held.for_agency else patient_name(case)
    pairs = (
        ("case_code", case.code), ("centre", case.centre.name), ("product", case.product.name),
        ("active_substance", case.product.active_substance), ("sponsor", case.product.sponsor), ("trial", trial(held)),
        ("patient", patient), ("birth_on", words.day(case.patient.birth_on)),
        ("diagnosis", report.text("diagnosis") if report else ""),
        ("physician", case.physician.name if case.physician else ""),
        ("duration", words.count(case.request.duration_weeks, "week")), ("packs_requested", _packs(held)),
    )  # fmt: skip
    facts = rows(*((label, shortened(value, LONGEST_IN_SUMMARY)) for label, value in pairs))["rows"]
    listed = [condition | {"words": shortened(condition["words"], LONGEST_ANSWER)} for condition in conditions(held)]
    return {"facts": facts, "conditions": listed, "urgent": case.request.urgent, "kind": case.request.kind}


def _packs(held: Source) -> str:
    lines = held.case.lines
    named = [
        f"{held.words.count(line.packs_requested, 'pack')} ({shortened(line.strength, LONGEST_STRENGTH)})"
        for line in lines[:MOST_LINES_IN_SUMMARY]
        if line.packs_requested is not None
    ]
    more = (
        [held.words.say("print.more_lines", count=len(lines) - MOST_LINES_IN_SUMMARY)]
        if len(lines) > MOST_LINES_IN_SUMMARY
        else []
    )
    return "; ".join([*named, *more])


def _rectifications(held: Source) -> list[dict[str, Any]]:
    """What was rectified after the agency had the request, oldest first (Ley 39/2015 art. 66.1)."""
    words, listed = held.words, held.case.request.rectifications
    columns = (("rectified", 5), ("field", 20), ("old_value", 22), ("new_value", 22), ("why", 18), ("on", 13))
    body = [
        [
            words.number(each.number),
            _rectified(held, each.field) + (f" ({each.line})" if each.line else ""),
            *(_printed(held, each.field, text) for text in (each.old, each.new)),
            each.reason,
            f"{words.day(each.on)} {each.by}",
        ]
        for each in listed
    ]
    return [section("rectificaciones", "print.section.rectifications", table("rectifications", columns, body))] * bool(
        listed
    )


def _rectified(held: Source, field: str) -> str:
    """The words of a rectified field: those of its question, where it is an answer."""
    part, _, path = field.partition(".")
    asked = {"report": held.case.request.report, "requirements": held.case.eligibility}.get(part)
    form = held.shown(asked) if asked and path else None
    return form.questionnaire.label(path, held.words.language) if form else held.words.choice("rectify_field", field)


def _printed(held: Source, field: str, text: str) -> str:
    """A value as it is printed; the agency is sent no more of the patient than the request itself tells."""
    hidden = held.for_agency and field in HIDDEN_FROM_AGENCY
    return held.words.say("print.rectified.withheld") if hidden else _value(text, held.words)


def _value(text: str, words: Phrases) -> str:
    if found := ISO_MOMENT.fullmatch(text):
        return f"{words.day(date.fromisoformat(found[1]))} {found[2]}"
    return words.day(date.fromisoformat(text)) if ISO_DATE.fullmatch(text) else text or "—"


def _report(held: Source) -> dict[str, Any]:
    report = held.case.request.report
    form = held.shown(report)
    title = form.questionnaire.title.said(held.words.language) if form else ""
    version = (
        note("print.note.form_version", form=title, version=report.form_version)
        if report
        else note("print.note.not_written")
    )
    signed = signature(held, "clinical_report")
    return section("informe", "print.section.report", version, *answers.blocks(form, held.words.language), signed)


def _requirements(held: Source) -> dict[str, Any]:
    legal = answers.blocks(held.shown(held.case.eligibility), held.words.language)
    law = [] if held.for_agency else _classification(held)
    return section(
        "requisitos", "print.section.requirements", *(legal or [note("print.note.not_written")]), *law, *_criteria(held)
    )


def _classification(held: Source) -> list[Block]:
    """Which law the product comes under, each step with its article; printed for the hospital alone."""
    given, form = held.case.classification, held.shown(held.case.classification)
    if given is None or form is None:
        return []
    legal = held.case.eligibility.answers if held.case.eligibility else {}
    found = classify(of_answers(given.answers, legal))
    say, title = held.words.say, form.questionnaire.title.said(held.words.language)
    steps = [[say(f"classification.ground.{each.code}"), each.legal_basis] for each in found.grounds]
    steps += [[say(f"classification.doubt.{each.code}"), each.legal_basis] for each in found.doubts]
    heads = [say("classification.column.step"), say("classification.column.basis")]
    heading = said_heading(f"{title}: {say(f'classification.route.{found.route}')}")
    return [heading, said_table(title, heads, steps)]


def _criteria(held: Source) -> list[Block]:
    criteria = held.case.criteria
    form = held.shown(criteria)
    if criteria is None or form is None:
        return []
    language = held.words.language
    findings = assess(form.questionnaire, criteria.answers, language)
    columns = (("criterion", 8), ("question", 35), ("answer", 17), ("threshold", 24), ("result", 16))
    body = [line for finding in findings for line in _finding(finding, form, held)]
    asked = {link_id for finding in findings for link_id in finding.link_ids}
    others = answers.blocks(form, language, frozenset(asked))
    return [said_heading(form.questionnaire.title.said(language)), table("criteria", columns, body), *others]


def _finding(finding: Finding, form: Shown, held: Source) -> list[list[str]]:
    """A row a question: the criterion's id and its result stand in the first one."""
    language, listed = held.words.language, []
    for link_id in finding.link_ids:
        item = form.questionnaire.item(link_id)
        listed.append(["", item.text.said(language), form.text(link_id) or "—", threshold(item, language), ""])
    listed[0][0], listed[0][-1] = finding.criterion.upper(), _result(finding, held)
    return listed


def _result(finding: Finding, held: Source) -> str:
    code = "unanswered" if finding.met is None else "met" if finding.met else "not_met"
    weight = held.words.say("criterion.blocking" if finding.blocking else "criterion.warning")
    return held.words.say(f"criterion.{code}") + ("" if finding.met else f" ({weight.lower()})")


def _evidence(held: Source) -> dict[str, Any]:
    listed = [(number, paper) for number, paper in enumerate(held.papers, 1) if paper.kind in ("evidence", "other")]
    columns = (("annex", 12), ("paper_title", 58), ("pages", 12), ("uploaded_on", 18))
    body = [
        [str(number), paper.title, held.words.number(paper.pages), held.words.day(paper.uploaded_on)]
        for number, paper in listed
    ]
    return section("apoyo", "print.section.evidence", table("evidence", columns, body, numeric="pages"))


def _sponsor(held: Source) -> dict[str, Any]:
    product, words = held.case.product, held.words
    region = held.region("sponsor_agreement")
    details = region.details if region else {}
    willing = rows(
        ("sponsor", product.sponsor), ("willing_by", product.willing_by),
        ("willing_on", words.day(product.willing_on)),
        ("willing_reference", product.willing_reference), ("annex", _annex(held, "sponsor_willingness")),
    )  # fmt: skip
    agreed = rows(
        ("sponsor_agreement", agreement(held)), ("agreement_by", text_of(details, "signed_by")),
        ("annex", _annex(held, "sponsor_agreement")),
    )  # fmt: skip
    blocks = [
        said_heading(words.say("print.heading.willingness")),
        willing,
        said_heading(words.say("print.heading.agreement")),
        agreed,
    ]
    return section("promotor", "print.section.sponsor", *blocks)


def _annex(held: Source, kind: str) -> str:
    number = held.annex_number(kind)
    return held.words.say("print.annex_number", number=number) if number else ""


def _endorsement(held: Source) -> dict[str, Any]:
    stated = note("print.note.endorsement", centre=held.case.centre.name)
    delegation = (
        rows(("annex", _annex(held, "endorsement_delegation"))) if held.annex_number("endorsement_delegation") else None
    )
    return section("visto-bueno", "print.section.endorsement", stated, signature(held, "endorsement"), delegation)


def _packs_section(held: Source) -> dict[str, Any]:
    words = held.words
    columns = (("line", 27), ("need", 24), ("division", 23), ("waste", 14), ("packs_requested", 12))
    body = []
    for line in held.case.lines:
        over = waste(line)
        left = words.count(over, "unit") or "—"
        body.append([f"{line.number}. {line_name(line)}", need(line, words) or "—",
            division(line, words) if total_units(line) is not None else "—",
                     left, words.number(line.packs_requested)])  # fmt: skip
    notes = [(f"{line.number}", line.packs_note) for line in held.case.lines if line.packs_note]
    remarks = table("pack_notes", (("line", 12), ("note", 88)), notes) if notes else None
    return section(
        "envases",
        "print.section.packs",
        note("print.note.packs"),
        table("packs", columns, body, numeric="packs_requested"),
        remarks,
    )


def _annex_list(held: Source) -> dict[str, Any]:
    columns = (("annex", 8), ("paper_title", 27), ("paper_kind", 18), ("pages", 9), ("size", 9), ("sha256", 29))
    body = [[str(number), *_paper(paper, held)] for number, paper in enumerate(held.papers, 1)]
    return section(
        "anexos",
        "print.section.annexes",
        note("print.note.annexes"),
        table("annexes", columns, body, numeric="pages size"),
    )


def _paper(paper: PaperSnapshot, held: Source) -> list[str]:
    size = f"{held.words.number(max(1, round(paper.size / KILOBYTE)))}{NBSP}kB"
    return [
        paper.title,
        held.words.choice("paper_kind", paper.kind)
        + (f". {held.words.say('print.sent_with', reference=paper.sent_with)}" if paper.sent_with else ""),
        held.words.number(paper.pages),
        size,
        _hashes(paper, held),
    ]


def _hashes(paper: PaperSnapshot, held: Source) -> str:
    """The hash of the original and that of the copy that the document carries, and whether the original is signed."""
    say = held.words.say
    said = [
        say("print.hash.original", sha256=paper.sha256),
        say("print.hash.copy", sha256=paper.copy_sha256) if paper.copy_sha256 else say("print.hash.no_copy"),
    ]
    return "\n".join([*said, *([say("print.hash.signed")] if paper.is_signed else [])])


def _consent(held: Source) -> list[dict[str, Any]]:
    if held.for_agency:
        return []
    return [
        section(
            "consentimiento", "print.section.consents", note("print.note.consents_hospital_only"), consent_table(held)
        )
    ]


def context(held: Source) -> dict[str, Any]:
    """The dossier; the copy for the agency says nothing about consent (art. 8.2)."""
    data = section("datos", "print.section.data")
    data["parts"] = request_data.sections(held)
    listed = [
        data, *_rectifications(held), _report(held), _requirements(held), _evidence(held), _sponsor(held),
        _endorsement(held),
        _packs_section(held),
        *_consent(held), _annex_list(held),
    ]  # fmt: skip
    for number, part in enumerate(listed, 1):
        part["number"] = str(number)
    return {"summary": summary(held), "sections": listed, "contents": True}
