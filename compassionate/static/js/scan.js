// Fields for scanners: a separator that the browser would swallow is kept, and Enter goes to the next field to be read.
const fields = [...document.querySelectorAll("input[data-scan]")];
const SEPARATOR = "\u241d";

for (const field of fields) {
  field.addEventListener("keydown", (event) => {
    // A keyboard wedge types the separator of GS1 (FNC1) as Ctrl+].
    if (event.ctrlKey && (event.key === "]" || event.key === "\u001d" || event.code === "BracketRight")) {
      event.preventDefault();
      field.setRangeText(SEPARATOR, field.selectionStart, field.selectionEnd, "end");
      return;
    }
    if (event.key !== "Enter" || field.value === "") return;
    const next = fields.slice(fields.indexOf(field) + 1).find((other) => other.value === "");
    if (next) {
      event.preventDefault();
      next.focus();
    }
  });
}
