/** Wires the page together: a code comes by link, camera, photo or clipboard; it is judged; the answer is shown. */

import { check, checkThen } from "../judge/checker.js";
import { civilDay, dayEnds } from "../judge/period.js";
import { abilities, limitation } from "./abilities.js";
import { answerCard, noticeCard, summary } from "./answer.js";
import { Camera, cameraFault } from "./camera.js";
import { dataPanel } from "./data-panel.js";
import { byId, el } from "./dom.js";
import { onFragment, opened } from "./fragment.js";
import { Lists } from "./lists.js";
import { codesInPhoto } from "./photo.js";
import { checkPhotoThere, checkTextThere } from "./server.js";
import { glyph, outcomeShape } from "./shapes.js";
import { openStore } from "./store.js";
import { SERVICE_WORKER, scriptUrl } from "./trusted.js";
import { lang, loadWords, switchLanguage, t, texts, translatePage } from "./words.js";

const PATIENCE_MS = 4_000;
const FIRST_PATIENCE_MS = 20_000;
const MISSES_BEFORE_ADVICE = 60;
const PICTURE_BYTES_MAX = 20 * 1024 * 1024;
const VIEW = "elicense-inspector";

const can = abilities();
const now = () => Math.floor(Date.now() / 1000);
const camera = new Camera(byId("video"));
/** What is on the screen: `draw` makes it again, in another language or view. */
const screen = { name: "start", draw: () => [], again: null };
const panel = { asking: false, busy: false };
/** Licences that stay while another is added to them, until they are closed; and what asks about them, once it is wanted. */
const kept = { items: [], adding: false };
const asking = { panel: null, items: [] };
let lists = null;

async function start() {
  await loadWords();
  lists = new Lists(await openStore(), now);
  if (can.engine) await lists.open();
  byId("starting").hidden = true;
  for (const place of document.querySelectorAll("[data-glyph]")) place.append(glyph(place.dataset.glyph));
  for (const place of document.querySelectorAll("[data-shape]")) place.append(outcomeShape(place.dataset.shape));
  byId("inspector").checked = remembered();
  listen();
  render();
  void prepare();
  onFragment((text) => judgeText(text, { linked: true }));
  if (opened !== null) await judgeText(opened, { linked: true });
}

/** Lists first: keeping the code for later must not hold up an answer. */
async function prepare() {
  if (can.engine) await update();
  if (can.secure) await navigator.serviceWorker?.register(scriptUrl(SERVICE_WORKER), { scope: "/v" }).catch(() => {});
}

function listen() {
  byId("scan").addEventListener("click", scan);
  byId("stop").addEventListener("click", () => show("start"));
  byId("kept-back").addEventListener("click", () => showItems([], besides()));
  byId("may-open").addEventListener("click", openMay);
  byId("file").addEventListener("change", ({ target }) => {
    const [file] = target.files;
    if (file) void judgePhoto(file);
    target.value = "";
  });
  byId("paste").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = byId("text").value.trim();
    byId("paste-empty").textContent = text ? "" : t("paste_empty");
    if (!text) return;
    byId("text").value = "";
    void judgeText(text);
  });
  byId("language").addEventListener("click", () => {
    switchLanguage();
    render();
  });
  byId("inspector").addEventListener("change", ({ target }) => {
    remember(target.checked);
    render();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && screen.name === "camera") show("start");
  });
}

/* What is on the screen. */

function show(name, draw = () => [], again = null) {
  if (name !== "camera") camera.close();
  Object.assign(screen, { name, draw, again });
  render();
  window.scrollTo(0, 0);
  if (name === "result") byId("answers").querySelector("h2")?.focus({ preventScroll: true });
  if (name === "start") byId(can.camera && can.engine ? "scan" : "file").focus({ preventScroll: true });
}

function render() {
  translatePage();
  document.body.dataset.screen = screen.name;
  byId("start").hidden = screen.name !== "start";
  byId("camera").hidden = screen.name !== "camera";
  byId("result").hidden = screen.name !== "result";
  byId("scan").hidden = !can.camera || !can.engine;
  const limited = limitation(can);
  byId("limited").hidden = limited === null;
  byId("limited").textContent = limited === null ? "" : t(limited);
  byId("lead").hidden = !can.engine;
  byId("host").textContent = t("about_host", { host: location.host });
  renderKept();
  if (screen.name === "result") {
    const cards = screen.draw();
    byId("answers").replaceChildren(...cards);
    byId("inspector-row").hidden = !byId("answers").querySelector(".holder");
    byId("next").replaceChildren(...nextButtons());
    renderMay();
  }
  renderPanel();
}

function renderPanel() {
  const held = byId("data").contains(document.activeElement) ? document.activeElement.id : "";
  byId("data").replaceChildren(dataPanel(lists, now(), { ...panel, update, forget }));
  if (held) byId(held)?.focus();
}

function nextButtons() {
  const first = screen.again ?? (can.camera && can.engine ? scan : null);
  return [
    first ? el("button", { type: "button", class: "big", id: "again", onclick: first }, t("again")) : null,
    el("label", { class: "big second", for: "file" }, t("another_photo")),
    byId("inspector").checked && byId("answers").querySelector(".holder") ? el("button", { type: "button", class: "plain", id: "add", onclick: add }, t("add")) : null,
    el("button", { type: "button", class: "plain", id: "close", onclick: close }, t("close")),
  ].filter((button) => button !== null);
}

const busy = (words) => show("result", () => [el("p", { class: "pending" }, el("span", { class: "wheel", "aria-hidden": "true" }), t(words))]);

/* Judging. */

async function judgeText(text, { linked = false } = {}) {
  if (!can.engine) return askServer("server_text", () => checkTextThere(text));
  return judgeTexts([text], { linked });
}

async function judgeTexts(found, { linked = false } = {}) {
  busy("checking");
  const beside = besides();
  await lists.fresh(lists.held === null ? FIRST_PATIENCE_MS : PATIENCE_MS);
  const { held } = lists;
  const judgeAll = async () => {
    const items = [];
    for (const text of found) items.push({ text, by: "page", linked, verdict: await judged(text.trim()) });
    showItems(items, beside);
    return screen.draw;
  };
  const drawn = await judgeAll();
  // Lists that come too late for the first answer still count, as long as it stands there.
  await lists.running;
  if (lists.held !== held && screen.draw === drawn) await judgeAll();
}

async function judged(text) {
  const at = now();
  const nothing = { at, outcome: "undetermined", findings: [], notes: [], licence: null, data: null };
  try {
    if (lists.held !== null) return await check(text, lists.held, at);
    const untrusted = lists.fault !== null && lists.fault in texts().reasons;
    return untrusted ? { ...nothing, findings: [{ code: lists.fault, detail: {} }] } : { ...nothing, problem: lists.fault ?? "no-lists" };
  } catch {
    return { ...nothing, problem: "failed" };
  }
}

function showItems(found, beside) {
  const items = [...beside, ...found.filter(({ text }) => text === null || !beside.some((item) => item.text === text))];
  asking.items = items;
  show("result", () => {
    const cards = items.map((item) => answerCard(item, byId("inspector").checked, { rescan: can.camera && can.engine ? scan : null }));
    return items.length > 1 ? [el("p", { class: "summary" }, summary(items)), ...cards] : cards;
  });
}

/* The ways in. */

async function scan() {
  byId("camera-says").textContent = t("starting_camera");
  show("camera");
  byId("stop").focus();
  try {
    await camera.open();
  } catch (fault) {
    const name = cameraFault(fault);
    show("result", () => [noticeCard(t(`camera_${name}`), null, t(`camera_${name}_next`))]);
    return;
  }
  byId("camera-says").textContent = t("looking");
  try {
    const found = await camera.codes((misses) => {
      if (misses === MISSES_BEFORE_ADVICE) byId("camera-says").textContent = t("still_looking");
    });
    if (found === null) return;
    navigator.vibrate?.(40);
    await judgeTexts(found);
  } catch {
    show("result", () => [noticeCard(t("camera_failed"), null, t("camera_failed_next"))]);
  }
}

async function judgePhoto(file) {
  if (file.size > PICTURE_BYTES_MAX) return tellProblem("too-large");
  if (file.type === "application/pdf" || !can.decoder || !can.engine) return askServer("server_photo", () => checkPhotoThere(file));
  busy("reading_photo");
  let found;
  try {
    found = await codesInPhoto(file);
  } catch {
    return tellProblem("not-a-picture", file);
  }
  return found.length ? judgeTexts(found) : tellProblem("no-code", file);
}

/** Says why there was nothing to judge; `file` may then be given to the server, which has other ways to read it. */
function tellProblem(problem, file = null) {
  const retry = () => el("button", { type: "button", class: "plain", onclick: () => askServer("server_photo", () => checkPhotoThere(file)) }, t("server_try"));
  show("result", () => [noticeCard(texts().heading.unreadable, ...texts().problems[problem], file ? retry() : null)]);
}

/** Nothing leaves the device before the user agreed. */
function askServer(question, work) {
  const send = async () => {
    busy("checking");
    try {
      const verdicts = await work();
      showItems(verdicts.map((verdict) => ({ verdict, text: null, by: "server", linked: false })), besides());
    } catch {
      show("result", () => [noticeCard(t("server_failed"), null, t("server_failed_next"))]);
    }
  };
  show("result", () => [
    el(
      "article",
      { class: "answer consent" },
      el("h2", { tabindex: -1 }, t("server_title")),
      el("p", {}, t(question, { host: location.host })),
      el("button", { type: "button", class: "big", id: "send", onclick: send }, t("server_yes")),
      el("button", { type: "button", class: "plain", id: "keep", onclick: () => show("start") }, t("server_no")),
    ),
  ]);
}

/* May this person do this, here, on this day: for inspectors, loaded when it is wanted. */

function close() {
  kept.adding = false;
  besides();
  show("start");
}

/** What stays beside the next answers. If nothing is to be added to it, it goes, with all that was said about it. */
function besides() {
  if (!kept.adding) {
    kept.items = [];
    asking.panel?.reset();
    byId("may").classList.remove("open");
  }
  kept.adding = false;
  return kept.items;
}

/** Back to the ways in, with what is on the screen kept beside what comes next. */
function add() {
  Object.assign(kept, { items: asking.items, adding: true });
  show("start");
}

function renderKept() {
  byId("kept").hidden = !kept.adding;
  const names = kept.items.map(({ verdict }) => verdict.licence?.name ?? t("kept_nameless")).join(lang() === "zh" ? "、" : ", ");
  byId("kept-names").textContent = t("kept", { names });
}

function renderMay() {
  const open = byId("inspector").checked && byId("answers").querySelector(".holder") !== null;
  byId("may").hidden = !open;
  if (open && byId("may").classList.contains("open")) asking.panel.show(asking.items);
}

async function openMay() {
  const says = byId("may-says");
  says.textContent = "";
  try {
    const { MayPanel } = await import("../may/panel.js");
    asking.panel ??= new MayPanel(byId("may-panel"), { judgedOn, now });
  } catch {
    says.textContent = t("rules_failed");
    return;
  }
  byId("may").classList.add("open");
  renderMay();
  byId("may-profile").focus();
}

/** What has become of a licence since then, as the newest list says; it decides nothing. */
const since = (now, then) => now.findings.map(({ code }) => code).filter((code) => code in texts().since && !then.findings.some((one) => one.code === code)).map((code) => `since-${code}`);

/** A licence as of a civil day: what is on the screen if it was judged on that day, else by the lists of that day. */
async function judgedOn({ text, verdict }, day) {
  if (civilDay(verdict.at) === day) return { verdict, notes: [] };
  if (text === null || lists.held === null) return { verdict, notes: ["by_server"] };
  const then = await checkThen(text.trim(), await lists.asOf(day), dayEnds(day) - 1);
  const known = !then.findings.some(({ code }) => code.startsWith("status-"));
  return { verdict: then, notes: [known ? "other_day_fetched" : "other_day_missing", ...since(verdict, then)] };
}

/* The lists. */

let updating = null;

function update() {
  updating ??= refresh().finally(() => {
    updating = null;
  });
  return updating;
}

async function refresh() {
  panel.busy = true;
  renderPanel();
  await lists.refresh();
  panel.busy = false;
  renderPanel();
}

async function forget(step) {
  panel.asking = step === "ask";
  if (step === "yes") {
    await updating;
    await lists.clear();
    await update();
  }
  renderPanel();
  byId({ ask: "forget-no", no: "forget", yes: "update" }[step])?.focus();
}

function remembered() {
  try {
    return localStorage.getItem(VIEW) === "yes";
  } catch {
    return false;
  }
}

function remember(inspector) {
  try {
    localStorage.setItem(VIEW, inspector ? "yes" : "no");
  } catch {
    // It lasts as long as the page then.
  }
}

await start();
