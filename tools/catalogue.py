"""Brings the English catalogue of page sentences up to date; run it after any change of `_('…')` or gettext("…").

    PYTHONPATH=. .venv/bin/python tools/catalogue.py                  new sentences in, forgotten ones out
    PYTHONPATH=. .venv/bin/python tools/catalogue.py english.json     the same, with the English of that file

It prints the sentences without English as JSON (and then ends with 1): fill that in and hand it back, or write into
messages.po and run it again. It compiles messages.mo, which is what pages read and is kept in the tree.
Words of codes are elsewhere: compassionate/translations/<language>/*.toml.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "compassionate" / "translations" / "en" / "LC_MESSAGES"
PO, MO = FOLDER / "messages.po", FOLDER / "messages.mo"
SOURCES = [("compassionate/**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"silent": "false"}}  # a template that cannot be read stops the command
KEYWORDS = DEFAULT_KEYWORDS | {"lazy_gettext": None}
# No dates and no versions: the files change when their sentences do, and only then.
HEADER = """msgid ""
msgstr ""
"Language: en\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"""
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def said() -> Catalog:
    """Every sentence that code and templates say, with the files that say it."""
    catalog = Catalog(locale="en")
    for path, _line, msgid, _comments, context in extract_from_dir(ROOT, SOURCES, OPTIONS, KEYWORDS):
        catalog.add(msgid, locations=[(path, 1)], context=context)
    return catalog


def held() -> Catalog:
    """The English catalogue as it is written down."""
    with PO.open("rb") as file:
        return read_po(file, locale="en")


def update(given: Mapping[str, str | list[str]]) -> Catalog:
    """The sentences said now with the English they have or are given; written and compiled."""
    english = said()
    before = held()
    for message in sentences(english):
        known = before.get(message.id, message.context)
        if known and known.pluralizable == message.pluralizable:
            message.string = known.string
        if english_of := given.get(name(message)):
            message.string = english_of
    _write(english)
    return english


def sentences(catalog: Catalog) -> Iterator[Message]:
    """The messages of a catalogue without its header."""
    return (message for message in catalog if message.id)


def without_english(catalog: Catalog) -> list[Message]:
    """The sentences that have no English, or a plural of which one form lacks it."""
    return [message for message in sentences(catalog) if not all(strings(message))]


def name(message: Message) -> str:
    """What the JSON calls a message: its Spanish, after its context where it has one."""
    return "|".join(part for part in (message.context, spanish(message)[0]) if part)


def spanish(message: Message) -> tuple[str, ...]:
    """What is said in Spanish: one sentence, or the two of a plural."""
    return tuple(message.id) if message.pluralizable else (message.id,)


def strings(message: Message) -> tuple[str, ...]:
    """What is said in English: one sentence, or the two of a plural."""
    return tuple(message.string) if message.pluralizable else (message.string or "",)


def _write(catalog: Catalog) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    catalog.creation_date = catalog.revision_date = LONG_AGO
    with PO.open("wb") as file:
        file.write(HEADER.encode() + b"\n")
        write_po(file, catalog, width=0, sort_output=True, include_lineno=False, omit_header=True)
    with MO.open("wb") as file:
        write_mo(file, catalog)


def main(arguments: list[str]) -> int:
    """Update, then say what is left to translate."""
    given = json.loads(Path(arguments[0]).read_text(encoding="utf-8")) if arguments else {}
    missing = {name(each): ["", ""] if each.pluralizable else "" for each in without_english(update(given))}
    if missing:
        print(json.dumps(missing, ensure_ascii=False, indent=1))
    print(f"{len(missing)} sentences lack English.", file=sys.stderr)
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
