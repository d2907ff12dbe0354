"""The roles a person may hold at a centre (engineering decisions; Ley 39/2015, RD 1015/2009 art. 8 and 11)."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A role id; its Spanish name is the word `role.<id>`."""

    PHYSICIAN = "physician"
    PHARMACIST = "pharmacist"
    DIRECTOR = "director"
    REGULATORY_OFFICER = "regulatory_officer"
    NURSE = "nurse"
    RESIDENT = "resident"
    TECHNICIAN = "technician"
    CELL_UNIT = "cell_unit"
    RESPONSIBLE_PERSON = "responsible_person"
    QUALIFIED_PERSON = "qualified_person"
    PHARMACOVIGILANCE_OFFICER = "pharmacovigilance_officer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


CLINICAL = (Role.PHYSICIAN, Role.PHARMACIST, Role.NURSE, Role.RESIDENT, Role.TECHNICIAN)
