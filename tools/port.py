"""Print the port that ./run serves on: PORT of the environment, else of instance/config.py, else 8000.

Exit 1, with words on standard error, when it is no port or somebody listens there already.
"""

import os
import runpy
import socket
import sys
from pathlib import Path

DEFAULT = "8000"


def configured_port() -> str:
    """Read PORT as the application reads its settings: the environment wins over instance/config.py."""
    config = Path(os.environ.get("COMPASSIONATE_INSTANCE", "instance")) / "config.py"
    in_file = runpy.run_path(str(config)).get("PORT", DEFAULT) if config.is_file() else DEFAULT
    return os.environ.get("PORT") or str(in_file)


def complaint(port: str) -> str | None:
    """Say in Spanish why nothing can be served there, or None."""
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        return f"PORT={port} no es un puerto (1-65535)."
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", int(port))) == 0:
            return f"El puerto {port} ya está ocupado; elija otro: PORT={int(port) % 65535 + 1} ./run"
    return None


if __name__ == "__main__":
    port = configured_port()
    words = complaint(port)
    if words:
        sys.exit(words)
    print(port)
