"""Commands of `flask` to be killed: a parent that has everything imported forks one at each line of standard input."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any

from tests.attacks.serving import PATIENCE, ROOT, Installation

Moment = Callable[[float], bool]


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code (none: it was killed), what it said, how long it ran."""

    code: int | None
    said: str
    seconds: float


class Commands:
    """Runs commands one after the other; those that are given a moment are killed then, unless they ended before."""

    def __init__(self, installation: Installation) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.attacks.commands"],
            cwd=ROOT,
            env=installation.env(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,  # so that what waits in the pipe is what was not read
        )

    def run(self, *arguments: Any, kill_at: Moment | None = None) -> Ended:
        """Run `flask ARGUMENTS`; `kill_at` is asked again and again with the seconds since the start."""
        assert self._parent.stdin is not None
        self._parent.stdin.write(json.dumps([str(each) for each in arguments]).encode() + b"\n")
        child, start = self._heard()["started"], monotonic()
        if kill_at is not None:
            while not self._ended() and not kill_at(monotonic() - start):
                assert monotonic() - start < PATIENCE, "the moment never came"
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        said = self._heard()
        return Ended(said["code"], said["said"], monotonic() - start)

    def end(self) -> None:
        """No more commands."""
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.close()
        self._parent.wait()
        self._parent.stdout.close()

    def _ended(self) -> bool:
        return bool(select.select([self._parent.stdout], [], [], 0.001)[0])

    def _heard(self) -> Any:
        assert self._parent.stdout is not None
        return json.loads(self._parent.stdout.readline())


def _say(told: dict[str, Any]) -> None:
    os.write(1, (json.dumps(told) + "\n").encode())


def _run(app: Any, arguments: list[str], answer: int) -> None:
    """In the child: the command, and what it said through a pipe that a kill leaves empty."""
    result = app.test_cli_runner().invoke(args=arguments)
    os.write(answer, json.dumps({"code": result.exit_code, "said": result.output}).encode())
    os._exit(0)


def main() -> None:
    """Fork a command at each line; the parent opens neither database nor store, whose threads no fork survives."""
    from sqlalchemy.orm import configure_mappers

    from compassionate.application import create_app
    from compassionate.documents import press  # noqa: F401 - what printing needs takes long to import

    configure_mappers()  # once, before the first fork
    app = create_app()
    app.extensions["compassionate"].engine.dispose()
    for line in sys.stdin:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            _run(app, json.loads(line), writer)
        os.close(writer)
        _say({"started": child})
        with os.fdopen(reader) as pipe:
            answered = pipe.read()
        os.waitpid(child, 0)
        _say(json.loads(answered) if answered else {"code": None, "said": ""})


if __name__ == "__main__":
    main()
