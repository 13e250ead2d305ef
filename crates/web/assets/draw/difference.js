// The first thing that does not agree, in the words of the command line.
import { canonical, compare } from "./order.js";

export class Difference extends Error {}

const CHANGED = "公开文件或者日志被改动过，不能采信";

function shown(value) {
  if (value === null || value === undefined) return "无";
  return typeof value === "string" ? value : canonical(value);
}

function isObject(value) {
  return value !== null && typeof value === "object";
}

// The first place at which two values differ, as deep as their forms agree.
export function same(what, computed, published) {
  if (canonical(computed ?? null) === canonical(published ?? null)) return;
  let [path, one, other] = ["", computed ?? null, published ?? null];
  while (isObject(one) && isObject(other) && Array.isArray(one) === Array.isArray(other)) {
    const [left, right] = [one, other];
    if (Array.isArray(left) && left.length !== right.length) break;
    const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
    if (!Array.isArray(left)) names.sort(compare);
    const name = names.find((name) => canonical(left[name] ?? null) !== canonical(right[name] ?? null));
    if (name === undefined) break;
    path += Array.isArray(left) ? `[${name}]` : `.${name}`;
    [one, other] = [left[name] ?? null, right[name] ?? null];
  }
  throw new Difference(`${what}${path}：公布的是“${shown(other)}”，重新计算得到“${shown(one)}”。${CHANGED}`);
}

// The first row at which two lists differ, or where one ends.
export function sameRows(what, computed, published) {
  const length = Math.max(computed.length, published.length);
  for (let at = 0; at < length; at += 1) same(`${what}第${at + 1}行`, computed[at], published[at]);
}

// Place, value, reason and mend; a long value is cut, control characters are shown as □.
export function fault(place, value, reason, mend) {
  const letters = Array.from(value);
  const cut = letters.length > 60 ? `${letters.slice(0, 60).join("")}…` : value;
  const safe = cut.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, "□");
  return `${place}：${safe === "" ? "" : `“${safe}”`}${reason}。${mend}`;
}

export function unlawful(text) {
  return new Difference(`方案或者名录不合规定：${text}`);
}

// Local time of microseconds since 1970.
export function instant(micros) {
  const date = new Date(Math.floor(micros / 1000) + 8 * 3600 * 1000);
  if (Number.isNaN(date.getTime())) return "1970-01-01 08:00:00";
  return date.toISOString().slice(0, 19).replace("T", " ");
}
