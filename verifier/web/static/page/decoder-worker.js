/** Reads QR codes in a thread of its own: pictures come in as ImageData, texts go out, from top to bottom. */

import { prepareZXingModule, readBarcodes } from "../vendor/zxing/reader/index.js";

// By itself the package would fetch its WebAssembly from a public server.
prepareZXingModule({ overrides: { locateFile: () => new URL("../vendor/zxing/reader.wasm", import.meta.url).href } });

self.onmessage = async ({ data: { id, image, hard, most } }) => {
  try {
    const found = await readBarcodes(image, { formats: ["QRCode"], tryHarder: hard, tryInvert: hard, tryRotate: true, tryDownscale: true, maxNumberOfSymbols: most });
    const placed = found.filter(({ isValid, text }) => isValid && text).sort((a, b) => a.position.topLeft.y - b.position.topLeft.y || a.position.topLeft.x - b.position.topLeft.x);
    self.postMessage({ id, texts: [...new Set(placed.map(({ text }) => text))] });
  } catch (fault) {
    self.postMessage({ id, fault: String(fault?.message ?? fault) });
  }
};
