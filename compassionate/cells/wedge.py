"""What a scanner that types like a keyboard really sends, brought back to what the code says.

Nothing is guessed: a text is translated only when it begins with, or holds, signs that no carrier of ours has and that
a keyboard of another layout makes. What it was read as is said, so that somebody can set the scanner right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

GS = "\x1d"
PLAIN, US_ON_SPANISH = "", "us-on-es"
SEPARATORS = ("<GS>", "{GS}", "[GS]", "<FNC1>", "{FNC1}", "[FNC1]", "\\x1d", "\\x1D", "\u241d", "~029")
"""How scanners and their settings write the separator that a keyboard has no key for."""
PREFIX = re.compile(r"^\](?P<symbology>[A-Za-z][0-9A-Za-z])")
GS1_SYMBOLOGIES = ("d2", "C1", "Q3", "e0", "J1")
# A scanner set to a US keyboard, on a computer set to a Spanish one: the key is the same, the sign is not.
US_KEYS = dict(zip("-/=];:_+&*()@<>?", "'-¡+ñÑ?¿/()=\";:_", strict=True))
SPANISH_SIGNS = {typed: meant for meant, typed in US_KEYS.items()}
TELLING = re.compile(r"^(?:\+[A-Za-z][0-9]|/:|/\(|/¿)|[¡¿ñÑ']")
CAPS = re.compile(r"^(?:[\]+]D2|[\]+]c1|sec\b)")


@dataclass(frozen=True, slots=True)
class Typed:
    """A text as it was meant: without Enter, prefix and foreign signs; `layout` says what had to be translated."""

    text: str
    symbology: str = ""
    layout: str = PLAIN
    is_inverted: bool = False
    """Small and capital letters changed places: the key Caps Lock was on."""

    @property
    def is_gs1(self) -> bool:
        """Whether the scanner itself said that it read GS1 data."""
        return self.symbology in GS1_SYMBOLOGIES


def received(raw: str) -> Typed:
    """What was scanned, from what was typed."""
    text = raw.strip("\r\n\t ").lstrip("\x00\x02").rstrip("\x00\x03\r\n\t ")
    inverted = CAPS.match(text) is not None
    layout = US_ON_SPANISH if TELLING.search(text) and not PREFIX.match(text) else PLAIN
    if layout:
        text = "".join(SPANISH_SIGNS.get(sign, sign) for sign in text)
    found = PREFIX.match(text)
    symbology = found["symbology"] if found else ""
    return Typed(_separated(text[found.end() :] if found else text), symbology, layout, inverted)


def _separated(text: str) -> str:
    for written in SEPARATORS:
        text = text.replace(written, GS)
    return text


def as_us_keyboard(text: str) -> str:
    """What appears when a scanner set to a US keyboard types this on a Spanish one; the tests' scanner."""
    return "".join(US_KEYS.get(sign, sign) for sign in text)
