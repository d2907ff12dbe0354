// Hides the questions that do not apply yet. Without it they are all there, each saying when it applies.
const parts = [...document.querySelectorAll("[data-when]")];

// What was answered to a question; one that is hidden itself counts as not answered.
function answers(form, name) {
  return [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)]
    .filter((box) => !box.closest("[data-when][hidden]"))
    .filter((box) => (box.type === "radio" || box.type === "checkbox" ? box.checked : box.value.trim() !== ""))
    .map((box) => box.value.trim());
}

function holds(form, [name, operator, wanted]) {
  const given = answers(form, name);
  return operator === "exists" ? (given.length > 0) === (wanted === "true") : given.includes(wanted);
}

// Conditions look back only, so that one pass in the order of the page settles them.
function settle() {
  for (const part of parts) {
    const conditions = JSON.parse(part.dataset.when);
    const form = part.closest("form");
    const held = conditions.map((condition) => holds(form, condition));
    part.hidden = !("whenAny" in part.dataset ? held.some(Boolean) : held.every(Boolean));
  }
}

if (parts.length) {
  document.addEventListener("change", settle);
  settle();
}
