/** The camera: looks at one frame after another until codes are found or it is stopped. */

import { codesIn } from "./decoder.js";

const FRAME_MS = 80;
const LOOK_AGAIN = 3;
const HARD_EVERY = 5;
const LARGEST = 1_920;

/** What went wrong with a camera, as a name of the page's texts: denied, missing, failed. */
export function cameraFault({ name }) {
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  return name === "NotFoundError" || name === "OverconstrainedError" ? "missing" : "failed";
}

export class Camera {
  constructor(video) {
    this.video = video;
    this.stream = null;
  }

  /** Opens the camera at the back. Throws what getUserMedia throws. */
  async open() {
    this.stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "environment", width: { ideal: 1_920 }, height: { ideal: 1_080 } } });
    this.video.srcObject = this.stream;
    await this.video.play();
  }

  close() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.video.srcObject = null;
    this.stream = null;
  }

  /** The codes that are seen first, with those that come into view in the next few frames; null if stopped before. */
  async codes(onMiss) {
    const seen = new Set();
    let left = null;
    for (let count = 1; this.stream !== null && left !== 0; count++) {
      const image = this.#frame();
      const texts = image === null ? [] : await codesIn(image, { hard: count % HARD_EVERY === 0 });
      texts.forEach((text) => seen.add(text));
      if (left !== null) left -= 1;
      else if (seen.size) left = LOOK_AGAIN;
      else onMiss(count);
      await new Promise((resolve) => setTimeout(resolve, FRAME_MS));
    }
    return this.stream === null ? null : [...seen];
  }

  #frame() {
    const { videoWidth, videoHeight } = this.video;
    if (!videoWidth) return null;
    const scale = Math.min(1, LARGEST / Math.max(videoWidth, videoHeight));
    this.canvas ??= document.createElement("canvas");
    Object.assign(this.canvas, { width: Math.round(videoWidth * scale), height: Math.round(videoHeight * scale) });
    const context = this.canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(this.video, 0, 0, this.canvas.width, this.canvas.height);
    return context.getImageData(0, 0, this.canvas.width, this.canvas.height);
  }
}
