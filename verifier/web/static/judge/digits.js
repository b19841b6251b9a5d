/** From the text of a QR code to the token: only digits, or a link whose fragment is only digits (elicense/qr.py). */

import { LIMITS } from "../made/format.js";
import { fromHex } from "./bytes.js";
import { Rejected } from "./refused.js";

const characters = (text) => (text.length > 2 * LIMITS.text_chars ? Infinity : [...text].length);

/** The token in a text. Throws `Rejected`: too-large, malformed. */
export function fromText(text) {
  if (characters(text) > LIMITS.text_chars) throw new Rejected("too-large");
  const digits = text.slice(text.lastIndexOf("#") + 1);
  if (characters(digits) > LIMITS.qr_digits) throw new Rejected("too-large");
  if (!/^[1-9][0-9]*$/.test(digits)) throw new Rejected("malformed", "no licence digits");
  const hex = BigInt(digits).toString(16);
  return fromHex(hex.length % 2 ? `0${hex}` : hex);
}
