"""Verify an exported audit log of Compassionate with nothing but Python's standard library (3.9 or later).

    python verify_audit.py FILE.jsonl [--against HEADS] [--chain reads]

FILE.jsonl is what `flask audit export` wrote, or lies in an evidence pack: one JSON object a line, in order,

    {"seq": 1, "previous": "00…", "row": "{\\"action\\":…}", "hash": "…"}

`row` is the text that was hashed: canonical JSON (RFC 8785) with seq, at, actor, operator, as, action, case, result and
detail. `hash` is SHA-256 of `previous` and `row`, both as UTF-8, in hexadecimal; `previous` is the hash of the line
before, and 64 zeros in the first. A `row` that is null is withheld (it is of another hospital): its place and its links
are checked, not its text. HEADS is what `flask audit head --json` printed at some time before,
{"rows": …, "head": …, "reads": {…}}, or a file of such objects, one a line; `--chain reads` holds the file against the
heads of the chain of reads. Without HEADS a cut tail cannot be seen from the file alone. A head with a `stamp` carries
the answer of a time-stamping authority (RFC 3161, base64 of DER) over the head without it, as JSON with its keys in
order: whether it speaks of that text is looked at here; its signature needs `openssl ts -verify` and the roots.

Prints one JSON object: {"ok", "rows", "head", "withheld", "heads", "stamps", "first_bad": {"seq", "why"} or null}.
Exit 0: whole. 1: not. 2: cannot be read.
"""

import argparse
import base64
import hashlib
import json
import sys

GENESIS = "0" * 64


def bad_line(entry, seq, previous):
    """Why a line does not follow the one before it; empty when it does."""
    if not isinstance(entry, dict) or not isinstance(entry.get("hash"), str) or "row" not in entry:
        return "not a row"
    if entry.get("seq") != seq:
        return "missing row"
    if entry.get("previous") != previous:
        return "hash does not follow"
    return "" if entry["row"] is None else bad_text(entry, seq, previous)


def bad_text(entry, seq, previous):
    """Why a row's text is not the one that its hash is of; empty when it is."""
    try:
        row = json.loads(entry["row"])
        digest = hashlib.sha256((previous + entry["row"]).encode("utf-8")).hexdigest()
    except (ValueError, TypeError):
        return "not a row"
    if entry["hash"] != digest:
        return "hash does not follow"
    return "" if isinstance(row, dict) and row.get("seq") == seq else "not a row of this place"


def parsed(line):
    """The JSON of a line; None for anything else."""
    try:
        return json.loads(line)
    except ValueError:
        return None


def walk(lines, kept):
    """Read every line; stop at the first bad one. Returns the verdict."""
    seq, head, withheld = 0, GENESIS, 0
    for line in lines:
        entry = parsed(line)
        why = bad_line(entry, seq + 1, head)
        if not why and any(each != entry["hash"] for each in kept.get(seq + 1, ())):
            why = "not the row that was kept"
        if why:
            return verdict(seq, head, withheld, kept, seq + 1, why)
        seq, head, withheld = seq + 1, entry["hash"], withheld + (entry["row"] is None)
    if max(kept, default=0) > seq:
        return verdict(seq, head, withheld, kept, seq + 1, "rows after the last one are gone")
    return verdict(seq, head, withheld, kept)


def verdict(rows, head, withheld, kept, bad=None, why=""):
    """What is printed."""
    return {
        "ok": bad is None,
        "rows": rows,
        "head": head,
        "withheld": withheld,
        "heads": sum(len(each) for each in kept.values()),
        "stamps": 0,
        "first_bad": {"seq": bad, "why": why} if bad is not None else None,
    }


def read_heads(path):
    """The objects of a file of heads; raises ValueError for anything else."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        return [json.loads(text)]
    except ValueError:
        return [json.loads(line) for line in text.splitlines()]


def stamps_of(given):
    """How many stamped heads there are, and how many carry the stamp of another text."""
    stamped = [each for each in given if isinstance(each, dict) and each.get("stamp")]
    bad = 0
    for each in stamped:
        text = json.dumps({key: value for key, value in each.items() if key != "stamp"}, sort_keys=True)
        digest = hashlib.sha256(text.encode("utf-8")).digest()
        bad += digest not in base64.b64decode(each["stamp"])
    return len(stamped), bad


def heads_of(path, given, chain):
    """The kept heads of a chain, by how many rows they speak of; raises ValueError for anything else."""
    kept = {}
    for each in given:
        held = each.get("reads") if chain == "reads" and isinstance(each, dict) else each
        if held is None:
            continue
        if not (isinstance(held, dict) and isinstance(held.get("rows"), int) and isinstance(held.get("head"), str)):
            raise ValueError(path + " is no head of an audit log")
        kept.setdefault(held["rows"], []).append(held["head"])
    return kept


def main():
    """Read the arguments, print the verdict."""
    parser = argparse.ArgumentParser(description="Verify an exported audit log.")
    parser.add_argument("file")
    parser.add_argument("--against", help="heads kept elsewhere")
    parser.add_argument("--chain", choices=("audit", "reads"), default="audit", help="which chain the file holds")
    asked = parser.parse_args()
    try:
        given = read_heads(asked.against) if asked.against else []
        kept = heads_of(asked.against, given, asked.chain)
        stamps, bad_stamps = stamps_of(given)
        with open(asked.file, encoding="utf-8") as lines:
            found = walk(lines, kept)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    found["stamps"] = stamps
    found["ok"] = found["ok"] and not bad_stamps
    print(json.dumps(found))
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
