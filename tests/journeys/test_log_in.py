"""Coming in."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [360, 1280])
def test_a_pharmacist_comes_in_and_sees_their_own_account(comes_in, width):
    pharmacist = comes_in("pharmacist", width)
    pharmacist.goes("/cuenta")
    pharmacist.reads("Pharmacist de HGA")
