"""Hostile text in a real browser: it is read and never runs; what would escape is stopped by the policy (INJ-02)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.world import PASSWORD, World

ATTACK = """"><script>window.pwned=1</script><img src=x onerror="window.pwned=1"><svg onload=alert(1)>"""
BY_HAND = """
() => {
  document.body.insertAdjacentHTML('beforeend', '<img src="/static/x" onerror="window.pwned=2">');
  const script = document.createElement('script');
  script.textContent = 'window.pwned=3';
  document.body.append(script);
  return new Promise(done => setTimeout(() => done(window.pwned ?? null), 500));
}
"""


@pytest.mark.long
def test_what_people_wrote_does_not_run_in_a_browser(world: World, address: str, browser: Browser):
    world.centre.name = world.product.name = ATTACK[:190]
    world.accounts["pharmacist"].name = ATTACK[:190]
    code = world.open_case(surnames="Prueba").code
    world.session.commit()
    page, said = browser.new_context().new_page(), []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.goto(f"{address}/login")
    page.fill("[name=username]", world.accounts["pharmacist"].username)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    for path in (
        "/",
        f"/expedientes/{code}",
        "/expedientes",
        "/administracion/centros",
        f"/expedientes/{code}/historial",
    ):
        page.goto(address + path)
        assert "window.pwned=1" in page.content(), path
        assert page.evaluate("window.pwned ?? null") is None, path
    assert page.evaluate(BY_HAND) is None
    assert said == []
