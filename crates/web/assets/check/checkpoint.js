// Signed notes and checkpoints (c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature).
import { Fault, bigEndian, concat, decimal, fromBase64, linesOf, readHash, readUtf8, toHex, utf8 } from "./text.js";
import { SM2, WITNESS, isName, verifies } from "./key.js";

const MAX_NOTE_BYTES = 256 * 1024;
const MAX_SIGNATURES = 64;
const DASH = "\u2014 ";

// Origin, size and root, with the text that is signed and the signatures; nothing is verified by reading it.
export function readCheckpoint(bytes) {
  if (bytes.length > MAX_NOTE_BYTES) throw new Fault("检查点长于262144字节");
  const all = readUtf8(bytes);
  // Control characters but newline.
  if (all === null || /[\u0000-\u0009\u000b-\u001f]/.test(all)) {
    throw new Fault("检查点有控制字符或者不是UTF-8编码");
  }
  const at = all.lastIndexOf("\n\n");
  if (at < 0) throw new Fault("检查点缺少正文，或者正文与签名之间没有空行");
  const text = all.slice(0, at + 1);
  const signatures = readSignatures(all.slice(at + 2));
  const lines = linesOf(text);
  if (lines.includes("")) throw new Fault(`检查点第${lines.indexOf("") + 1}行为空`);
  if (lines.length < 3) throw new Fault("检查点不足三行（日志名称、条目数、根哈希）");
  const [origin, size, root] = [lines[0], decimal(lines[1]), readHash(lines[2])];
  if (size === null) throw new Fault("检查点第2行不是条目数");
  if (root === null) throw new Fault("检查点第3行不是根哈希");
  return { origin, size, root, text, signatures };
}

function readSignatures(text) {
  const lines = linesOf(text);
  if (lines.length === 0 || !text.endsWith("\n")) throw new Fault("检查点的末行不是完整的签名");
  if (lines.length > MAX_SIGNATURES) throw new Fault("检查点的签名多于64个");
  return lines.map((line) => {
    const space = line.indexOf(" ", DASH.length);
    const [name, bytes] = [line.slice(DASH.length, space), fromBase64(line.slice(space + 1))];
    if (!line.startsWith(DASH) || space < 0 || !isName(name) || bytes === null || bytes.length < 5) {
      throw new Fault("检查点的签名写法有误（应为“— 名称 Base64”）");
    }
    return { name, id: toHex(bytes.subarray(0, 4)), bytes: bytes.subarray(4) };
  });
}

// Those of these keys that signed, with the time of a cosignature. A line that names a known key and is not of it
// refuses the whole. SM2 lines are passed over.
export function signers(checkpoint, keys) {
  const verified = [];
  for (const key of keys.filter((key) => key.kind !== SM2)) {
    for (const line of checkpoint.signatures.filter((line) => line.name === key.name && line.id === key.id)) {
      const time = key.kind === WITNESS ? bigEndian(line.bytes.subarray(0, 8)) : null;
      if (!isOf(key, line, time, checkpoint.text)) {
        throw new Fault(`署名“${key.name}”的签名不是该密钥所签，或者正文被改动`);
      }
      if (!verified.some((other) => other.key === key)) verified.push({ key, time });
    }
  }
  return verified;
}

function isOf(key, line, time, text) {
  if (key.kind !== WITNESS) return verifies(line.bytes, utf8(text), key.material);
  if (line.bytes.length !== 72 || time >= 2n ** 63n) return false;
  return verifies(line.bytes.subarray(8), concat(utf8(`cosignature/v1\ntime ${time}\n`), utf8(text)), key.material);
}
