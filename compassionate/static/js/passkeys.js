// Passkeys: only a script can ask the device for one. Everything else is the form that the page already has.
const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const toText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function readable(options) {
  const read = { ...options, challenge: toBytes(options.challenge) };
  if (options.user) read.user = { ...options.user, id: toBytes(options.user.id) };
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (options[list]) read[list] = options[list].map((each) => ({ ...each, id: toBytes(each.id) }));
  }
  return read;
}

function sendable(credential) {
  const answer = credential.response;
  const response = { clientDataJSON: toText(answer.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (answer[part]) response[part] = toText(answer[part]);
  }
  return JSON.stringify({
    id: credential.id, rawId: toText(credential.rawId), type: credential.type, response,
    clientExtensionResults: {}, authenticatorAttachment: credential.authenticatorAttachment,
  });
}

async function ask(form, where, body, act) {
  const error = form.querySelector("[data-passkey-error]");
  error.textContent = "";
  try {
    const answer = await fetch(where.options, { method: "POST", body, credentials: "same-origin" });
    const options = await answer.json();
    if (!answer.ok) { error.textContent = options.error; return; }
    const credential = await navigator.credentials[act]({ publicKey: readable(options) });
    form.elements.credential.value = sendable(credential);
    // The password was shown already, or is not needed; it need not travel twice.
    if (form.elements.password) form.elements.password.value = "";
    form.submit();
  } catch {
    error.textContent = where.failed;
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.addEventListener("submit", (event) => { event.preventDefault(); ask(form, form.dataset, new FormData(form), form.dataset.passkey); });
}

// Signing: the number is asked for with the act alone, never with what the form holds.
for (const button of document.querySelectorAll("button[data-sign]")) {
  button.addEventListener("click", () => {
    const body = new FormData();
    body.set("csrf_token", button.form.elements.csrf_token.value);
    body.set("act", button.dataset.sign);
    ask(button.form, button.dataset, body, "get");
  });
}
