// The pack calculation while it is being typed; the server's own result is what counts.
const number = (text) => (/^\d{1,5}([.,]\d{1,4})?$/.test(text.trim()) ? Number(text.trim().replace(",", ".")) : NaN);
// Whole numbers only: 0.1 × 30 is 3.0000000000000004 to a machine, and that must not cost a pack.
const times = (daily, days) => Math.ceil(Math.round(daily * 10000) * days / 10000);

function show(line) {
  const daily = number(line.querySelector("[name^='units_a_day.']").value);
  const days = number(line.querySelector("[name^='days.']").value);
  const result = line.querySelector("[data-result]");
  result.textContent = "";
  if (!(daily > 0) || !(days > 0) || !Number.isInteger(days)) return;
  const size = Number(line.dataset.unitsPerPack);
  const total = times(daily, days);
  const packs = Math.ceil(total / size);
  const values = { total, size, packs, over: packs * size - total };
  result.textContent = line.dataset.need.replace(/\{(\w+)\}/g, (_, name) => values[name].toLocaleString(document.documentElement.lang));
}

for (const line of document.querySelectorAll("[data-packs]")) {
  line.addEventListener("input", () => show(line));
  show(line);
}
