"""Verify an exported audit log of Compassionate with nothing but Python's standard library (3.9 or later).

    python verify_audit.py FILE.jsonl [--against HEAD.json]

FILE.jsonl is what `flask audit export` wrote: one JSON object a line, in order,

    {"seq": 1, "previous": "00…", "row": "{\\"action\\":…}", "hash": "…"}

`row` is the text that was hashed: canonical JSON (RFC 8785) with seq, at, actor, operator, action, case, detail.
`hash` is SHA-256 of `previous` and `row`, both as UTF-8, in hexadecimal; `previous` is the hash of the line before, and
64 zeros in the first. HEAD.json is what `flask audit head --json` printed at some time before: {"rows": …, "head": …}.
Without it a cut tail cannot be seen from the file alone.

Prints one JSON object: {"ok", "rows", "head", "first_bad": {"seq", "why"} or null}.
Exit 0: whole. 1: not. 2: cannot be read.
"""

import argparse
import hashlib
import json
import sys

GENESIS = "0" * 64


def bad_line(line, seq, previous):
    """Why a line does not follow the one before it; empty when it does."""
    try:
        entry = json.loads(line)
        row = json.loads(entry["row"])
        digest = hashlib.sha256((previous + entry["row"]).encode("utf-8")).hexdigest()
    except (ValueError, KeyError, TypeError):
        return "not a row", previous
    if not isinstance(row, dict) or entry.get("seq") != seq or row.get("seq") != seq:
        return "missing row", previous
    if entry.get("previous") != previous or entry.get("hash") != digest:
        return "hash does not follow", previous
    return "", digest


def walk(lines, kept):
    """Read every line; stop at the first bad one. Returns the verdict."""
    seq, head, at_kept = 0, GENESIS, GENESIS
    for line in lines:
        why, head = bad_line(line, seq + 1, head)
        if why:
            return verdict(seq, head, seq + 1, why)
        seq += 1
        at_kept = head if kept and seq == kept["rows"] else at_kept
    if kept and kept["rows"] > seq:
        return verdict(seq, head, seq + 1, "rows after the last one are gone")
    if kept and at_kept != kept["head"]:
        return verdict(seq, head, kept["rows"], "not the row that was kept")
    return verdict(seq, head)


def verdict(rows, head, bad=None, why=""):
    """What is printed."""
    return {
        "ok": bad is None,
        "rows": rows,
        "head": head,
        "first_bad": {"seq": bad, "why": why} if bad is not None else None,
    }


def kept_head(path):
    """The head in a file; raises ValueError for anything else."""
    with open(path, encoding="utf-8") as file:
        kept = json.load(file)
    if not (isinstance(kept, dict) and isinstance(kept.get("rows"), int) and isinstance(kept.get("head"), str)):
        raise ValueError(path + " is no head of an audit log")
    return kept


def main():
    """Read the arguments, print the verdict."""
    parser = argparse.ArgumentParser(description="Verify an exported audit log.")
    parser.add_argument("file")
    parser.add_argument("--against", help="a head kept elsewhere")
    asked = parser.parse_args()
    try:
        kept = kept_head(asked.against) if asked.against else None
        with open(asked.file, encoding="utf-8") as lines:
            found = walk(lines, kept)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(found))
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
