/**
 * Asks a wallet: a query is chosen, its code is shown or its link opened here, the result is waited for and shown.
 *
 * The page judges nothing: the server did, and keeps the result for a few minutes for whoever holds the transaction
 * id. That id stays in this browser's storage, so that the page which the wallet opens afterwards on the same device
 * finds it; the response code that the wallet brings stands after `#` and is erased at once.
 */

import { byId, el, svg } from "../page/dom.js";
import { outcomeShape } from "../page/shapes.js";
import { lang, loadWords, switchLanguage, t, texts, translatePage } from "../page/words.js";

const POLL = 2000;
const KEPT = "elicense-wallet-request";
const ON_A_PHONE = matchMedia("(pointer: coarse)").matches;
const now = () => Math.floor(Date.now() / 1000);
const w = (name, values = {}) => texts().wallet[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);

let current = null;
let result = null;
let turn = 0;

async function start() {
  const code = responseCode();
  await loadWords();
  byId("language").addEventListener("click", () => {
    switchLanguage();
    render();
  });
  byId("cancel").addEventListener("click", () => leave());
  for (const button of document.querySelectorAll("[data-query]")) button.addEventListener("click", () => ask(button.dataset.query));
  addEventListener("hashchange", () => {
    const next = responseCode();
    if (next !== null) void back(next);
  });
  render();
  if (code !== null) await back(code);
}

function responseCode() {
  const found = /^#response_code=([\w-]{1,64})$/.exec(location.hash);
  if (location.hash) history.replaceState(null, "", location.pathname);
  return found?.[1] ?? null;
}

async function post(path, body) {
  const response = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), cache: "no-store" });
  return { ok: response.ok, status: response.status, body: response.ok ? await response.json() : null };
}

/* Asking. Two exchanges on a phone: a code for another device, and a link for this one, since their results go different ways. */

async function ask(query) {
  byId("trouble").textContent = "";
  try {
    const across = await post("/v1/wallet/requests", { query });
    const here = ON_A_PHONE ? await post("/v1/wallet/requests", { query, same_device: true }) : null;
    if (!across.ok || here?.ok === false) throw new Error("refused");
    current = { query, across: across.body, here: here?.body ?? null, says: "seconds" };
    if (here !== null) keep(here.body.transaction_id);
  } catch {
    byId("trouble").textContent = w("failed");
    return;
  }
  result = null;
  render();
  byId("asked").focus();
  void wait(++turn);
}

async function wait(mine) {
  while (mine === turn && result === null) {
    if (now() > current.across.expires_at) {
      result = { state: "expired" };
      break;
    }
    let asked = null;
    try {
      asked = await post("/v1/wallet/results", { transaction_id: current.across.transaction_id });
    } catch {
      // Said below, and tried again.
    }
    if (mine !== turn) return;
    current.says = asked?.ok ? "seconds" : "lost";
    if (asked?.ok && asked.body.state !== "waiting") result = asked.body;
    else if (asked?.status === 404) result = { state: "gone" };
    else {
      renderWaiting();
      await new Promise((resume) => setTimeout(resume, POLL));
    }
  }
  if (mine === turn) shown();
}

/** The wallet on this device is done and opened this page with its code. */
async function back(code) {
  turn += 1;
  const id = kept();
  let asked = null;
  try {
    asked = id === null ? null : await post("/v1/wallet/results", { transaction_id: id, response_code: code });
  } catch {
    // Told as gone: the wallet can be asked again.
  }
  result = asked?.ok ? asked.body : { state: "gone" };
  keep(null);
  shown();
}

function leave() {
  turn += 1;
  current = null;
  result = null;
  render();
  document.querySelector("[data-query]").focus();
}

function shown() {
  render();
  byId("result").querySelector("h2")?.focus();
}

function keep(id) {
  try {
    if (id === null) localStorage.removeItem(KEPT);
    else localStorage.setItem(KEPT, id);
  } catch {
    // Without storage the way back from a wallet on this device is closed; the code still works.
  }
}

function kept() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

/* Drawing. */

function render() {
  translatePage();
  document.title = w("title");
  for (const element of document.querySelectorAll("[data-wallet]")) element.textContent = w(element.dataset.wallet);
  for (const element of document.querySelectorAll("[data-zh]")) element.textContent = element.dataset[lang()];
  const screen = result !== null ? "result" : current !== null ? "ask" : "choose";
  for (const name of ["choose", "ask", "result"]) byId(name).hidden = name !== screen;
  document.body.dataset.screen = screen;
  if (screen === "ask") renderAsk();
  if (screen === "result") byId("result").replaceChildren(el("h1", { class: "unseen" }, t("result_title")), ...cards(), el("button", { type: "button", class: "big", id: "again", onclick: leave }, w("again")));
}

function renderAsk() {
  const [title, purpose] = document.querySelectorAll(`[data-query=${current.query}] [data-zh]`);
  byId("asked").textContent = title.textContent;
  byId("purpose").textContent = purpose.textContent;
  const { size, path } = current.across.code;
  const drawn = svg("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": w("code_label"), "shape-rendering": "crispEdges" });
  drawn.append(svg("rect", { width: size, height: size, fill: "#fff" }), svg("path", { d: path, fill: "#000" }));
  byId("code").replaceChildren(el("figure", { class: "code" }, drawn, el("figcaption", {}, w("scan"))));
  byId("here").hidden = current.here === null;
  if (current.here !== null) byId("here").href = current.here.link;
  renderWaiting();
}

function renderWaiting() {
  byId("waiting").textContent = w(current.says, { n: Math.max(0, current.across.expires_at - now()) });
}

function cards() {
  if (result.state === "answered") return result.credentials.map(card);
  const said = result.state === "declined" ? w("declined", { error: result.error }) : w(result.state);
  return [band("unreadable", said, null)];
}

function card({ outcome, told, rows, title }) {
  const { heading, sentence, action } = told[lang()];
  return band(
    outcome,
    heading,
    sentence,
    el("p", { class: "action" }, el("strong", {}, texts().words.next), " ", action),
    el(
      "section",
      { class: "holder" },
      el("p", { class: "kind" }, title[lang()]),
      el("dl", {}, rows.map((row) => el("div", {}, el("dt", {}, row.label[lang()]), el("dd", {}, el("bdi", {}, row.value[lang()]))))),
      el("p", { class: "shown" }, w("live"), " ", w("only")),
    ),
  );
}

function band(outcome, heading, sentence, ...more) {
  return el(
    "article",
    { class: `answer ${outcome}`, "data-outcome": outcome },
    el(
      "div",
      { class: "band" },
      el("span", { class: "shape" }, outcomeShape(outcome)),
      el("div", {}, el("h2", { tabindex: -1 }, heading), sentence ? el("p", { class: "sentence" }, sentence) : null),
    ),
    ...more,
  );
}

await start();
