// Ticket numbers by Rivest's consistent sampler, and commitments (docs/draw.md).
import { canonical } from "./order.js";
import { hash, toHex, utf8 } from "./text.js";

const HEAD = 10n ** 19n;

// The digits after `0.` of the ticket of each id, under a whole seed text.
export class Sampler {
  constructor(tag, draw, seed) {
    this.absorbed = utf8(toHex(hash(utf8(`${tag}|${draw}|${seed}`))));
  }

  digits(id) {
    const number = BigInt(`0x${toHex(hash(this.absorbed, utf8(id)))}`);
    return Array.from(number.toString().padStart(64, "0")).reverse().join("");
  }
}

// One of `count` places: the whole part of `count` times the first 19 digits.
export function placeAmong(digits, count) {
  return Number((BigInt(digits.slice(0, 19)) * BigInt(count)) / HEAD);
}

export function isBelow(digits, millionths) {
  return Number(digits.slice(0, 6)) < millionths;
}

// Texts of digits in their order.
export function byDigits(one, other) {
  return one < other ? -1 : one > other ? 1 : 0;
}

export function bytesOf(hex) {
  return Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
}

// SHA-256(domain, 0, salt, canonical form).
export function commit(domain, salt, value) {
  return toHex(hash(utf8(`${domain}\0`), bytesOf(salt), utf8(canonical(value))));
}

export function commitRows(domain, salt, rows) {
  const lines = rows.map((row) => `${canonical(row)}\n`).join("");
  return toHex(hash(utf8(`${domain}\0`), bytesOf(salt), utf8(lines)));
}
