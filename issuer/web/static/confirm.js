// The page on which an act is read and signed: signs the bytes that the page shows, and posts them back.

import { KeyMissing, envelope } from "./acts.js";

const FRESH_MS = 240_000; // an act counts for five minutes; an older page is made anew before it is signed
const shown = Date.now();
const form = document.querySelector("#signing");
const tell = document.querySelector("#tell");
const { acts, attachments, key, credential, party } = form.dataset;
const button = form.querySelector("button");
const fido = credential ? { credential, party } : null;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (Date.now() - shown > FRESH_MS) {
    tell.textContent = tell.dataset.old;
    document.querySelector("#again").submit();
    return;
  }
  button.disabled = true;
  tell.textContent = fido ? tell.dataset.touch : "";
  try {
    const beside = JSON.parse(attachments);
    const signed = [];
    for (const [number, act] of JSON.parse(acts).entries()) {
      signed.push(await envelope(act, key, fido, beside[number]));
    }
    form.elements.signed.value = JSON.stringify(signed);
    form.submit();
  } catch (fault) {
    tell.textContent = fault instanceof KeyMissing ? tell.dataset.none : tell.dataset.refused;
    button.disabled = false;
  }
});

button.disabled = false; // before this line a press would post nothing
