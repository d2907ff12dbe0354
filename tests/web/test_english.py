"""English is whole: every page sentence has it, it is compiled, and no page drawn in English says a Spanish one."""

from __future__ import annotations

import html
import re
from gettext import GNUTranslations
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog

from tests.web.census import address, busy_case, rules, values
from tests.world import World
from tools import catalogue

pytestmark = pytest.mark.one_database  # these are words

PLACES = re.compile(r"%\(\w+\)[a-z]|%%|\{\w+\}")
SAID_ALOUD = ("aria-label", "title", "placeholder", "alt", "data-copied", "data-selected", "data-label")
# These two say the request as it is typed into the Agency's application: in the language of the case.
IN_THE_CASES_LANGUAGE = {"requests.review", "transcriptions.show", "transcriptions.to_print"}
LONG = 20
# What the people of the tests call themselves and their sponsor.
INVENTED = {"Persona", "Promotor"}
WHO = ("physician", "pharmacist", "director", "admin")


@pytest.fixture(scope="module")
def english() -> Catalog:
    return catalogue.held()


def keyed(catalog: Catalog) -> dict[Any, tuple[str, ...]]:
    return {
        (message.context, catalogue.spanish(message)): catalogue.strings(message)
        for message in catalogue.sentences(catalog)
    }


# The catalogue.


def test_the_catalogue_holds_what_is_said_and_nothing_else(english: Catalog):
    said = keyed(catalogue.said()).keys()
    assert sorted(said - keyed(english).keys(), key=str) == [], "run tools/catalogue.py"
    assert sorted(keyed(english).keys() - said, key=str) == [], "run tools/catalogue.py"


def test_every_sentence_has_english_that_somebody_stands_by(english: Catalog):
    assert len(keyed(english)) > 1000
    assert [message.id for message in catalogue.without_english(english)] == []
    assert [message.id for message in english if message.fuzzy] == []


def test_a_sentence_takes_the_same_values_in_both_languages(english: Catalog):
    differing = [
        (own, other)
        for (_, ids), strings in keyed(english).items()
        for own, other in zip(ids, strings, strict=True)
        if sorted(PLACES.findall(own)) != sorted(PLACES.findall(other))
    ]
    assert differing == []


def test_english_is_compiled_as_it_is_written(english: Catalog):
    with catalogue.MO.open("rb") as file:
        compiled = GNUTranslations(file)
    for (context, ids), strings in keyed(english).items():
        one = compiled.pgettext(context, ids[0]) if context else compiled.gettext(ids[0])
        drawn = tuple(compiled.ngettext(*ids, count) for count in (1, 2)) if len(ids) == 2 else (one,)
        assert drawn == strings, "run tools/catalogue.py"


# The pages.


class Visible(HTMLParser):
    """What a page says to whoever reads or hears it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.silent = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("script", "style")
        self.said += [value for name, value in attrs if value and (name in SAID_ALOUD or name.startswith("data-i18n"))]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.silent and data.strip():
            self.said.append(" ".join(data.split()))


class Spanish:
    """Knows the Spanish sentences that differ in English, also with their values filled in."""

    def __init__(self, english: Catalog) -> None:
        held = {each for (_, ids), strings in keyed(english).items() for each in ids if each not in strings}
        self.whole = {each for each in held if not PLACES.search(each)}
        self.filled = {each: re.compile(_filled(each)) for each in held - self.whole}

    def on(self, page: str) -> set[str]:
        """Those that a page says: alone, or, the longer ones, as a part of something."""
        said = Visible(page).said
        joined = "\n".join(said)
        found = (self.whole & set(said)) | {each for each in self.whole if len(each) > LONG and each in joined}
        return found | {
            each
            for each, pattern in self.filled.items()
            if (pattern.search(joined) if len(each) > LONG else any(map(pattern.fullmatch, said)))
        }


def _filled(sentence: str) -> str:
    parts = re.split(r"%\(\w+\)[a-z]|\{\w+\}", sentence.replace("%%", "%").strip())
    return ".*".join(re.escape(part) for part in parts)


@pytest.fixture
def english_readers(world: World) -> World:
    """A case under treatment that asks for more, and people who read English."""
    busy_case(world)
    world.centre.pharmacy_service = "Pharmacy"  # what people write themselves stays as they wrote it
    for account in world.accounts.values():
        account.language = "en"
    world.session.commit()
    return world


@pytest.mark.parametrize("who", WHO)
def test_no_page_in_english_says_a_spanish_sentence(
    app: Any, english_readers: World, log_in: Any, english: Catalog, who: str
):
    here = values(english_readers.session, english_readers)
    browser, known, found = log_in(who), Spanish(english), {}
    drawn = 0
    for rule in rules(app):
        if "GET" not in (rule.methods or ()) or rule.endpoint in IN_THE_CASES_LANGUAGE | {"security.logout"}:
            continue
        answer = browser.get(address(rule, here))
        if answer.mimetype == "text/html":
            found[rule.rule] = known.on(answer.text) - INVENTED
            drawn += '<html class="govuk-template" lang="en">' in answer.text
    assert {page: sorted(sentences) for page, sentences in found.items() if sentences} == {}
    assert drawn > 20


def test_the_log_in_page_speaks_the_browsers_language(app: Any, english: Catalog):
    answers = [app.test_client().get(path, headers={"Accept-Language": "en-GB,en"}) for path in ("/login", "/no-such")]
    assert [Spanish(english).on(answer.text) for answer in answers] == [set(), set()]
    assert "Log in" in answers[0].text


def test_the_measure_sees_spanish_where_there_is_some(english: Catalog):
    known = Spanish(english)
    sentence = "Ninguna fila cumple todos los filtros."
    assert known.on(f"<p>Hace falta: {sentence}</p>") == {sentence}
    assert known.on('<a title="Ocultar">x</a>') == {"Ocultar"}
    assert known.on(f"<p>{html.escape('hace 5 días')}</p>") == {"hace %(days)d días"}


def test_the_words_of_codes_are_not_disturbed_by_the_catalogues_beside_them():
    from compassionate import words

    assert Path(words.FOLDER) in catalogue.PO.parents
    assert words.has_words("state.draft", "en")
