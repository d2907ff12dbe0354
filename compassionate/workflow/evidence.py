"""How strong the data behind a request look, read from the words of the report: a reading aid, never a judgement.

Counts the publications that a text names and recognises the kind of study it speaks of. Words that nobody
foresaw are simply not recognised: whoever shows the result says so.
"""

from __future__ import annotations

import re

REFERENCES = (
    re.compile(r"(?i)\b10\.\d{4,9}/[^\s;,)\]]+"),  # DOI
    re.compile(r"(?i)\bPMID:?[ \t]*\d{4,9}\b"),
    re.compile(r"(?i)\bNCT\d{8}\b"),
    re.compile(r"\b20\d{2}-\d{6}-\d{2}(?:-\d{2})?\b"),  # EudraCT, EU CT
    re.compile(r"(?i)\bISBN[ \t:]*[\d-]{10,17}\b"),
    re.compile(r"\b[A-ZÁÉÍÓÚÑ][\wáéíóúñ-]+(?:,? et al\.?| y cols?\.?| y otros)[,.]?[ \t(]*(?:19|20)\d{2}\b"),
)
# What turns a study into one without comparison: taken out before the better kinds are looked for.
DENIED = re.compile(
    r"(?i)\b(?:no|sin|non-?|un)[ \t-]*(?:grupo[ \t]+(?:de[ \t]+)?)?(?:aleatoriza|randomi[sz]|control)\w*"
)
LEVELS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("synthesis", re.compile(r"(?i)meta-?an[aá]l|revisi[oó]n(?:es)? sistem[aá]tica|systematic review")),
    ("controlled", re.compile(r"(?i)aleatorizad|randomi[sz]ed|controlad|controlled|\b(?:fase|phase) ?(?:iii|3)\b")),
    ("trial", re.compile(r"(?i)\bensayos?\b|\btrials?\b|\b(?:fase|phase) ?(?:i|ii|1|2)[ab]?\b|cohorte|prospectiv")),
    ("series", re.compile(r"(?i)\bseries?\b|pilot|retrospectiv")),
    ("case", re.compile(r"(?i)caso cl[ií]nico|\bun caso\b|case report|casos aislados")),
    ("preclinical", re.compile(r"(?i)in vitro|animal|precl[ií]nic")),
)
STRONG = ("synthesis", "controlled", "trial")


def references(text: str) -> int:
    """How many different publications or registered studies a text names."""
    return len({found.group(0).casefold() for wanted in REFERENCES for found in wanted.finditer(text)})


def level(text: str) -> str:
    """The best kind of study that a text speaks of (`synthesis` to `preclinical`); empty where none is recognised."""
    kept = DENIED.sub(" ", text)
    found = next((name for name, words in LEVELS if words.search(kept)), "")
    return found or ("series" if DENIED.search(text) else "")
