/** What is held, by licence, and what was told to whom. */

import { worded } from "./answering.js";
import { el, fill, heading } from "./dom.js";
import { parts } from "./sdjwt.js";
import { copies, forget, shown } from "./store.js";
import { said, t } from "./words.js";

/** The licences in this browser, the newest first; `render` is called when one was deleted. */
export async function showHeld(render) {
  const [all, told] = await Promise.all([copies(), shown()]);
  const batches = Map.groupBy(all, (copy) => `${copy.vct} ${copy.taken}`);
  const cards = await Promise.all([...batches.values()].reverse().map((batch) => card(batch, told, render)));
  fill("held", heading("held", t("held")), ...(cards.length ? cards : [el("p", { class: "soft" }, t("none"))]));
}

async function card(batch, told, render) {
  const [copy] = batch;
  const { items } = await parts(copy.sdjwt);
  const values = await worded({ copy, items });
  const fresh = batch.filter(({ id }) => !told.some((one) => one.copy === id)).length;
  const rows = items.map(({ name }) => el("li", {}, el("span", { class: "label" }, said(copy.labels[name], name)), el("span", { class: "value" }, said(values[name]))));
  let asked = false;
  const remove = el("button", {
    type: "button", class: "plain",
    onclick: async () => {
      if (asked) {
        await forget(batch.map(({ id }) => id));
        await render();
      }
      asked = true;
      remove.textContent = t("sure");
    },
  }, t("remove"));
  return el(
    "div", { class: "card" }, el("h3", {}, said(copy.title)), el("p", { class: "soft" }, new URL(copy.issuer).host),
    el("p", {}, t("copies", { count: batch.length, fresh })),
    el("details", {}, el("summary", {}, t("details")), el("ul", { class: "items" }, ...rows), remove),
  );
}

export async function showTold() {
  const told = await shown();
  const time = (at) => new Date(at * 1000).toLocaleString();
  const items = ({ names, labels }) => names.map((name) => said(labels[name], name)).join(", ") || t("bare");
  const rows = told.reverse().map((one) => el("li", {}, el("span", { class: "label" }, time(one.at)), el("span", { class: "value" }, t("item", { verifier: one.verifier, items: items(one) }))));
  fill("told", heading("told", t("told")), rows.length ? el("ul", { class: "items" }, ...rows) : el("p", { class: "soft" }, t("toldNone")));
}
