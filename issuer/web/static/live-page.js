// Shows a bound licence: a code that this device signs anew every 30 seconds, with or without a network.

import { generate, correction } from "./vendor/lean-qr.js";
import { liveDigits, PERIOD_SECONDS } from "./live.js";
import * as keys from "./keys.js";

const [main, code, face, tell, which, net, left, clock, canvas] = [
  "#main", "#code", "#face", "#tell", "#which", "#net", "#left", "#clock", "#qr",
].map((name) => document.querySelector(name));
const lang = document.body.dataset.lang;
const says = main.dataset;
let bound = [];
let shown = null;
let next = 0;

function say(text) {
  tell.textContent = text;
  tell.hidden = !text;
}

async function draw() {
  const at = Math.floor(Date.now() / 1000);
  next = at + PERIOD_SECONDS;
  const token = Uint8Array.from(shown.token.match(/../g), (two) => parseInt(two, 16));
  const digits = await liveDigits(token, shown.privateKey, at);
  const symbol = generate(`${shown.base}#${digits}`, { minCorrectionLevel: correction.M });
  symbol.toCanvas(canvas, { on: [0, 0, 0, 255], off: [255, 255, 255, 255], pad: 4 });
  canvas.dataset.at = String(at);
}

function tick() {
  const now = Math.floor(Date.now() / 1000);
  const rest = Math.max(0, next - now);
  left.value = rest;
  clock.textContent = `${new Date().toLocaleTimeString(lang === "en" ? "en-GB" : "zh-CN", { hour12: false })} · ${rest} ${says.left}`;
  if (now >= next) draw().catch(() => say(says.failed));
}

async function choose(record) {
  shown = record;
  const { title, name, rows } = record.face[lang];
  document.querySelector("#title").textContent = title;
  document.querySelector("#name").textContent = name;
  face.querySelector("dl").replaceChildren(...rows.map(([, label, value]) => {
    const line = document.createElement("div");
    line.append(Object.assign(document.createElement("dt"), { textContent: label }));
    line.append(Object.assign(document.createElement("dd"), { textContent: value }));
    return line;
  }));
  code.hidden = face.hidden = false;
  say("");
  await draw();
  tick();
  await stillBound(record);
}

/** While there is a network and a session: is this still the copy in force? Without them nothing is said. */
async function stillBound(record) {
  try {
    const answer = await fetch(`/me/registrations/${record.registration}/copy`, {
      headers: { Accept: "application/json", "Content-Type": "application/json" },
      redirect: "manual",
    });
    if (answer.status === 404) say(says.replaced);
    if (!answer.ok) return;
    const { device, token, base, face: held } = await answer.json();
    if (device !== record.id) say(says.replaced);
    else await keys.put({ ...record, token, base, face: held });
  } catch {
    // off line: the copy on the device is what there is
  }
}

function network() {
  net.textContent = navigator.onLine ? net.dataset.on : net.dataset.off;
}

async function begin() {
  bound = (await keys.all()).filter((one) => one.role === "device" && one.token);
  if (!bound.length) {
    say(says.none);
    return;
  }
  which.hidden = bound.length < 2;
  which.replaceChildren(...bound.map((record) => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet" });
    button.textContent = record.face[lang].title;
    button.addEventListener("click", () => choose(record));
    return button;
  }));
  const wanted = location.hash.slice(1);
  await choose(bound.find((record) => record.registration === wanted) ?? bound[0]);
  setInterval(tick, 500);
  document.addEventListener("visibilitychange", () => document.hidden || draw());
  navigator.wakeLock?.request?.("screen").catch(() => {});
}

addEventListener("online", network);
addEventListener("offline", network);
network();
begin().catch(() => say(says.failed));

if ("serviceWorker" in navigator) {
  const policy = self.trustedTypes?.createPolicy("elicense", {
    createScriptURL(url) {
      if (url !== "/live/worker.js") throw new TypeError(url);
      return url;
    },
  });
  navigator.serviceWorker.register(policy ? policy.createScriptURL("/live/worker.js") : "/live/worker.js", { scope: "/live/" });
}
