// Fields for scanners: a separator that the browser would swallow is kept, and Enter goes to the next field. In a form with
// more to fill in (data-scan="next") the Enter with which a scanner ends never sends it: that is for the button.
const fields = [...document.querySelectorAll("input[data-scan]")];
const forms = new Set(fields.filter((field) => field.dataset.scan === "next").map((field) => field.form));
const SEPARATOR = "<GS>";
const SKIPPED = ["hidden", "file", "fieldset"];

function isFilled(element) {
  if (element.type === "radio") return element.form.elements[element.name].value !== "";
  return element.type === "checkbox" || (element.type !== "submit" && element.value !== "");
}

function follow(element) {
  const all = [...element.form.elements].filter((other) => !SKIPPED.includes(other.type) && !other.disabled);
  const after = all.slice(all.indexOf(element) + 1);
  (after.find((other) => !isFilled(other)) ?? after.at(-1))?.focus();
}

for (const field of fields) {
  field.addEventListener("keydown", (event) => {
    // A keyboard wedge types the separator of GS1 (FNC1) as Ctrl+].
    if (event.ctrlKey && (event.key === "]" || event.key === "\u001d" || event.code === "BracketRight")) {
      event.preventDefault();
      field.setRangeText(SEPARATOR, field.selectionStart, field.selectionEnd, "end");
      return;
    }
    if (event.key !== "Enter" || field.value === "" || field.dataset.scan === "next") return;
    const next = fields.slice(fields.indexOf(field) + 1).find((other) => other.value === "");
    if (next) {
      event.preventDefault();
      next.focus();
    }
  });
}

for (const form of forms) {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT" || event.target.type === "submit") return;
    event.preventDefault();
    if (event.target.value !== "" || event.target.dataset.scan === undefined) follow(event.target);
  });
}
