"""Brings the English catalogue of page sentences up to date: `PYTHONPATH=. .venv/bin/python tools/catalogue.py`.

Sentences are Spanish in the code (`_('…')`, `gettext("…")`). New ones get an empty place in messages.po, those that
nobody says any more go; the command lists what lacks English and then ends with 1. Write the English into messages.po
and run it again: it compiles messages.mo, which is what pages read.
Words of codes are elsewhere: compassionate/translations/<language>/*.toml.
"""

import sys
from collections.abc import Iterator
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
    for name, _line, msgid, _comments, context in extract_from_dir(ROOT, SOURCES, OPTIONS, KEYWORDS):
        catalog.add(msgid, locations=[(name, 1)], context=context)
    return catalog


def held() -> Catalog:
    """The English catalogue as it is written down."""
    with PO.open("rb") as file:
        return read_po(file, locale="en")


def update() -> Catalog:
    """The sentences said now with the English they already have; written and compiled."""
    english = said()
    before = held()
    for message in sentences(english):
        known = before.get(message.id, message.context)
        message.string = known.string if known else message.string
    _write(english)
    return english


def sentences(catalog: Catalog) -> Iterator[Message]:
    """The messages of a catalogue without its header."""
    return (message for message in catalog if message.id)


def without_english(catalog: Catalog) -> list[Message]:
    """The sentences that have no English, or a plural of which one form lacks it."""
    return [message for message in sentences(catalog) if not all(strings(message))]


def strings(message: Message) -> tuple[str, ...]:
    """What is said in English: one sentence, or the two of a plural."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def _write(catalog: Catalog) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    catalog.creation_date = catalog.revision_date = LONG_AGO
    with PO.open("wb") as file:
        file.write(HEADER.encode() + b"\n")
        write_po(file, catalog, width=0, sort_output=True, include_lineno=False, omit_header=True)
    with MO.open("wb") as file:
        write_mo(file, catalog)


if __name__ == "__main__":
    missing = without_english(update())
    for message in missing:
        print(message.id if isinstance(message.id, str) else message.id[0])
    print(f"{len(missing)} sentences lack English in {PO.relative_to(ROOT)}")
    sys.exit(bool(missing))
