/** What this browser can do here: check by itself, use the camera, read a code in a picture. */

export function abilities() {
  const secure = window.isSecureContext && window.crypto?.subtle !== undefined;
  const engine = secure && typeof DecompressionStream === "function";
  const decoder = document.documentElement.dataset.decoder === "yes" && typeof WebAssembly === "object" && typeof Worker === "function";
  const camera = decoder && navigator.mediaDevices?.getUserMedia !== undefined;
  return { secure, engine, decoder, camera };
}

/** The text of the page that says what it cannot do, or null. */
export function limitation({ secure, engine, decoder, camera }) {
  if (!secure) return "no_secure";
  if (!engine) return "no_engine";
  if (!decoder) return "no_decoder";
  return camera ? null : "no_camera_api";
}
