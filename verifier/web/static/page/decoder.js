/** Asks the worker for the codes in a picture. One worker for the life of the page, started when first needed. */

import { WORKER, scriptUrl } from "./trusted.js";

const waiting = new Map();
let worker = null;
let count = 0;

function start() {
  worker = new Worker(scriptUrl(WORKER), { type: "module" });
  worker.onmessage = ({ data: { id, texts, fault } }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (fault === undefined) resolve(texts);
    else reject(new Error(fault));
  };
  worker.onerror = () => {
    for (const { reject } of waiting.values()) reject(new Error("the decoder does not start"));
    waiting.clear();
    worker = null;
  };
}

/** The texts of the codes in an ImageData. `hard` takes more time and finds more. The picture is handed over. */
export function codesIn(image, { hard = false, most = 8 } = {}) {
  if (worker === null) start();
  count += 1;
  return new Promise((resolve, reject) => {
    waiting.set(count, { resolve, reject });
    worker.postMessage({ id: count, image, hard, most }, [image.data.buffer]);
  });
}
