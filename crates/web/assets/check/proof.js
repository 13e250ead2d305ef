// Proof files (c2sp.org/tlog-proof): what they hold, the act in them, and whether its leaf is in the tree.
import { Fault, LineReader, concat, decimal, fromBase64, hash, readHash, readUtf8, same, utf8 } from "./text.js";
import { readCheckpoint } from "./checkpoint.js";

const HEADER = "c2sp.org/tlog-proof@v1";
const MAX_PROOF_BYTES = 2 * 1024 * 1024 + 256 * 1024;
const MAX_HASHES = 64;
const SALT_LENGTH = 32;
const ENTRY_VERSION = 1;
const ENTRY_DOMAIN = utf8("xingjian/entry/v1\0");
// As deep as the log's own program reads.
const MAX_DEPTH = 127;

export function isProof(bytes) {
  return new LineReader(bytes).next() === HEADER;
}

export function readProof(bytes) {
  if (bytes.length > MAX_PROOF_BYTES) throw new Fault(`证明文件长于${MAX_PROOF_BYTES}字节`);
  const lines = new LineReader(bytes);
  if (lines.next() !== HEADER) throw new Fault(`不是证明文件：第1行应为“${HEADER}”`);
  const noIndex = "证明文件缺少“index 序号”一行";
  let line = lines.next();
  let extra = null;
  if (line !== null && line.startsWith("extra ")) {
    extra = fromBase64(line.slice("extra ".length));
    if (extra === null || extra.length === 0) throw new Fault("证明文件第2行的附加内容不是Base64");
    line = lines.next();
  }
  const index = line !== null && line.startsWith("index ") ? decimal(line.slice("index ".length)) : null;
  if (index === null) throw new Fault(noIndex);
  const hashes = [];
  for (;;) {
    line = lines.next();
    if (line === "") break;
    const bytes = line === null ? null : readHash(line);
    if (line !== null && hashes.length === MAX_HASHES) throw new Fault(`包含证明多于${MAX_HASHES}行`);
    if (bytes === null) throw new Fault(`证明文件第${hashes.length + (extra === null ? 3 : 4)}行不是哈希值`);
    hashes.push(bytes);
  }
  return { extra, index, hashes, checkpoint: readCheckpoint(lines.rest) };
}

// Event, entry and leaf of the act that the file carries.
export function open(extra) {
  if (extra === null) throw new Fault("证明文件不含事项内容，须另行提供条目");
  if (extra.length < SALT_LENGTH) throw new Fault(`附加内容短于${SALT_LENGTH}字节`);
  const event = readEvent(extra.subarray(SALT_LENGTH));
  const entry = concat([ENTRY_VERSION], hash(ENTRY_DOMAIN, extra));
  return { event, entry, leaf: hash([0], entry) };
}

// Canonical JSON (RFC 8785) without floats and integers beyond 2^53, so that no two readers understand it differently.
function readEvent(bytes) {
  const refused = new Fault("事项内容不是规范化的JSON");
  const text = readUtf8(bytes);
  if (text === null) throw refused;
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw refused;
  }
  if (canonical(value, 0) !== text) throw refused;
  return value;
}

// The one way to write a value; null where there is none.
function canonical(value, depth) {
  if (typeof value === "string") return /\p{Surrogate}/u.test(value) ? null : JSON.stringify(value);
  if (typeof value === "number") {
    return Number.isInteger(value) && Math.abs(value) <= 2 ** 53 ? String(value) : null;
  }
  if (value === null || typeof value === "boolean") return String(value);
  if (depth === MAX_DEPTH) return null;
  const parts = Array.isArray(value)
    ? value.map((item) => canonical(item, depth + 1))
    : Object.keys(value).sort().map((name) => {
        const [left, right] = [canonical(name, depth), canonical(value[name], depth + 1)];
        return left === null || right === null ? null : `${left}:${right}`;
      });
  if (parts.includes(null)) return null;
  return Array.isArray(value) ? `[${parts.join(",")}]` : `{${parts.join(",")}}`;
}

// RFC 9162 section 2.1.3.2: the root that a leaf at this index leads to is that of the checkpoint.
export function include(proof, leaf) {
  const { index, hashes, checkpoint } = proof;
  const { size, root } = checkpoint;
  if (index >= size) throw new Fault(`序号${index}不在共${size}条的日志之内`);
  const expected = steps(index, size - 1n);
  if (hashes.length !== expected) throw new Fault(`证明应有${expected}个哈希值，实有${hashes.length}个`);
  let [node, last, sum] = [index, size - 1n, leaf];
  for (const sibling of hashes) {
    if (node % 2n === 1n || node === last) {
      sum = hash([1], sibling, sum);
      while (node % 2n === 0n && node !== 0n) [node, last] = [node / 2n, last / 2n];
    } else {
      sum = hash([1], sum, sibling);
    }
    [node, last] = [node / 2n, last / 2n];
  }
  if (!same(sum, root)) throw new Fault("证明算出的根哈希与日志的根哈希不同");
}

// How many siblings there are on the way from a leaf to the root.
function steps(node, last) {
  let count = 0;
  for (; last > 0n; [node, last] = [node / 2n, last / 2n]) {
    if (node % 2n === 1n || node !== last) count += 1;
  }
  return count;
}
