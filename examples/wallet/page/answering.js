/** A request as the holder sees it: who asks, what they will be told, what not, and the choice. */

import { el, fill, heading } from "./dom.js";
import { choices, decline, show } from "./presenting.js";
import { request as opened, words } from "./server.js";
import { copies, note, shown } from "./store.js";
import { said, t } from "./words.js";

/** Read a request and prepare its drawing. `attempt` runs what may fail, `done` says how it ended. */
export async function askToShow(link, { attempt, done }) {
  const request = await opened(link);
  const earlier = await shown();
  const found = await choices(request, await copies(), earlier);
  const values = {};
  for (const [name, { best }] of Object.entries(found)) if (best) values[name] = await worded(best);
  /** What the holder agrees to: a query that is not here is not answered; the names are those that go out. */
  const agreed = Object.fromEntries(
    Object.entries(found).filter(([, { required }]) => required).map(([name, { items }]) => [name, new Set(items)]),
  );
  const possible = Object.values(found).every(({ best, required }) => best !== null || !required);

  async function send() {
    const chosen = {};
    for (const [name, names] of Object.entries(agreed)) if (found[name].best) chosen[name] = { copy: found[name].best.copy, names: [...names] };
    // Noted before it goes out: a copy whose answer got lost may have been seen.
    for (const { copy, names } of Object.values(chosen)) {
      await note({ copy: copy.id, client: request.client_id, verifier: request.verifier, names, labels: copy.labels, at: Math.floor(Date.now() / 1000) });
    }
    const address = await show(request, chosen);
    await done(() => t("shown", { verifier: request.verifier }), address);
  }

  async function refuse() {
    await decline(request);
    await done(() => t("declined"));
  }

  function draw() {
    const buttons = el(
      "div", { class: "buttons" },
      possible ? el("button", { type: "button", class: "big", id: "show", onclick: () => attempt(send) }, t("show")) : null,
      el("button", { type: "button", class: "big second", id: "decline", onclick: () => attempt(refuse) }, t("decline")),
    );
    const parts = Object.entries(found).map(([name, choice]) => part(name, choice, values[name], agreed, earlier, request, draw));
    fill(
      "request", heading("request", t("request", { verifier: request.verifier })), el("p", { class: "soft" }, t("signedBy")),
      ...parts, buttons,
    );
  }

  return { draw };
}

/** One thing that is asked for: the licence that has it, a box for each item, and what stays here. */
function part(name, { items, required, best }, values, agreed, earlier, request, draw) {
  if (best === null) return el("p", { class: required ? "note" : "soft" }, t("lacking"));
  const { copy } = best;
  const label = (item) => said(copy.labels[item], item);
  const chosen = agreed[name];
  const box = (item) => {
    const id = `${name}-${item}`;
    const change = ({ target }) => {
      chosen[target.checked ? "add" : "delete"](item);
      draw();
      document.getElementById(id).focus();
    };
    const value = el("span", { class: chosen.has(item) ? "value" : "value kept" }, said(values[item]));
    return el("li", { class: "choice" }, el("input", { type: "checkbox", id, checked: chosen.has(item), onchange: change }), el("label", { class: "label", for: id }, label(item)), value);
  };
  const made = el("div", { class: "card" }, el("h3", {}, said(copy.title)));
  if (!required) {
    const id = `${name}-too`;
    const change = ({ target }) => {
      if (target.checked) agreed[name] = new Set(items);
      else delete agreed[name];
      draw();
      document.getElementById(id).focus();
    };
    made.append(el("div", { class: "items" }, el("input", { type: "checkbox", id, checked: chosen !== undefined, onchange: change }), " ", el("label", { for: id }, t("optional"))));
    if (chosen === undefined) return made;
  }
  const told = ({ name: item }) => items.includes(item) || (item === "valid_until" && "exp" in best.open);
  const kept = best.items.filter((one) => !told(one)).map((one) => label(one.name));
  const elsewhere = earlier.some((one) => one.copy === copy.id && one.client !== request.client_id);
  made.append(
    el("p", {}, t("tells")),
    items.length ? el("ul", { class: "items tells" }, ...items.map(box)) : el("p", {}, t("nothing")),
    chosen.size < items.length ? el("p", { class: "note" }, t("some")) : "",
    el("p", {}, t("always")), el("ul", { class: "items always" }, ...always(best)),
    el("p", { class: "soft hides" }, `${t("hides")}: ${kept.join(", ")}`),
    el("p", { class: elsewhere ? "note" : "soft" }, t(elsewhere ? "used" : "fresh")),
  );
  return made;
}

/** What every copy tells, whatever the holder chooses: no wallet can keep it back. */
function always({ copy, open }) {
  // Days of a licence are those of UTC+8, wherever its holder is.
  const day = (seconds) => new Date(seconds * 1000).toLocaleDateString("sv", { timeZone: "Asia/Shanghai" });
  const rows = [
    ["issuer", new URL(copy.issuer).host], ["type", said(copy.title)], ["made", day(open.iat)],
    ...("exp" in open ? [["ends", day(open.exp - 1)]] : []),
    ["status", String(open.status.status_list.idx)], ["key", t("keyHelp")],
  ];
  return rows.map(([name, value]) => el("li", {}, el("span", { class: "label" }, t(name)), el("span", { class: "value" }, value)));
}

/** The values of a copy's items as people say them. */
export async function worded({ copy, items }) {
  const kind = copy.vct.split("/").at(-2);
  return (await words(kind, Object.fromEntries(items.map(({ name, value }) => [name, value])))).values;
}
