"""What the agency decided, as it arrived (RD 1015/2009 art. 8.4, 10.a)."""

from __future__ import annotations

from compassionate.documents.blocks import Block, said_heading, said_rows
from compassionate.documents.contexts.source import Source
from compassionate.snapshot import DecisionSnapshot

OPTIONAL = frozenset({"conditions", "grounds", "grounds_text", "decision_packs", "valid_until", "follow_up_forms"})


def decisions(held: Source) -> list[Block]:
    """Every decision on the case, oldest first; denials without packs, authorisations without grounds."""
    return [block for decision in held.case.decisions for block in _decision(decision, held)]


def _decision(decision: DecisionSnapshot, held: Source) -> list[Block]:
    words = held.words
    request = (
        words.say("print.request_number", number=decision.request_number)
        if decision.request_number
        else words.say("print.request_first")
    )
    title = words.say("print.decision_heading", outcome=words.choice("outcome", decision.outcome), request=request)
    granted = decision.outcome == "authorised"
    pairs = (
        ("decided_on", words.day(decision.decided_on)), ("seen_on", words.day(decision.seen_on)),
        ("channel", words.choice("choice.channel", decision.channel)), ("reference", decision.reference),
        ("decision_packs", _packs(decision, held) if granted else ""),
        ("valid_until", (words.day(decision.valid_until) or words.say("print.no_end")) if granted else ""),
        ("conditions", decision.conditions),
        ("follow_up_forms", words.yes_no(decision.follow_up_forms) if granted else ""),
        ("grounds", ", ".join(words.choice("choice.grounds", each) for each in decision.grounds)),
        ("grounds_text", decision.grounds_text),
    )  # fmt: skip
    kept = [(words.say(f"print.label.{label}"), value) for label, value in pairs if value or label not in OPTIONAL]
    return [said_heading(title), said_rows(kept)]


def _packs(decision: DecisionSnapshot, held: Source) -> str:
    lines = {str(line.number): line for line in held.case.lines}
    named = (
        held.words.say(
            "print.line_packs",
            number=number,
            count=held.words.count(packs, "pack"),
            strength=lines[number].strength if number in lines else "",
        )
        for number, packs in sorted(decision.packs.items())
    )
    return "\n".join(named)
