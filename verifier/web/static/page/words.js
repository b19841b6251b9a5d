/** The sentences of the page and of the verifier, in the language that was chosen last, or else the browser's. */

import { phrase } from "../judge/report.js";

const KEPT = "elicense-language";
let all = null;
let current = chosen();

function chosen() {
  const kept = read();
  if (kept === "zh" || kept === "en") return kept;
  return (navigator.language ?? "zh").toLowerCase().startsWith("zh") ? "zh" : "en";
}

function read() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

export async function loadWords() {
  const response = await fetch("/v/texts.json");
  if (!response.ok) throw new Error("no texts");
  all = await response.json();
}

export const lang = () => current;

/** All texts of the language: those of the verifier, and the page's below `page`. */
export const texts = () => all[current];

/** A text of the page with its places filled. */
export const t = (name, values = {}) => phrase(texts().page[name], values);

export function switchLanguage() {
  current = current === "zh" ? "en" : "zh";
  try {
    localStorage.setItem(KEPT, current);
  } catch {
    // The choice lasts as long as the page then.
  }
}

/** Puts the words of the language into everything that has `data-text`. */
export function translatePage() {
  document.documentElement.lang = current === "zh" ? "zh-CN" : "en";
  document.title = t("title");
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = t(element.dataset.text);
  for (const element of document.querySelectorAll("[data-heading]")) element.textContent = texts().heading[element.dataset.heading];
  document.getElementById("language").lang = current === "zh" ? "en" : "zh-CN";
}
