"""Every code that the product can say has words: in Spanish always, in English for what moves a case."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from compassionate import words
from compassionate.services.papers import KINDS
from compassionate.services.patients import SEXES
from compassionate.services.visits import CONTACT_CHANNELS
from compassionate.workflow.engine import pathways
from compassionate.workflow.guards import DISEASE_CLASSES
from compassionate.workflow.permissions import SECTIONS
from compassionate.workflow.publish import region_states, state_code
from compassionate.workflow.roles import Role
from compassionate.workflow.table import Input, Transition
from tests.house.source import PACKAGE, ROOT, nodes, place, python_files

REGIONS = [region for pathway in pathways() for region in pathway.regions]
ROWS: list[Transition] = [row for region in REGIONS for row in region.transitions]
INPUTS: set[Input] = {asked for row in ROWS for asked in row.inputs}
FILLED = re.compile(r"\{(\w+)")


def spanish(codes: Iterable[str]) -> list[str]:
    """The codes among these that have no Spanish words."""
    return sorted({code for code in codes if not words.has_words(code)})


def in_both(codes: Iterable[str]) -> list[str]:
    """The codes among these that lack words in one of the two languages."""
    return sorted({code for code in codes if not (words.has_words(code) and words.has_words(code, "en"))})


# The tables.


def test_every_state_has_words_in_both_languages():
    assert in_both(state_code(region.name, state.id) for region in REGIONS for state in region_states(region)) == []


def test_every_step_has_a_button_a_sentence_for_the_history_and_its_consequence_in_both_languages():
    assert in_both(f"{table}.{row.name}" for row in ROWS for table in ("step", "done", "step_hint")) == []


def test_every_role_has_a_name_in_both_languages():
    assert in_both(f"{table}.{role.value}" for role in Role for table in ("role", "turn")) == []


def test_everybody_whose_turn_it_may_be_has_a_name():
    whose = {who for region in REGIONS for state in region.states for who in state.turn}
    assert in_both(f"turn.{who}" for who in (*whose, "committee", "nobody")) == []


def test_every_region_pathway_and_section_has_a_name():
    assert in_both(f"region.{region.name}" for region in REGIONS) == []
    assert in_both(f"pathway.{pathway.id}" for pathway in pathways()) == []
    assert in_both(f"section.{name}" for name in SECTIONS) == []


def test_every_value_that_a_step_asks_for_has_a_label_a_hint_and_choices_in_words():
    assert in_both(f"{table}.{asked.name}" for asked in INPUTS for table in ("input", "input_hint")) == []
    assert in_both(f"choice.{asked.name}.{choice}" for asked in INPUTS for choice in asked.choices) == []


def test_every_clock_that_a_step_moves_has_a_name():
    moved = {
        clock
        for row in ROWS
        for clock in (*(opening.partition(":")[0] for opening in row.opens), *row.closes, *row.suspends, *row.resumes)
    }
    assert in_both(f"clock.{clock}" for clock in moved) == []


def test_every_document_that_a_step_gives_has_a_name():
    assert in_both(f"document_kind.{kind}" for row in ROWS for kind in row.documents) == []


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        ("paper_kind", KINDS),
        ("sex", SEXES),
        ("contact_channel", CONTACT_CHANNELS),
        ("consent_kind", ("use", "donation", "implantation")),
        ("visit", ("baseline", "m3", "m6", "m12")),
        ("visit_status", ("planned", "done", "missed", "waived")),
        ("programme", ("disc-msc", "knee-msc")),
        ("centre_kind", ("public", "private")),
        ("committee_rule", ("never", "free", "charged", "always")),
        ("request_kind", ("individual", "continuation", "more_packs", "dose_change")),
        ("grounds", next(asked.choices for asked in INPUTS if asked.name == "grounds")),
        (
            "supply_kind",
            [
                "ordered",
                "promised",
                "received",
                "released",
                "rejected",
                "dispensed",
                "administered",
                "returned",
                "destroyed",
            ],
        ),
    ],
)
def test_every_closed_list_is_in_words(table: str, codes: Iterable[str]):
    assert in_both(f"{table}.{code}" for code in codes) == []


def test_the_grounds_of_a_denial_are_said_alike_wherever_they_are_said():
    for language in ("es", "en"):
        held = words.catalogue(language)
        chosen = {code.rpartition(".")[2]: said for code, said in held.items() if code.startswith("choice.grounds.")}
        assert {code: held[f"grounds.{code}"] for code in chosen} == chosen


def test_papers_and_documents_are_called_on_screen_what_they_are_called_in_print():
    held = words.catalogue("es")
    for screen, printed in (("paper_kind", "paper"), ("document_kind", "document")):
        in_print = {code.partition(".")[2]: said for code, said in held.items() if code.startswith(f"{printed}.")}
        assert {code: held[f"{screen}.{code}"] for code in in_print} == in_print


# The code: what it can raise, record and say.


def called(node: ast.AST) -> str:
    """The name that a call calls."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def codes_of(value: ast.expr, path: Path) -> Iterator[str]:
    """The codes that an expression can be; what is put in at run time is a star."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from codes_of(value.body, path)
        yield from codes_of(value.orelse, path)
    elif isinstance(value, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in value.values)
    elif isinstance(value, ast.Name):
        for node in nodes(path):
            if isinstance(node, ast.Assign) and any(getattr(to, "id", "") == value.id for to in node.targets):
                yield from codes_of(node.value, path)


def found(function: str, position: int, keyword: str) -> Iterator[tuple[str, str]]:
    """(code, where) of every call of a function in the package."""
    for path in python_files("compassionate"):
        for node in nodes(path):
            if called(node) == function:
                assert isinstance(node, ast.Call)
                named = [each.value for each in node.keywords if each.arg == keyword]
                given = node.args[position : position + 1] + named
                yield from ((code, place(path, node)) for value in given for code in codes_of(value, path))


def unsaid(table: str, calls: Iterable[tuple[str, str]]) -> list[str]:
    """Codes without Spanish words and where they stand; a code with a star needs one that fits."""
    held = words.catalogue("es")
    missing = {(code, where) for code, where in calls if not _fits(f"{table}{code}", held)}
    return sorted(f"{table}{code} ({where})" for code, where in missing)


def _fits(code: str, held: Iterable[str]) -> bool:
    pattern = re.compile(re.escape(code).replace(r"\*", r"[\w.-]+"))
    return code in held or any(pattern.fullmatch(each) for each in held)


def test_every_reason_that_can_refuse_is_in_words():
    assert len(set(found("Reason", 0, "code"))) > 40
    assert unsaid("reason.", found("Reason", 0, "code")) == []


def test_every_error_of_a_value_is_in_words():
    assert len(set(found("FieldError", 1, "code"))) > 20
    errors = [*found("FieldError", 1, "code"), *found("wrong", 1, "code")]
    own = [(code, where) for code, where in errors if not code.startswith("answer.")]
    assert unsaid("error.", own) == []
    assert unsaid("error.value.", found("_Wrong", 0, "code")) == []


def test_every_error_of_an_answer_is_in_words():
    answers = [(code, where) for code, where in found("FieldError", 1, "code") if code.startswith("answer.")]
    assert unsaid("", answers) == []


def test_everything_that_is_recorded_is_in_words():
    recorded = set(found("record", 4, "name"))
    assert {code for code, _ in recorded} >= {"open_case", "upload_paper", "record_visit"}
    assert unsaid("done.", recorded) == []


def test_every_code_that_python_says_is_in_words():
    said = [(code, where) for code, where in found("say", 0, "code") if "." in code and not code.startswith("*")]
    assert unsaid("", said) == []


SAID = re.compile(r"""\bsay\(\s*(['"])(?P<code>[\w.-]+)\1\s*(?P<more>~)?""")


def test_every_code_that_a_template_says_is_in_words():
    calls = [
        (match["code"] + ("*" if match["more"] else ""), path.relative_to(ROOT).as_posix())
        for path in sorted((ROOT / "templates").rglob("*.*"))
        if path.suffix in (".html", ".txt", ".css")
        for match in SAID.finditer(path.read_text(encoding="utf-8"))
    ]
    assert unsaid("", calls) == []


def test_the_classes_of_disease_are_those_of_the_law():
    assert DISEASE_CLASSES == ("chronic", "severely_debilitating", "life_threatening")


# The catalogue itself.


def test_no_sentence_is_empty():
    for language in ("es", "en"):
        assert [code for code, said in words.catalogue(language).items() if not said.strip()] == []


def test_english_says_nothing_that_spanish_does_not():
    assert set(words.catalogue("en")) - set(words.catalogue("es")) == set()


def test_a_sentence_takes_the_same_parameters_in_both_languages():
    english, held = words.catalogue("en"), words.catalogue("es")
    taken = {code: set(FILLED.findall(said)) for code, said in held.items()}
    assert [code for code, said in english.items() if set(FILLED.findall(said)) != taken.get(code)] == []


@pytest.mark.parametrize("language", ["es", "en"])
def test_once_filled_in_no_brace_is_left(language: str):
    for code, sentence in words.catalogue(language).items():
        params = dict.fromkeys(FILLED.findall(sentence), 7)
        assert not {"{", "}"} & set(words.say(code, language, **params)), code


def test_a_parameter_that_was_forgotten_never_breaks_a_page():
    assert words.say("reason.stock.expired", batch="L1") == "El lote L1 caducó el …."


def test_a_code_without_words_falls_back_to_spanish_and_then_to_itself(monkeypatch: pytest.MonkeyPatch):
    held = {"es": {"only.spanish": "Solo aquí"}, "en": {}}
    monkeypatch.setattr(words, "catalogue", lambda language: held[language])
    assert words.say("only.spanish", "en") == "Solo aquí"
    assert words.say("nobody.knows", "en") == "nobody.knows"


def test_two_files_of_a_language_never_say_the_same_code():
    for language in ("es", "en"):
        seen: dict[str, str] = {}
        for path in sorted((PACKAGE / "translations" / language).glob("*.toml")):
            for code in words._flatten(words.tomllib.loads(path.read_text(encoding="utf-8"))):
                assert code not in seen, f"{code} is in {seen[code]} and in {path.name}"
                seen[code] = path.name


def test_spanish_addresses_people_formally():
    familiar = re.compile(r"\b(tú|tu|tus|te|ti|contigo|puedes|debes|tienes|quieres|escribe tu)\b", re.IGNORECASE)
    assert [code for code, said in words.catalogue("es").items() if familiar.search(said)] == []
