/** The page: what is held, an offer to take, a request to answer, and what was told to whom. It never acts unasked. */

import { byId, el, fill, heading } from "./dom.js";
import { showHeld, showTold } from "./holding.js";
import { askToShow } from "./answering.js";
import { picture } from "./server.js";
import { keep } from "./store.js";
import { openOffer, take } from "./taking.js";
import { fault as inWords, lang, said, switchLanguage, t } from "./words.js";

let again = () => {};

function start() {
  byId("language").addEventListener("click", () => {
    switchLanguage();
    render();
  });
  byId("reading").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => read(byId("link").value.trim()));
  });
  byId("file").addEventListener("change", ({ target }) => {
    const [file] = target.files;
    target.value = "";
    if (file) attempt(async () => read(await picture(file)));
  });
  render();
}

async function render() {
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  document.title = t("title");
  byId("language").textContent = t("other");
  for (const place of document.querySelectorAll("[data-say]")) place.textContent = t(place.dataset.say);
  again();
  await Promise.all([showHeld(render), showTold()]);
}

/** Do something that may fail, once at a time, and say what failed. */
async function attempt(what) {
  byId("trouble").textContent = "";
  const buttons = [...document.querySelectorAll("button.big")];
  for (const button of buttons) button.disabled = true;
  try {
    await what();
  } catch (fault) {
    byId("trouble").textContent = t("trouble", { why: inWords(fault.message) });
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

async function read(link) {
  close();
  if (link.startsWith("openid-credential-offer://")) {
    const offer = await openOffer(link);
    show("offer", () => askToTake(offer));
  } else if (link.startsWith("openid4vp://")) {
    const { draw } = await askToShow(link, { attempt, done });
    show("request", draw);
  } else {
    throw new Error(t("unknown"));
  }
}

/** Draw a section now and whenever the language changes. */
function show(section, draw) {
  again = draw;
  draw();
  document.body.dataset.screen = section;
  byId(`${section}-heading`).focus();
}

function close() {
  again = () => {};
  for (const section of ["offer", "request", "done"]) fill(section);
  document.body.dataset.screen = "start";
}

async function done(words, address = null) {
  close();
  byId("link").value = "";
  show("done", () => {
    const back = address === null ? null : el("a", { class: "big", href: address }, t("goOn", { host: new URL(address).host }));
    const buttons = el("div", { class: "buttons" }, back, el("button", { type: "button", class: "big second", onclick: close }, t("ok")));
    fill("done", heading("done", words()), buttons);
  });
  await Promise.all([showHeld(render), showTold()]);
}

function askToTake(offer) {
  const title = said(Object.fromEntries(offer.described.credential_metadata.display.map(({ locale, name }) => [locale.slice(0, 2), name])));
  const most = offer.issuer.batch_credential_issuance?.batch_size ?? 1;
  const before = { code: byId("code")?.value ?? "", count: byId("count")?.value ?? String(Math.min(5, most)) };
  const code = el("input", { type: "text", id: "code", class: "code", inputmode: "numeric", autocomplete: "off", maxlength: String(offer.digits), "aria-describedby": "code-help", required: true, value: before.code });
  const count = el("input", { type: "number", id: "count", class: "count", min: "1", max: String(most), value: before.count, "aria-describedby": "count-help" });
  const form = el("form", {
    onsubmit: (event) => {
      event.preventDefault();
      attempt(async () => {
        const { made, accepted } = await take(offer, code.value.trim(), Number(count.value));
        await keep(made);
        await accepted();
        await done(() => t("taken", { count: made.length, title: said(made[0].title) }));
      });
    },
  });
  if (offer.digits) form.append(el("label", { for: "code" }, t("code")), code, el("p", { id: "code-help", class: "soft" }, t("codeHelp", { digits: offer.digits })));
  form.append(el("label", { for: "count" }, t("count")), count, el("p", { id: "count-help", class: "soft" }, t("countHelp")));
  form.append(el("div", { class: "buttons" }, el("button", { type: "submit", class: "big" }, t("take")), el("button", { type: "button", class: "big second", onclick: close }, t("cancel"))));
  const issuer = offer.issuer.display?.[0]?.name;
  fill(
    "offer", heading("offer", t("offer", { title })),
    el("div", {}, el("p", { class: "soft" }, t("from")), el("p", { class: "who" }, ...(issuer ? [issuer, el("br")] : []), new URL(offer.issuer.credential_issuer).host)),
    form,
  );
}

start();
