"""Writes the JSON Schema of the case inside a dossier from its dataclasses: `tools/case_schema.py` (docs/schemas).

Descriptions are the docstrings of the dataclasses; every field is there, and no other may be.
"""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from compassionate import snapshot
from compassionate.exports.case_json import FORMAT, VERSION, EmbeddedCase

SCHEMA = Path(__file__).resolve().parents[1] / "docs" / "schemas" / f"case-{VERSION}.schema.json"


def schema() -> dict[str, Any]:
    """The schema as it should be published."""
    made = TypeAdapter(EmbeddedCase).json_schema(ref_template="#/$defs/{model}")
    definitions = made.pop("$defs")
    for each in (made, *definitions.values()):
        _strict(each)
    made["properties"]["format"] = {"const": FORMAT}
    made["properties"]["version"] = {"const": VERSION}
    units = " ".join((snapshot.__doc__ or "").split("\n\n", 1)[1].split())
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$comment": units}
    return head | made | {"$defs": definitions}


def _strict(record: dict[str, Any]) -> None:
    """Of a record: nothing is left out, nothing is added, and no default is told, since none is ever needed."""
    record["required"] = list(record["properties"])
    record["additionalProperties"] = False
    record["description"] = " ".join(record.get("description", "").split())
    for each in record["properties"].values():
        each.pop("default", None)
        each.pop("title", None)


def written() -> str:
    """The file's text."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA.parent.mkdir(parents=True, exist_ok=True)
    SCHEMA.write_text(written(), encoding="utf-8")
