"""What a scanner typed, a person wrote or a photograph shows, as one reading: the door of every page that scans.

Photographs are read in the process for foreign files, with bounded time and memory (documents/isolation.py); nothing of
them is kept. UPL-04.
"""

from __future__ import annotations

from datetime import date

from compassionate.cells import carriers
from compassionate.cells.carriers import CODE, Scanned
from compassionate.documents import isolation
from compassionate.documents.intake import refused, require_size
from compassionate.errors import FieldError, Invalid
from compassionate.services.examining import LARGEST, Upload


def read_scan(given: str | Upload, today: date) -> Scanned:
    """What a label says, from typed text or from a photograph; raises Invalid (`scan` or `file`)."""
    return carriers.read(given, today) if isinstance(given, str) else _from_photograph(given, today)


def read_either(text: str, photograph: Upload | None, today: date) -> Scanned:
    """From a form with both fields: the text where there is one, else the photograph."""
    return read_scan(photograph if photograph is not None and not text.strip() else text, today)


def _from_photograph(photograph: Upload, today: date) -> Scanned:
    require_size(photograph.filename, len(photograph.data) + photograph.dropped, LARGEST)
    name, declared = photograph.filename, photograph.media_type
    texts = isolation.codes_read(name, declared, photograph.data, LARGEST)
    if not texts:
        raise refused(name, "no_code")
    readings = [_reading(text, today) for text in texts]
    said = [each for each in readings if isinstance(each, Scanned)]
    if not said:
        raise next(each for each in readings if isinstance(each, Invalid))
    return _only(said, name)


def _reading(text: str, today: date) -> Scanned | Invalid:
    try:
        return carriers.read(text, today)
    except Invalid as wrong:
        return wrong


def _only(said: list[Scanned], filename: str) -> Scanned:
    """A photograph of one label: a second container in it, and nobody knows which one is meant."""
    labels = [each for each in said if each.carrier != CODE] or said
    if len({tuple(sorted(each.values.items(), key=str)) for each in labels}) > 1:
        raise refused(filename, "several_codes", found=len(labels))
    return labels[0]


def as_field(wrong: Invalid, name: str) -> Invalid:
    """The same errors beside another field: a page may ask for two scans."""
    return Invalid(tuple(FieldError(name, each.code, each.params) for each in wrong.errors))
