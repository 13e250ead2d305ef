// What a bundle may hold (docs/draw.md): read strictly into plain values with known fields only, in one order.
import { compare } from "./order.js";

// Not of the form that a bundle has.
export class Unreadable extends Error {}

function refuse(path, wanted) {
  throw new Unreadable(`${path || "文件"}：应为${wanted}`);
}

function matching(pattern, wanted) {
  return (value, path) => {
    if (typeof value !== "string" || !pattern.test(value)) refuse(path, wanted);
    return value;
  };
}

function integer(least, most) {
  return (value, path) => {
    if (!Number.isInteger(value) || value < least || value > most) refuse(path, `${least}至${most}的整数`);
    return value;
  };
}

function text(value, path) {
  if (typeof value !== "string" || /\p{Surrogate}/u.test(value)) refuse(path, "文字");
  return value;
}

function bool(value, path) {
  if (typeof value !== "boolean") refuse(path, "true或false");
  return value;
}

function list(item) {
  return (value, path) => {
    if (!Array.isArray(value)) refuse(path, "列表");
    return value.map((one, at) => item(one, `${path}[${at}]`));
  };
}

function tuple(count, item) {
  const read = list(item);
  return (value, path) => {
    if (!Array.isArray(value) || value.length !== count) refuse(path, `${count}项`);
    return read(value, path);
  };
}

// A sorted set of texts.
function set(value, path) {
  return [...new Set(list(text)(value, path))].sort(compare);
}

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

// Names are kept sorted; an object without a prototype has no name of its own.
function map(key, item) {
  return (value, path) => {
    if (!isObject(value)) refuse(path, "对象");
    const made = Object.create(null);
    for (const name of Object.keys(value).sort(compare)) made[key(name, path)] = item(value[name], `${path}.${name}`);
    return made;
  };
}

// Fields by their names; those under `optional` may be missing or null and are then left out.
function record(fields, optional = {}) {
  return (value, path) => {
    if (!isObject(value)) refuse(path, "对象");
    const made = Object.create(null);
    for (const [name, read] of Object.entries(fields)) made[name] = read(value[name], path ? `${path}.${name}` : name);
    for (const [name, read] of Object.entries(optional)) {
      if (value[name] !== undefined && value[name] !== null) made[name] = read(value[name], `${path}.${name}`);
    }
    return made;
  };
}

function tagged(tag, variants) {
  return (value, path) => {
    if (!isObject(value) || !Object.hasOwn(variants, value[tag])) refuse(`${path}.${tag}`, Object.keys(variants).join("、"));
    const made = variants[value[tag]](value, path);
    made[tag] = value[tag];
    return made;
  };
}

function oneOf(...words) {
  return (value, path) => (words.includes(value) ? value : refuse(path, words.join("、")));
}

function date(value, path) {
  const parts = typeof value === "string" && /^(\d{4})-(\d\d)-(\d\d)$/.exec(value);
  const day = parts && new Date(`${value}T00:00:00Z`);
  if (!parts || Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== value) refuse(path, "日期");
  return value;
}

function fraction(value, path) {
  const parts = typeof value === "string" && /^(0|[1-9]\d{0,14})\/([1-9]\d{0,14})$/.exec(value);
  const gcd = (a, b) => (b === 0 ? a : gcd(b, a % b));
  if (!parts || Number(parts[1]) > Number(parts[2]) || gcd(Number(parts[1]), Number(parts[2])) !== 1) refuse(path, "最简分数");
  return value;
}

const LARGEST = 2 ** 53;
const count = integer(0, LARGEST);
const at = integer(-LARGEST, LARGEST);
const rate = integer(0, 1_000_000);
const digest = matching(/^[0-9a-f]{64}$/, "64位小写十六进制数");
const drawId = matching(/^[A-Za-z0-9._-]{1,64}$/, "抽查编号");
const person = record({ name: text, department: text });
const object = record({ grade: text, id: text, kind: text, risk: text, unit: text });
const excluded = record({ id: text, reason: text });
const officer = record({
  available: bool, certified: bool, department: text, first_line: bool, pseudonym: text, record: digest, specialties: set,
  unit: text,
});
const exception = record({ object: text, officer: text, reason: digest });
const bases = record({
  objects: list(object), excluded: list(excluded), officers: list(officer), exceptions: list(exception),
});
const stratum = record({ grade: text, risk: text, rate, at_least: integer(0, 2 ** 32 - 1) });
const seat = record({ department: text }, { specialty: text });
const rules = record(
  {
    period: tuple(2, date), strata: list(stratum), seats: map(text, list(seat)), items: map(text, list(text)),
    crossing: bool, first_line: rate, leave_days: integer(0, 2 ** 32 - 1),
  },
  { most: integer(0, 2 ** 32 - 1) },
);
const sources = record({}, {
  ceremony: record({ place: text, at, digits: integer(0, 65535) }),
  lottery: record({ name: text, issue: text, at }),
  drand: record({ chain: text, round: count }),
  reveals: record({ due: at, commitments: map(text, digest) }),
});
const pulse = record({ round: count, signature: text }, { previous_signature: text });
const entered = (value) => tuple(2, record({ person: text, department: text, at, value }));
const said = record({}, {
  ceremony: entered(text),
  lottery: entered(text),
  drand: entered(pulse),
  reveals: (value, path) => {
    const shown = map(text, record({ value: digest, salt: digest, at }))(value, path);
    return Object.keys(shown).length > 0 ? shown : undefined;
  },
});
const contributions = (value, path) => {
  const read = said(value, path);
  if (read.reveals === undefined) delete read.reveals;
  return read;
};
const origin = tagged("origin", {
  plan: record({}),
  extension: record({ of: drawId, because_of: list(text) }),
  redraw: record({ of: drawId, reason: text }),
});
const freeze = record(
  {
    draw: drawId, task: text, origin, algorithm: text, rules,
    bases: record({ objects: digest, excluded: digest, officers: digest, exceptions: digest }),
    counts: record({ objects: count, excluded: count, officers: count, exceptions: count }),
    sources, at,
  },
  { sealed: record({ nonce: digest, release: date }) },
);
const seeding = record({ draw: drawId, said: contributions, public: text, at });
const inclusion = (value, path) => (value === undefined || value === null ? null : fraction(value, path));
const size = record({ stratum: text, objects: count, drawn: count, inclusion });
const worded = record({ text });
const stopReason = tagged("reason", { reveal: worded, withdrawn: worded, source_failed: worded, shortage: worded });
const stopFields = record({ draw: drawId, at });
const document = tagged("step", {
  frozen: freeze,
  seeded: seeding,
  stopped: (value, path) => Object.assign(stopReason(value, path), stopFields(value, path)),
  drawn: record({ draw: drawId, sizes: list(size), objects: count, officers: count, result: digest, at }),
  released: record({ draw: drawId, salt: digest, at }, { nonce: digest }),
  officer_changed: record({
    draw: drawId, object: text, seat: count, from: text, to: text, reason: text, proposed_by: person,
    approved_by: person, at,
  }),
  recorded: record({
    draw: drawId, object: text, officers: list(text), at,
    result: oneOf("nothing_found", "correction_ordered", "to_be_handled", "refused", "no_such_business", "not_found", "closed"),
  }),
});
const file = record(
  {
    format: text, freeze, salt: digest, bases, seeding,
    drawn: list(record({ object: text, officers: list(text), stratum: text, ticket: text })),
  },
  { nonce: digest },
);
const opened = record({ salt: digest, bases }, { nonce: digest });
const bundle = record(
  { format: text, draw: drawId, steps: list(record({ document }, { proof: text })) },
  { file, opened, policy: text },
);

export function readBundle(value) {
  return bundle(value, "");
}

export function readFile(value) {
  return file(value, "");
}
