// Compares a file with an issued document here, in the browser: the file goes nowhere. Without this the form sends it.
const form = document.querySelector("form[data-compare]");
const whole = async (blob) => {
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
};

// The same questions in the same order as services/verification.compare.
async function verdict(file, [own, ...others]) {
  const found = await whole(file);
  if (found === own.sha256) return "same";
  const other = others.find((each) => each.sha256 === found);
  if (other) return `version-${other.version}`;
  if (file.size > own.size && (await whole(file.slice(0, own.size))) === own.sha256) return "longer";
  if (!file.size) return "empty";
  return file.size < own.size ? "shorter" : "other";
}

async function compare(file) {
  const here = form.querySelector("[data-verdict-here]");
  here.replaceChildren();
  try {
    const name = await verdict(file, JSON.parse(form.dataset.compare));
    here.append(form.querySelector(`template[data-verdict="${name}"]`).content.cloneNode(true));
  } catch { // a folder was dropped, or the file went away meanwhile
    here.textContent = form.dataset.failed;
  }
}

if (form && window.crypto?.subtle) {
  const input = form.querySelector("input[type=file]");
  for (const each of form.querySelectorAll("[data-with-script]")) each.hidden = false;
  for (const each of form.querySelectorAll("[data-without-script]")) each.remove();
  document.getElementById("veredicto")?.remove();
  input.addEventListener("change", () => { if (input.files.length) compare(input.files[0]); });
  form.addEventListener("submit", (event) => { event.preventDefault(); if (input.files.length) compare(input.files[0]); });
  // A file dropped anywhere on the page is compared, never opened in its place.
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer?.files.length) { input.files = event.dataTransfer.files; compare(input.files[0]); }
  });
}
