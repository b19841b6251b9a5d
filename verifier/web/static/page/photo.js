/** The codes in a photo, read in the page: first at a moderate size, then whole, then enlarged if it is small. */

import { codesIn } from "./decoder.js";

const MODERATE = 1_600;
const LARGEST = 4_096;
const CODES_MAX = 64;

/** The texts of the codes in a picture file; none if there are none. Throws for what the browser cannot read. */
export async function codesInPhoto(file) {
  const bitmap = await createImageBitmap(file);
  try {
    const longest = Math.max(bitmap.width, bitmap.height);
    for (const size of sizes(longest)) {
      const texts = await codesIn(drawn(bitmap, size / longest), { hard: true, most: CODES_MAX });
      if (texts.length) return texts;
    }
    return [];
  } finally {
    bitmap.close();
  }
}

function sizes(longest) {
  if (longest <= MODERATE) return [longest, Math.min(2 * longest, MODERATE * 2)];
  return [MODERATE, Math.min(longest, LARGEST)];
}

/** Drawn on white, since a code on a transparent ground is dark on nothing. */
function drawn(bitmap, scale) {
  const [width, height] = [bitmap.width, bitmap.height].map((length) => Math.max(1, Math.round(length * scale)));
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}
