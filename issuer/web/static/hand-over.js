// Handing a security key over: the holder's key makes its key pair here, and its answer is posted with the form.

import { fromBase64url, toBase64url } from "./keys.js";

const form = document.querySelector("#hand-over");
const tell = document.querySelector("#tell");
const button = form.querySelector("button");

function options() {
  const said = JSON.parse(form.dataset.options);
  const user = { ...said.user, id: fromBase64url(said.user.id) };
  return { ...said, user, challenge: fromBase64url(said.challenge) };
}

// What toJSON() of a browser gives, written out, since not every browser has it.
function plain(made) {
  const { clientDataJSON, attestationObject } = made.response;
  return JSON.stringify({
    id: made.id,
    rawId: toBase64url(made.rawId),
    type: made.type,
    response: { clientDataJSON: toBase64url(clientDataJSON), attestationObject: toBase64url(attestationObject) },
  });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  tell.textContent = tell.dataset.touch;
  try {
    form.elements.answer.value = plain(await navigator.credentials.create({ publicKey: options() }));
    form.submit();
  } catch {
    tell.textContent = tell.dataset.failed;
    button.disabled = false;
  }
});

button.disabled = false; // before this line a press would post nothing
