// Verifier keys (c2sp.org/signed-note) and Ed25519 as the log's own program verifies it. SM2 keys are read, and their
// signatures passed over.
import { sha512 } from "./sha2.js";
import { Point } from "./noble-ed25519.js";
import { Fault, bigEndian, concat, fromBase64, hash, same, toHex, utf8 } from "./text.js";

export const LOG = "ed25519";
export const WITNESS = "cosignature";
export const SM2 = "sm2";

const SM2_PREFIX = concat([0xff], utf8("xingjian/sm2-sm3/v1"));
const TYPES = [[LOG, Uint8Array.of(1)], [WITNESS, Uint8Array.of(4)], [SM2, SM2_PREFIX]];

// What Unicode calls white space, the plus sign and control characters stand in no name.
const NOT_IN_NAME = /[\u0000-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000+]/;

export function isName(name) {
  return name !== "" && !NOT_IN_NAME.test(name);
}

// name+id+base64(type and public key)
export function readKey(text) {
  const first = text.indexOf("+");
  const second = first < 0 ? -1 : text.indexOf("+", first + 1);
  if (second < 0) throw new Fault("密钥的写法应为“名称+8位十六进制标识+Base64内容”");
  const [name, id] = [text.slice(0, first), text.slice(first + 1, second)];
  const encoded = fromBase64(text.slice(second + 1));
  if (!/^[0-9a-f]{8}$/.test(id) || encoded === null) {
    throw new Fault("密钥的写法应为“名称+8位十六进制标识+Base64内容”");
  }
  const type = TYPES.find(([, prefix]) => same(encoded.subarray(0, prefix.length), prefix));
  if (type === undefined) throw new Fault("不认识的签名算法");
  const [kind, prefix] = type;
  const material = encoded.subarray(prefix.length);
  if (kind === SM2 ? !isOnSm2(material) : readPoint(material) === null) {
    throw new Fault("密钥内容不是该签名算法的密钥");
  }
  if (!isName(name)) throw new Fault("密钥名称为空，或者含有空格、加号、控制字符");
  if (toHex(hash(utf8(name), [10], encoded).subarray(0, 4)) !== id) throw new Fault("密钥标识与名称、内容不符");
  return { name, id, kind, material };
}

function readPoint(bytes) {
  try {
    return Point.fromBytes(bytes, true);
  } catch {
    return null;
  }
}

// Whether it is 0x04, x and y of a point of the curve of GB/T 32918.5.
function isOnSm2(bytes) {
  if (bytes.length !== 65 || bytes[0] !== 4) return false;
  const p = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn;
  const b = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n;
  const [x, y] = [bigEndian(bytes.subarray(1, 33)), bigEndian(bytes.subarray(33))];
  return x < p && y < p && (y * y - (x * x * x - 3n * x + b)) % p === 0n;
}

const ORDER = Point.CURVE().n;

// The strict rule: S below the order, R as its one encoding, neither R nor the key of small order, no cofactor.
export function verifies(signature, message, material) {
  const key = readPoint(material);
  if (signature.length !== 64 || key === null) return false;
  const s = bigEndian(signature.slice(32).reverse());
  if (s >= ORDER || key.isSmallOrder()) return false;
  const challenge = bigEndian(sha512(concat(signature.subarray(0, 32), material, message)).reverse()) % ORDER;
  const r = Point.BASE.multiply(s, false).add(key.multiply(challenge, false).negate());
  return !r.isSmallOrder() && same(r.toBytes(), signature.subarray(0, 32));
}
