"""Every answer that may be stored can be printed."""

from html import escape

import weasyprint
from hypothesis import example, given, settings

from compassionate.questionnaires import parse_form
from tests.questionnaires.written import TEXTS, published

FORM = published().latest("eligibility")


@settings(max_examples=20)
@example(pasted=" \u2029 ")
@example(pasted=f"Nu{chr(0xD800)}ez")
@example(pasted="a\u2028b\x00\x0b\u202ec\U000e0001")
@example(pasted="\u200d\u0301 \u0600 \ufffe \uffff")
@given(pasted=TEXTS)
def test_whatever_was_pasted_prints_once_it_is_an_answer(pasted: str) -> None:
    posted = {"disease_class_reason": [pasted], "trial_exclusion_reasons": [f" {pasted} x {pasted} "]}

    stored = parse_form(FORM, posted).answers
    body = "".join(f"<p>{escape(text)}</p>" for text in stored.values())

    assert weasyprint.HTML(string=f"<body>{body}").write_pdf().startswith(b"%PDF")
