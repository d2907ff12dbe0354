"""Each container has its own phrase, and no label is printed with something missing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassionate.cells import labels, sec
from compassionate.cells.labels import Facts
from tests.cells.examples import few

WHOLE = dict.fromkeys(labels.FIELDS, "dicho")


@pytest.mark.parametrize(
    ("kind", "phrase"),
    [
        ("procurement", "Sólo para uso autólogo"),
        ("transport", "Para uso autólogo exclusivamente"),
        ("primary", "para uso autólogo"),
    ],
)
def test_the_three_phrases_of_the_law_each_stand_on_their_own_container(kind: str, phrase: str) -> None:
    assert labels.compose(kind, Facts(WHOLE)).phrase == phrase


def test_no_two_containers_of_the_law_share_a_phrase() -> None:
    phrases = [labels.KINDS[kind].phrase for kind in ("procurement", "transport", "primary", "pack")]
    assert len(set(phrases)) == len(phrases)


@few
@given(st.sampled_from(list(labels.KINDS)), st.data())
def test_a_label_with_anything_missing_is_not_made(kind: str, data: st.DataObject) -> None:
    absent = data.draw(st.sampled_from(labels.KINDS[kind].required))
    facts = Facts({name: value for name, value in WHOLE.items() if name != absent})
    assert labels.missing(kind, facts) == (absent,)
    with pytest.raises(ValueError, match=absent):
        labels.compose(kind, facts)
    assert labels.missing(kind, Facts({**WHOLE, absent: "  "})) == (absent,)


def test_what_is_only_wished_is_printed_where_it_is_known() -> None:
    without = Facts({name: value for name, value in WHOLE.items() if name != "additives"})
    assert "additives" not in dict(labels.compose("procurement", without).rows)
    assert "additives" in dict(labels.compose("procurement", Facts(WHOLE)).rows)


def test_inside_one_centre_no_european_code_is_owed() -> None:
    without = {name: value for name, value in WHOLE.items() if name != "sec"}
    assert labels.missing("primary", Facts(without)) == ("sec",)
    assert labels.missing("primary", Facts(without, code_owed=sec.NONE_OWED)) == ()


@pytest.mark.parametrize("serology", [labels.POSITIVE, labels.UNKNOWN])
def test_positive_and_unknown_serology_label_and_never_bar(serology: str) -> None:
    assert labels.RISK_OUTER in labels.compose("transport", Facts(WHOLE, serology)).warnings
    assert labels.RISK_PRIMARY in labels.compose("primary", Facts(WHOLE, serology)).warnings


def test_negative_serology_puts_no_warning() -> None:
    assert labels.compose("transport", Facts(WHOLE, labels.NEGATIVE, is_viable=False)).warnings == ()
    assert labels.compose("primary", Facts(WHOLE, labels.NEGATIVE)).warnings == ()


def test_the_outer_boxes_say_how_to_handle_them() -> None:
    box = labels.compose("transport", Facts(WHOLE, labels.NEGATIVE, must_not_freeze=True))
    assert box.handling == ("Muestra biológica de células/tejidos-Manejar con cuidado",)
    assert box.warnings == ("NO CONGELAR", "NO IRRADIAR")
    assert labels.compose("shipping", Facts(WHOLE, labels.NEGATIVE)).warnings == ("NO IRRADIAR",)


def test_a_programme_may_word_its_own_phrase() -> None:
    assert labels.compose("pack", Facts(WHOLE), {"pack": "Solo autólogo"}).phrase == "Solo autólogo"
    assert labels.compose("primary", Facts(WHOLE), {"pack": "Solo autólogo"}).phrase == "para uso autólogo"


def test_a_line_that_does_not_fit_is_refused_and_never_cut() -> None:
    long = Facts({**WHOLE, "cell_type": "células " * 9})
    assert labels.too_long("procurement", long) == ("cell_type",)
    with pytest.raises(ValueError, match="cell_type"):
        labels.compose("procurement", long)
