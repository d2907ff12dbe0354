"""Print the Debian packages whose libraries would not be found here, on one line; nothing when all is well.

Run by ./run before the first start, for WeasyPrint; with `tests` by ./test, for what drives its browser. The libraries
are opened, not looked up: a name that ld.so cannot load is missing whatever a package manager says.
"""

import ctypes
import sys

SONAMES = {
    "libpangoft2-1.0-0": ("libgobject-2.0.so.0", "libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libfontconfig.so.1"),
    "libharfbuzz-subset0": ("libharfbuzz.so.0", "libharfbuzz-subset.so.0"),
}
FOR_TESTS = {"libatomic1": ("libatomic.so.1",)}  # the node that Playwright brings
DYLIBS = {
    "pango": ("libgobject-2.0.0.dylib", "libpango-1.0.dylib", "libpangoft2-1.0.dylib", "libfontconfig.1.dylib"),
    "harfbuzz": ("libharfbuzz.0.dylib", "libharfbuzz-subset.0.dylib"),
}


def opens(name: str) -> bool:
    """Say whether the dynamic loader can open the library."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def missing_packages(wanted: dict[str, tuple[str, ...]]) -> list[str]:
    """Name the packages of which at least one library does not open."""
    return [package for package, names in wanted.items() if not all(opens(name) for name in names)]


if __name__ == "__main__":
    for_tests, is_mac = sys.argv[1:] == ["tests"], sys.platform == "darwin"
    wanted = ({} if is_mac else FOR_TESTS) if for_tests else (DYLIBS if is_mac else SONAMES)
    print(*missing_packages(wanted))
