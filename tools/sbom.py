"""Prints what the product is made of, from its lock, as CycloneDX 1.6 (ENS op.exp.1): `python tools/sbom.py`.

The lock alone is read: the list is the same on every machine, and says what is installed to the byte.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PIN = re.compile(r"^([\w.-]+)(?:\[[\w,-]+\])?==([\w.!+-]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def components(lock: str) -> list[dict[str, object]]:
    """Every pinned package with the hashes that an installation accepts."""
    found: list[dict[str, object]] = []
    for block in re.split(r"\n(?=\S)", lock):
        pin = PIN.match(block)
        if pin is None:
            continue
        name, version = re.sub(r"[-_.]+", "-", pin[1]).lower(), pin[2]
        purl = f"pkg:pypi/{name}@{version}"
        hashes = [{"alg": "SHA-256", "content": digest} for digest in HASH.findall(block)]
        # One of several files is installed, whichever fits the machine: each is a reference of its own.
        references = [{"type": "distribution", "url": purl, "hashes": [each]} for each in hashes]
        found.append(
            {
                "type": "library",
                "bom-ref": purl,
                "name": name,
                "version": version,
                "purl": purl,
                "externalReferences": references,
            }
        )
    return found


def version() -> str:
    """The product's own version."""
    source = (ROOT / "compassionate" / "__init__.py").read_text(encoding="utf-8")
    held = re.search(r'__version__\s*(?::\s*\w+)?\s*=\s*"([^"]+)"', source)
    return held[1] if held else "0"


def bom() -> dict[str, object]:
    """The whole document."""
    product = {"type": "application", "bom-ref": "compassionate", "name": "compassionate", "version": version()}
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": product},
        "components": components(lock),
    }


if __name__ == "__main__":
    json.dump(bom(), sys.stdout, indent=1)
    print()
