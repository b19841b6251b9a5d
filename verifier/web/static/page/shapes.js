/** The shapes of the outcomes: each has a form of its own, so that colour is never alone. And the pictograms of the ways. */

import { svg } from "./dom.js";

const line = { fill: "none", stroke: "currentColor", "stroke-width": 5, "stroke-linecap": "round", "stroke-linejoin": "round" };

const OUTCOMES = {
  valid: () => [svg("circle", { cx: 32, cy: 32, r: 28, ...line }), svg("path", { d: "M19 33l9 9 17-19", ...line, "stroke-width": 6 })],
  invalid: () => [svg("path", { d: "M21 4h22l17 17v22L43 60H21L4 43V21z", ...line }), svg("path", { d: "M22 22l20 20M42 22L22 42", ...line, "stroke-width": 6 })],
  undetermined: () => [svg("path", { d: "M32 6l28 50H4z", ...line }), svg("path", { d: "M32 25v14M32 47v.5", ...line, "stroke-width": 6 })],
  unreadable: () => [
    svg("rect", { x: 6, y: 6, width: 52, height: 52, rx: 6, ...line, "stroke-dasharray": "12 8" }),
    svg("path", { d: "M24 25c0-11 16-11 16 0 0 7-8 6-8 13M32 47v.5", ...line, "stroke-width": 6 }),
  ],
};

const GLYPHS = {
  scan: () => [svg("path", { d: "M6 20V6h14M44 6h14v14M58 44v14H44M20 58H6V44M14 32h36", ...line })],
  photo: () => [svg("rect", { x: 5, y: 10, width: 54, height: 44, rx: 6, ...line }), svg("circle", { cx: 21, cy: 25, r: 5, ...line }), svg("path", { d: "M6 50l17-16 11 10 10-9 14 13", ...line })],
};

const drawn = (parts) => svg("svg", { viewBox: "0 0 64 64", "aria-hidden": "true", focusable: "false" }, ...parts);

export const outcomeShape = (outcome) => drawn(OUTCOMES[outcome]());
export const glyph = (name) => drawn(GLYPHS[name]());
