// Binds this device to a licence: a key that cannot leave it, named by the licence's copy, in the holder's own act.

import { envelope, post, KeyMissing } from "./acts.js";
import { newDevice } from "./live.js";
import * as keys from "./keys.js";

const box = document.querySelector("#bind");
const tell = box.querySelector(".tell");
const [bindButton, showLink] = ["bind", "show"].map((act) => box.querySelector(`[data-act=${act}]`));
const { registration, bound } = box.dataset;

async function show() {
  const here = (await keys.all()).find((one) => one.role === "device" && one.registration === registration);
  const mine = Boolean(here) && here.id === bound;
  showLink.hidden = !mine;
  bindButton.hidden = mine;
  if (bound) tell.textContent = mine ? box.dataset.here : box.dataset.elsewhere;
  if (mine) await fetchCopy(here);
}

async function fetchCopy(record) {
  const answer = await fetch(`/me/registrations/${registration}/copy`, { headers: { Accept: "application/json" } });
  if (!answer.ok) return false;
  const { device, token, base, face } = await answer.json();
  if (device !== record.id) return false;
  await keys.put({ ...record, role: "device", registration, token, base, face });
  return true;
}

bindButton.addEventListener("click", async () => {
  bindButton.disabled = true;
  tell.textContent = box.dataset.working;
  try {
    const { key: privateKey, jwk } = await newDevice();
    const asked = await post(`/me/registrations/${registration}/bind`, { jwk });
    const possession = keys.toBase64url(await keys.sign(privateKey, keys.fromBase64url(asked.act)));
    const signed = await envelope(asked.act, asked.key, null, possession);
    await post("/api/v1/acts/licence.bind_device", signed);
    const id = await keys.kid(jwk);
    for (const old of await keys.all()) {
      if (old.role === "device" && old.registration === registration) await keys.remove(old.id);
    }
    if (!(await fetchCopy({ id, privateKey, jwk }))) throw new Error("");
    await navigator.storage?.persist?.();
    location.assign(showLink.href);
  } catch (fault) {
    tell.textContent = fault instanceof KeyMissing ? box.dataset.noKey : box.dataset.failed + fault.message;
    bindButton.disabled = false;
  }
});

show();
