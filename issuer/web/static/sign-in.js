// Signing in: the server names the act, a key signs it, the session begins.

import { envelope, post } from "./acts.js";
import * as keys from "./keys.js";

const page = document.querySelector("#sign-in");
const list = document.querySelector("#keys");
const tell = document.querySelector("#tell");
const says = page.dataset;

async function enter(id) {
  tell.textContent = "";
  try {
    const { act, fido } = await post("/sign-in/act", { key: id });
    if (fido) tell.textContent = says.touch;
    const { landing, name } = await post("/sign-in", await envelope(act, id, fido));
    const held = (await keys.get(id)) ?? { id };
    await keys.put({ ...held, name, fido: Boolean(fido) });
    location.assign(says.next === "/" ? landing : says.next);
  } catch (fault) {
    tell.textContent = fault.code ? fault.message : says.failed;
    if (fault.name === "NotAllowedError") post("/sign-in/failed", { key: id }).catch(() => {}); // counted, see the keys' watch
  }
}

async function show() {
  const known = (await keys.all()).filter((one) => one.role !== "device");
  if (!known.length) {
    list.replaceChildren(Object.assign(document.createElement("li"), { textContent: says.none }));
    return;
  }
  list.replaceChildren(...known.map(line));
}

function line(one) {
  const item = document.createElement("li");
  const name = Object.assign(document.createElement("span"), { textContent: `${one.name ?? ""} ` });
  const code = Object.assign(document.createElement("code"), { textContent: one.id });
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: says.enter });
  button.addEventListener("click", () => enter(one.id));
  const forget = Object.assign(document.createElement("button"), { type: "button", textContent: says.forget });
  forget.className = "quiet";
  forget.addEventListener("click", async () => {
    await keys.remove(one.id);
    await show();
  });
  item.append(name, code, button, forget);
  return item;
}

document.querySelector("#fido").addEventListener("submit", (event) => {
  event.preventDefault();
  enter(event.target.elements.kid.value);
});

document.querySelector("#file").addEventListener("change", async (event) => {
  try {
    const { privateKey, jwk } = await keys.importJwk(JSON.parse(await event.target.files[0].text()));
    const id = await keys.kid(jwk);
    await keys.put({ id, role: "account", privateKey, jwk });
    await show();
    await enter(id);
  } catch {
    tell.textContent = says.bad;
  }
});

show();
