// Opening a person's account: a new key in this browser, real-name proof, then the first sign-in.

import { envelope, post } from "./acts.js";
import * as keys from "./keys.js";

const form = document.querySelector("#activate");
const tell = document.querySelector("#tell");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const wanted = event.submitter?.value ?? "account.activate";
  const [id_number, name] = ["id_number", "name"].map((field) => form.elements[field].value.trim());
  const buttons = form.querySelectorAll("button");
  buttons.forEach((button) => (button.disabled = true));
  tell.textContent = form.dataset.working;
  try {
    const pair = await keys.generate();
    const jwk = await keys.publicJwk(pair.publicKey);
    const { act, key } = await post("/activate/act", { act: wanted, jwk });
    await keys.put({ id: key, role: "account", privateKey: pair.privateKey, jwk, name });
    // The members stand in the order of canonical JSON, so that these are the very bytes that the service expects.
    const evidence = keys.toBase64url(new TextEncoder().encode(JSON.stringify({ id_number, name })));
    await post(`/api/v1/acts/${wanted}`, await envelope(act, key, null, evidence));
    const asked = await post("/sign-in/act", { key });
    const { landing } = await post("/sign-in", await envelope(asked.act, key, null));
    await navigator.storage?.persist?.();
    location.assign(landing);
  } catch (fault) {
    tell.textContent = form.dataset.failed + fault.message;
    buttons.forEach((button) => (button.disabled = false));
  }
});
