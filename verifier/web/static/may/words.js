/** The sentences of this part, in the language of the page. */

import { phrase } from "../judge/report.js";
import { lang, texts } from "../page/words.js";

export { lang, texts };

/** A text with its places filled. */
export const m = (name, values = {}) => phrase(texts().may[name], values);
