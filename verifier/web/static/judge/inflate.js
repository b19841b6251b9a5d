/**
 * Bounded zlib (RFC 1950) over DecompressionStream. Some engines overlook bytes behind the end of the stream; so the
 * same bytes without the last one must be cut short.
 */

/** The inflated bytes, or null: damaged, cut short, followed by something, empty, or more than `most`. */
export async function inflate(data, most) {
  const inflated = await whole(data, most);
  if (inflated === null || inflated.length === 0) return null;
  return (await whole(data.subarray(0, -1), most)) === null ? inflated : null;
}

async function whole(data, most) {
  const stream = new DecompressionStream("deflate");
  const writer = stream.writable.getWriter();
  // Faults arrive at the reader; here they would only be reported a second time.
  writer.write(data).catch(() => {});
  writer.close().catch(() => {});
  const reader = stream.readable.getReader();
  const parts = [];
  let length = 0;
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      length += read.value.length;
      if (length > most) {
        await reader.cancel();
        return null;
      }
      parts.push(read.value);
    }
  } catch {
    return null;
  }
  const joined = new Uint8Array(length);
  parts.reduce((at, part) => {
    joined.set(part, at);
    return at + part.length;
  }, 0);
  return joined;
}
