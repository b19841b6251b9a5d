/**
 * Bounded zlib (RFC 1950) over DecompressionStream. Engines differ in what they make of bytes behind the end, so the
 * checksum is looked at here as well: it must be the last four bytes.
 */

/** The inflated bytes, or null: damaged, cut short, followed by something, empty, or more than `most`. */
export async function inflate(data, most) {
  const stream = new DecompressionStream("deflate");
  const writer = stream.writable.getWriter();
  // Both settle through the reader, which sees every fault; unhandled they would end a Node process.
  writer.write(data).catch(() => {});
  writer.close().catch(() => {});
  const reader = stream.readable.getReader();
  const parts = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > most) {
        await reader.cancel();
        return null;
      }
      parts.push(value);
    }
  } catch {
    return null;
  }
  const inflated = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    inflated.set(part, at);
    at += part.length;
  }
  const tail = data.subarray(-4).reduce((sum, byte) => sum * 256 + byte, 0);
  return length > 0 && data.length > 6 && tail === adler32(inflated) ? inflated : null;
}

function adler32(data) {
  let a = 1;
  let b = 0;
  for (let at = 0; at < data.length; ) {
    for (const end = Math.min(at + 3800, data.length); at < end; at++) {
      a += data[at];
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return b * 65536 + a;
}
