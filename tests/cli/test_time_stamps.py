"""Heads that an authority has stamped: nobody can have written them later (AUD-04, RFC 3161)."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from compassionate.services import heads
from tests.cli.conftest import Command
from tests.cli.stamping import Authority, answering
from tests.cli.test_audit import verified
from tests.world import World

pytestmark = pytest.mark.one_database


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


@pytest.fixture
def kept(app: Flask, world: World, flask: Command, authority: Authority, tmp_path: Path) -> Iterator[Path]:
    """A folder with today's head, of an installation that knows the authority."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    with answering(authority) as url:
        settings = app.extensions["compassionate.settings"]
        app.extensions["compassionate.settings"] = dataclasses.replace(
            settings, tsa_url=url, tsa_roots=authority.roots, audit_heads=str(folder)
        )
        assert flask("audit", "head", "--to", str(folder)).code == 0
        yield folder / heads.FILE


def lines(kept: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]


def rewrite(kept: Path, **changed: object) -> None:
    plain, stamped = lines(kept)
    kept.write_text(f"{json.dumps(plain)}\n{json.dumps(stamped | changed)}\n", encoding="utf-8")


def test_the_last_head_is_stamped_once_and_only_its_hash_goes_out(
    flask: Command, kept: Path, authority: Authority
) -> None:
    assert flask("audit", "stamp", "--json").json["stamped"]["head"] == lines(kept)[0]["head"]
    assert flask("audit", "stamp", "--json").json["stamped"] is None
    assert len(authority.asked) == 1
    assert str(lines(kept)[0]["head"]).encode() not in authority.asked[0]
    found = flask("audit", "verify", "--json").json
    assert found["ok"] is True
    assert [(each["trusted"], each["why"]) for each in found["stamps"]] == [(True, "")]


def test_a_head_that_was_changed_after_its_stamp_is_named(flask: Command, kept: Path) -> None:
    flask("audit", "stamp")
    rewrite(kept, kept_at="2020-01-01T00:00:00+00:00")
    found = flask("audit", "verify", "--json")
    assert found.code == 1
    assert found.json["stamps"][0]["why"]
    assert found.json["first_bad"] is None


def test_a_stamp_of_another_authority_is_not_believed(flask: Command, app: Flask, kept: Path, tmp_path: Path) -> None:
    flask("audit", "stamp")
    other = Authority(tmp_path / "another")
    settings = app.extensions["compassionate.settings"]
    app.extensions["compassionate.settings"] = dataclasses.replace(settings, tsa_roots=other.roots)
    assert flask("audit", "verify", "--json").json["stamps"][0]["why"]
    app.extensions["compassionate.settings"] = dataclasses.replace(settings, tsa_roots=None)
    unsigned = flask("audit", "verify", "--json").json
    assert unsigned["ok"] is True
    assert unsigned["stamps"][0]["trusted"] is False


@pytest.mark.parametrize("spoilt", [b"", b"no stamp", b"\x30\x05\x30\x03\x02\x01\x02"])
def test_an_answer_that_is_no_stamp_is_not_kept(
    flask: Command, kept: Path, authority: Authority, spoilt: bytes
) -> None:
    authority.spoil = lambda answer: spoilt
    assert flask("audit", "stamp").code == 2
    assert len(lines(kept)) == 1


def test_an_answer_to_another_question_is_not_kept(flask: Command, kept: Path, authority: Authority) -> None:
    held: list[bytes] = []
    authority.spoil = lambda answer: (held.append(answer), held[0])[1]
    authority.answer(bytes_of_a_question(b"another text"))
    assert flask("audit", "stamp").code == 2
    assert len(lines(kept)) == 1


def bytes_of_a_question(text: bytes) -> bytes:
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    return TimestampRequestBuilder().data(text).hash_algorithm(HashAlgorithm.SHA256).build().as_bytes()


def test_an_authority_that_is_away_leaves_the_head_as_it_was_kept(flask: Command, app: Flask, kept: Path) -> None:
    settings = app.extensions["compassionate.settings"]
    app.extensions["compassionate.settings"] = dataclasses.replace(settings, tsa_url="http://127.0.0.1:9/tsa")
    answer = flask("audit", "stamp")
    assert answer.code == 2
    assert "sigue guardada" in answer.err
    assert len(lines(kept)) == 1


def test_the_tool_for_third_parties_sees_a_stamp_of_another_text(flask: Command, kept: Path, tmp_path: Path) -> None:
    flask("audit", "stamp")
    flask("audit", "export", str(tmp_path / "audit.jsonl"))
    code, found = verified(tmp_path / "audit.jsonl", "--against", kept)
    assert (code, found["stamps"]) == (0, 1)
    rewrite(kept, kept_at="2020-01-01T00:00:00+00:00")
    code, found = verified(tmp_path / "audit.jsonl", "--against", kept)
    assert (code, found["ok"]) == (1, False)
