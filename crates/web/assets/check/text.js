// What all formats of the log write alike, and hashes. As crates/tlog reads them: one way to write each thing.
import { sha256 } from "./sha2.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

// Why something is refused; what it says is for people.
export class Fault extends Error {}

export function utf8(text) {
  return encoder.encode(text);
}

// The text of these bytes; null where they are not UTF-8.
export function readUtf8(bytes) {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

export function concat(...parts) {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((at, part) => {
    all.set(part, at);
    return at + part.length;
  }, 0);
  return all;
}

export function same(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

export function hash(...parts) {
  return sha256(concat(...parts));
}

export function toBase64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

// The bytes, if this is the one way to write them; else null.
export function fromBase64(text) {
  try {
    const raw = atob(text);
    return btoa(raw) === text ? Uint8Array.from(raw, (c) => c.charCodeAt(0)) : null;
  } catch {
    return null;
  }
}

// 32 bytes in base64; else null.
export function readHash(text) {
  const bytes = fromBase64(text);
  return bytes !== null && bytes.length === 32 ? bytes : null;
}

export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The number of 64 bits, if this is the one way to write it; else null.
export function decimal(text) {
  if (!/^(0|[1-9][0-9]{0,19})$/.test(text)) return null;
  const number = BigInt(text);
  return number < 2n ** 64n ? number : null;
}

export function bigEndian(bytes) {
  return bytes.length === 0 ? 0n : BigInt("0x" + toHex(bytes));
}

// Lines of a text that ends with a newline.
export function linesOf(text) {
  return text.split("\n").slice(0, -1);
}

// Lines one after the other: null where there is no further newline or the line is not UTF-8.
export class LineReader {
  constructor(bytes) {
    this.rest = bytes;
  }

  next() {
    const end = this.rest.indexOf(10);
    const line = end < 0 ? null : readUtf8(this.rest.subarray(0, end));
    if (line !== null) this.rest = this.rest.subarray(end + 1);
    return line;
  }
}
