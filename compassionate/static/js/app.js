// Everything here is a convenience: each page works without it.
import {
  Button, CharacterCount, ErrorSummary, PasswordInput, SkipLink,
} from "./components.min.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");

const MODULES = {
  "govuk-button": Button,
  "govuk-character-count": CharacterCount,
  "govuk-error-summary": ErrorSummary,
  "govuk-password-input": PasswordInput,
  "govuk-skip-link": SkipLink,
};

for (const [name, Module] of Object.entries(MODULES)) {
  for (const element of document.querySelectorAll(`[data-module="${name}"]`)) new Module(element);
}

// Keyboard: "/" to the search box, "j" and "k" along the rows of a list, Ctrl+S saves the form one is writing in.
// Single letters can be switched off in the user menu (WCAG 2.1.4): speech input would press them by chance.
const letters = document.getElementById("atajos");
if (letters) {
  letters.checked = localStorage.getItem("letters") !== "off";
  letters.addEventListener("change", () => localStorage.setItem("letters", letters.checked ? "on" : "off"));
}

const inAField = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

function nextRow(step) {
  const links = [...document.querySelectorAll(".c-worklist tbody a:first-of-type")];
  const here = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
  links[Math.max(0, Math.min(links.length - 1, here + step))]?.focus();
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    // Only the form one is writing in: an act with a consequence is never sent from the keyboard by chance.
    const form = event.target.closest("form[data-save]");
    if (form) { event.preventDefault(); form.requestSubmit(); }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || inAField(event.target) || !letters?.checked) return;
  if (event.key === "/") { event.preventDefault(); document.getElementById("buscar")?.focus(); }
  if (event.key === "j") nextRow(1);
  if (event.key === "k") nextRow(-1);
});

// A date box shows the day in the order of the browser's own language: say it in words beside it.
const inWords = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "full", timeZone: "UTC" });

for (const box of document.querySelectorAll("main input[type=date]")) {
  const words = document.createElement("span");
  words.className = "c-date-words";
  words.setAttribute("role", "status");
  const say = () => { words.textContent = box.valueAsDate ? inWords.format(box.valueAsDate) : ""; };
  box.after(words);
  box.addEventListener("change", say);
  say();
}

// Transcription sheet: copy a value, tick it, and keep the tick with the account as soon as it is made.
const sheet = document.querySelector("form[data-ticks]");

async function remember(box) {
  const row = box.closest(".c-copy");
  row.classList.toggle("c-copy--done", box.checked);
  row.querySelector("[data-stale]")?.remove();
  const sent = new FormData();
  for (const name of ["csrf_token", `mark.${box.value}`]) sent.set(name, sheet.elements[name].value);
  if (box.checked) sent.set("copied", box.value);
  const asked = { method: "POST", body: sent, headers: { Accept: "application/json" } };
  const kept = await fetch(sheet.action, asked).then((answer) => answer.status === 204, () => false);
  if (!kept) row.querySelector("[role=status]").textContent = sheet.dataset.unsaved;
  row.querySelector("[role=status]").classList.toggle("govuk-visually-hidden", kept);
}

for (const box of document.querySelectorAll("[data-ticks] .c-copy__tick input")) {
  box.addEventListener("change", () => remember(box));
}

// Without a secure address the browser offers no clipboard: the text is selected, ready for Ctrl+C.
async function copy(source) {
  if (navigator.clipboard) {
    try { await navigator.clipboard.writeText(source.textContent); return true; } catch { /* refused: select instead */ }
  }
  getSelection().selectAllChildren(source);
  return false;
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const done = await copy(document.getElementById(button.dataset.copy));
    const box = button.closest(".c-copy")?.querySelector("input[type=checkbox]:enabled");
    if (box && done) { box.checked = true; await remember(box); }
    const said = button.parentElement.querySelector("[role=status]");
    if (said) said.textContent = done ? button.dataset.copied : button.dataset.selected;
  });
}

// The user menu closes with Escape or a click elsewhere.
const menu = document.querySelector(".c-user");
document.addEventListener("click", (event) => { if (menu?.open && !menu.contains(event.target)) menu.open = false; });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && menu?.open) { menu.open = false; menu.querySelector("summary").focus(); }
});
