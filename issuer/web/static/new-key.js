// A key pair for an institution's administrator: the private half stays in this browser, the public half is shown.

import * as keys from "./keys.js";

const form = document.querySelector("#new-key");
const made = document.querySelector("#made");
const text = document.querySelector("#jwk");
const copy = document.querySelector("#copy");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const pair = await keys.generate();
    const jwk = await keys.publicJwk(pair.publicKey);
    const id = await keys.kid(jwk);
    await keys.put({ id, role: "account", privateKey: pair.privateKey, jwk, name: form.elements.name.value.trim() });
    await navigator.storage?.persist?.();
    document.querySelector("#kid").textContent = id;
    text.value = JSON.stringify(jwk);
    document.querySelector("#file").href = `data:application/json,${encodeURIComponent(text.value)}`;
    made.hidden = false;
    made.scrollIntoView();
  } catch {
    document.querySelector("#tell").textContent = form.dataset.bad;
    button.disabled = false;
  }
});

copy.addEventListener("click", async () => {
  text.select();
  await navigator.clipboard.writeText(text.value);
  copy.textContent = copy.dataset.done;
});

form.querySelector("button").disabled = false; // before this line a press would post nothing
