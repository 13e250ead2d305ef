// Rounds of the beacon drand: a round is a BLS signature under a pinned key.
import { Difference } from "./difference.js";
import { bls12_381 } from "./bls12-381.js";
import { bytesOf } from "./ticket.js";
import { hash, toHex, utf8 } from "./text.js";

const CHAINS = {
  quicknet: {
    short: true,
    key: "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
    genesis: 1692803367,
    period: 3,
  },
  default: {
    short: false,
    key: "868f005eb8e6e4ca0a47c8a77ceaa5309a47978a7c71bc5cce96366b5d7a569937c529eeda66c7293784a9402801af31",
    genesis: 1595431050,
    period: 30,
  },
};

// When a round is due, in microseconds; none without such a chain or round.
export function roundAt({ chain, round }) {
  if (!Object.hasOwn(CHAINS, chain) || round < 1) return null;
  const { genesis, period } = CHAINS[chain];
  return (genesis + (round - 1) * period) * 1e6;
}

function decoded(round, what, text) {
  if (text.length % 2 !== 0 || !/^[0-9A-Fa-f]*$/.test(text)) throw unreadable(round, what, text);
  return text === "" ? new Uint8Array() : bytesOf(text);
}

function unreadable(round, what, text) {
  return new Difference(`种子不成立：drand第${round}轮的${what}“${text}”无法解析。请从公布页面原样复制十六进制文本`);
}

// The randomness of the round, SHA-256 of the signature, if the chain signed it.
export function randomness(chain, pulse) {
  const { short, key } = CHAINS[chain];
  const { round, previous_signature: previous } = pulse;
  const signature = decoded(round, "签名", pulse.signature);
  if ((previous !== undefined) === short) {
    throw new Difference(`种子不成立：drand第${round}轮${short ? "不应带有" : "缺少"}前一轮签名。请核对所选的链`);
  }
  const before = previous === undefined ? new Uint8Array() : decoded(round, "前一轮签名", previous);
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigUint64(0, BigInt(round));
  const scheme = short ? bls12_381.shortSignatures : bls12_381.longSignatures;
  const domain = utf8(`BLS_SIG_BLS12381G${short ? 1 : 2}_XMD:SHA-256_SSWU_RO_NUL_`);
  const Point = short ? bls12_381.G1.Point : bls12_381.G2.Point;
  let point;
  try {
    point = Point.fromBytes(signature);
  } catch {
    throw unreadable(round, "签名", pulse.signature);
  }
  const forged = new Difference(
    `种子不成立：drand第${round}轮的签名“${pulse.signature}”不是该链对这一轮的签名。请核对轮次和签名，不得使用无法验证的数值`,
  );
  try {
    point.assertValidity();
    if (scheme.verify(point, scheme.hash(hash(before, number), domain), bytesOf(key))) return toHex(hash(signature));
  } catch {
    throw forged;
  }
  throw forged;
}
