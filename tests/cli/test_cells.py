"""`flask cells check`: the label in the hand against the record, on the command line."""

from __future__ import annotations

from compassionate.services.cells.scanning import expected_of
from tests.services.cells.boxes import containers
from tests.world import World


def test_swapped_labels_stop_on_the_command_line(flask, world: World):
    case, other = world.case_in("authorised"), world.case_in("authorised", nhc="100002")
    here, there = containers(world, case)["primary"], containers(world, other, "B888826654321")["primary"]
    texts = [expected_of(mine, row).carried.element_string for mine, row in ((case, here), (other, there))]
    codes = (case.code, other.code, here.code, there.code)
    world.session.commit()
    right = flask("cells", "check", codes[0], "--scan", texts[0], "--json")
    assert (right.code, codes[2] in right.out) == (0, True)
    stop = flask("cells", "check", codes[0], "--scan", texts[1], "--json")
    assert (stop.code, codes[2] in stop.out, codes[3] in stop.out, codes[1] in stop.out) == (
        1,
        True,
        True,
        True,
    )
