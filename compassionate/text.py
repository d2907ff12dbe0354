"""Text as people paste it, made safe to store, to compare and to print.

One pasted character can make a dossier unprintable (a paragraph separator between spaces stops the
PDF engine, a lone surrogate cannot be encoded), and some characters reorder or hide what a reader
sees. Text is cleaned on the way in and again before it is printed; cleaning twice changes nothing.
"""

import re
import unicodedata

REPLACEMENT = "\ufffd"
LINE_ENDS = re.compile("\r\n|[\r\v\f\u0085\u2028\u2029]")
SPACES_AT_LINE_END = re.compile(r"[^\S\n]+$", re.MULTILINE)
# Format characters that carry meaning: joiners shape letters and emoji, the others are seen in print.
MEANINGFUL_FORMATS = frozenset("\u200c\u200d\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")


def clean(text: str) -> str:
    """The same text with what cannot be stored, printed or seen taken out.

    Line ends of every kind become a newline; control and bidirectional characters go; what stood for
    a broken character becomes U+FFFD, so that the loss is seen. Letters are composed (NFC).
    """
    if text.isprintable():  # nothing but letters, signs and plain spaces, as nearly every text: no need to look at each
        return unicodedata.normalize("NFC", text).strip()
    ended = LINE_ENDS.sub("\n", text)
    kept = "".join(map(_kept, ended))
    composed = SPACES_AT_LINE_END.sub("", unicodedata.normalize("NFC", kept)).strip()
    return composed if any(map(_is_seen, composed)) else ""


def single_line(text: str) -> str:
    """Clean text for a field of one line: newlines and tabs become single spaces."""
    return clean(re.sub(r"\s*[\n\t]\s*", " ", clean(text)))


def is_clean(text: str) -> bool:
    """Whether cleaning would leave the text as it is."""
    return clean(text) == text


def loses_characters(text: str) -> bool:
    """Whether cleaning takes out more than spaces and line ends, so that the writer must be told."""
    ended = LINE_ENDS.sub("\n", text)
    return "".join(map(_kept, ended)) != ended


def _kept(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs" or _is_noncharacter(character):
        return REPLACEMENT
    if category == "Cc":
        return character if character in "\n\t" else ""
    if category == "Cf":
        return character if character in MEANINGFUL_FORMATS else ""
    return character


def _is_noncharacter(character: str) -> bool:
    point = ord(character)
    return 0xFDD0 <= point <= 0xFDEF or point & 0xFFFE == 0xFFFE


def _is_seen(character: str) -> bool:
    return not character.isspace() and unicodedata.category(character) != "Cf"
