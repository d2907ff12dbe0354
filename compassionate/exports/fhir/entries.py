"""The entries of a bundle: ids that follow from the case, references that lead to an entry, nothing empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from compassionate.questionnaires import Catalogue
from compassionate.snapshot import CaseSnapshot
from compassionate.words import has_words, say

OURS = "urn:compassionate-use:"
Resource = dict[str, Any]


@dataclass
class Entries:
    """The resources of one case, each under its kind and a key of its own."""

    case: CaseSnapshot
    forms: Catalogue
    held: dict[tuple[str, str], Resource] = field(default_factory=dict)

    def _id(self, kind: str, key: str) -> UUID:
        return uuid5(uuid5(NAMESPACE_URL, f"{OURS}case:{self.case.code}"), f"{kind}/{key}")

    def add(self, kind: str, key: str, content: Mapping[str, Any]) -> Resource:
        """Put a resource in; returns the reference to it."""
        resource = {"resourceType": kind, "id": str(self._id(kind, key)), **content}
        self.held[kind, key] = pruned(resource)
        return self.to(kind, key)

    def to(self, kind: str, key: str = "") -> Resource:
        """A reference to a resource that is in; raises KeyError where it is not."""
        self.held[kind, key]
        return {"reference": f"urn:uuid:{self._id(kind, key)}"}

    def patient(self) -> Resource:
        """The reference to the patient."""
        return self.to("Patient")

    def entries(self) -> list[Resource]:
        """Everything, in the order in which it was put in."""
        return [
            {"fullUrl": f"urn:uuid:{self._id(*place)}", "resource": resource} for place, resource in self.held.items()
        ]


def pruned(value: Any) -> Any:
    """The same without what says nothing: FHIR has no empty text, list or element."""
    if isinstance(value, dict):
        kept = {key: pruned(each) for key, each in value.items()}
        return {key: each for key, each in kept.items() if each not in (None, "", [], {})}
    if isinstance(value, list | tuple):
        return [each for each in map(pruned, value) if each not in (None, "", [], {})]
    return value.strip() if isinstance(value, str) else value


def coded(system: str, code: str, words: str = "") -> Resource:
    """A code of ours, with its words: where no official code is known none is made up."""
    said = words or f"{system}.{code}"
    text = say(said) if has_words(said) else code
    return {"coding": [{"system": f"{OURS}code:{system}", "code": code, "display": text}], "text": text}


def official(system: str, code: str, display: str) -> Resource:
    """A code of somebody else's, where the standard names the system."""
    return {"coding": [{"system": system, "code": code, "display": display}]}


def identified(system: str, value: str) -> list[Resource]:
    """An identifier of ours; none for an empty value."""
    return [{"system": f"{OURS}{system}", "value": value}] if value else []


def extended(name: str, **value: Any) -> list[Resource]:
    """An element that FHIR does not have; none where there is no value."""
    ((kind, held),) = value.items()
    return [] if held in (None, "") else [{"url": f"{OURS}extension:{name}", kind: held}]
