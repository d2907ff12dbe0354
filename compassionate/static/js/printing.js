// How far a print is, asked once a second while the page is looked at; at its end the page itself is asked for again.
const EACH = 1000;
const boxes = [...document.querySelectorAll("[data-print]")];

async function ask(box) {
  const answer = await fetch(box.dataset.print, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const state = await answer.json();
  if (!state.open) return false;
  const bar = box.querySelector("progress");
  box.querySelector("[data-words]").textContent = state.words;
  bar.hidden = !state.printing;
  if (state.total) { bar.max = state.total; bar.value = state.step; } else bar.removeAttribute("value");
  return true;
}

async function watch() {
  if (!document.hidden) {
    try {
      if (!(await Promise.all(boxes.map(ask))).every(Boolean)) { location.reload(); return; }
    } catch { // logged out, or the server is away: the link is there again
      for (const box of boxes) box.querySelector("[data-again]").hidden = false;
      return;
    }
  }
  setTimeout(watch, EACH);
}

if (boxes.length) {
  for (const box of boxes) box.querySelector("[data-again]").hidden = true;
  setTimeout(watch, EACH);
}
