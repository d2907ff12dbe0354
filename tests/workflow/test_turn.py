"""Whose turn it is: as the table says, and while a request is prepared whoever still owes something."""

from __future__ import annotations

from typing import Any

import pytest

from compassionate.workflow.facts import RequestFacts
from compassionate.workflow.turn import turn
from tests.workflow.published_table import STATES, TURNS
from tests.workflow.situations import EVERYTHING_HOLDS, PATHWAY, holding


def preparing(**changed: Any) -> tuple[str, ...]:
    return turn(PATHWAY.case, "preparing", holding(**changed))


def request(**changed: bool) -> RequestFacts:
    ready = dict.fromkeys(("report_signed", "posology_stated", "packs_calculated", "import_stated"), True)
    return RequestFacts(0, **(ready | changed))


@pytest.mark.parametrize("state", sorted(set(STATES) - {"preparing"}))
def test_outside_the_preparation_the_table_says_whose_turn_it_is(state: str):
    assert " ".join(turn(PATHWAY.case, state, EVERYTHING_HOLDS)) == TURNS.get(state, "")


@pytest.mark.parametrize(
    ("changed", "whose"),
    [
        ({"request": request(report_signed=False)}, ("physician",)),
        ({"request": request(posology_stated=False)}, ("physician",)),
        ({"request": request(packs_calculated=False)}, ("pharmacist",)),
        ({"request": request(import_stated=False)}, ("pharmacist",)),
        ({"sponsor_willing": False}, ("pharmacist",)),
        ({"sponsor_agreement": "not_asked"}, ("pharmacist",)),
        ({"sponsor_agreement": "refused"}, ("pharmacist",)),
        ({"sponsor_agreement": "asked"}, ("sponsor",)),
        ({"committee": "not_asked"}, ("pharmacist",)),
        ({"committee": "unfavourable"}, ("pharmacist",)),
        ({"committee": "asked"}, ("committee",)),
    ],
)
def test_whoever_owes_something_to_the_request_is_waited_for(changed: dict[str, Any], whose: tuple[str, ...]):
    assert preparing(**changed) == whose


def test_several_may_owe_something_at_once():
    owed = preparing(request=RequestFacts(0, import_stated=False), sponsor_agreement="asked", committee="asked")
    assert owed == ("physician", "pharmacist", "sponsor", "committee")


def test_once_all_is_there_the_pharmacist_asks_for_the_endorsement():
    assert preparing() == ("pharmacist",)
    assert preparing(sponsor_agreement="not_needed", committee="not_needed") == ("pharmacist",)


def test_a_state_that_the_region_lacks_is_nobodys():
    with pytest.raises(KeyError):
        turn(PATHWAY.case, "nowhere", EVERYTHING_HOLDS)
