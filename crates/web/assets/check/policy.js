// Whom to trust (c2sp.org/tlog-policy): logs, witnesses, and how many of these must have seen a checkpoint.
import { Fault, decimal, readUtf8, same } from "./text.js";
import { WITNESS, readKey } from "./key.js";
import { signers } from "./checkpoint.js";

const MAX_POLICY_BYTES = 256 * 1024;

// Logs, members (witnesses and groups, a member always before its group) and the place of the quorum among them, null
// for none. All faults of the file are told at once.
export function readPolicy(bytes) {
  if (bytes.length > MAX_POLICY_BYTES) throw new Fault("信任策略第1行：文件过长");
  const policy = { logs: [], members: [], placed: new Set(), quorum: undefined, hasQuorum: false };
  const faults = [];
  let number = 0;
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(10, at);
    const end = newline < 0 ? bytes.length : newline;
    number += 1;
    try {
      readLine(policy, bytes.subarray(at, end), newline >= 0);
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      faults.push(`信任策略第${number}行：${fault.message}`);
    }
    at = end + 1;
  }
  if (!policy.hasQuorum) {
    faults.push(`信任策略第${Math.max(number, 1)}行：没有 quorum 一行；不要求见证时写 quorum none`);
  }
  if (faults.length > 0) throw new Fault(faults.join("\n"));
  return policy;
}

function readLine(policy, bytes, whole) {
  const text = readUtf8(bytes);
  if (text === null) throw new Fault("有控制字符，或者不是UTF-8编码");
  if (!whole) throw new Fault("末行没有换行，文件可能不完整");
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)) throw new Fault("有控制字符，或者不是UTF-8编码");
  const words = text.split(/[ \t]/).filter((word) => word !== "");
  const [first, ...rest] = words;
  if (words.length === 0 || first.startsWith("#")) return;
  if (first === "log" && (rest.length === 1 || rest.length === 2)) return addLog(policy, rest[0]);
  if (first === "witness" && (rest.length === 2 || rest.length === 3)) return addWitness(policy, ...rest);
  if (first === "group" && rest.length > 2) return addGroup(policy, ...rest);
  if (first === "quorum" && rest.length === 1) return setQuorum(policy, rest[0]);
  throw new Fault("写法有误；应为 log 密钥 [网址]、witness 名称 密钥 [网址]、group 名称 all|any|数 成员…、quorum 名称");
}

function keyFor(text, witness) {
  try {
    const key = readKey(text);
    if ((key.kind === WITNESS) === witness) return key;
    throw new Fault("密钥用途不符：日志用签名密钥，见证人用见证密钥");
  } catch (fault) {
    throw fault instanceof Fault ? new Fault(`密钥有误：${fault.message}`) : fault;
  }
}

function addLog(policy, text) {
  const key = keyFor(text, false);
  if (policy.logs.some((other) => same(other.material, key.material))) throw new Fault("同一密钥已在前面出现");
  policy.logs.push(key);
}

function addWitness(policy, name, text) {
  const key = keyFor(text, true);
  const known = policy.members.some((member) => member.key && same(member.key.material, key.material));
  if (known) throw new Fault("同一密钥已在前面出现");
  addMember(policy, { name, key });
}

function addGroup(policy, name, wanted, ...names) {
  const number = wanted === "all" ? BigInt(names.length) : wanted === "any" ? 1n : decimal(wanted);
  if (number === null || number < 1n || number > BigInt(names.length)) throw new Fault("所需数目应在1与成员数之间");
  const places = [];
  for (const member of names) {
    const place = placeOf(policy, member);
    if (policy.placed.has(place) || places.includes(place)) throw new Fault(`“${member}”已是某个分组的成员`);
    places.push(place);
  }
  addMember(policy, { name, threshold: Number(number), places });
  for (const place of places) policy.placed.add(place);
}

function setQuorum(policy, name) {
  if (policy.hasQuorum) throw new Fault("quorum 已在前面规定");
  policy.hasQuorum = true;
  policy.quorum = name === "none" ? null : placeOf(policy, name);
}

function addMember(policy, member) {
  const taken = member.name === "none" || policy.members.some((other) => other.name === member.name);
  if (taken) throw new Fault(`名称“${member.name}”已被使用`);
  policy.members.push(member);
}

function placeOf(policy, name) {
  const place = policy.members.findIndex((member) => member.name === name);
  if (place < 0) throw new Fault(`前面没有名为“${name}”的见证人或分组`);
  return place;
}

// The witnesses that cosigned, if they are enough.
export function witnesses(policy, checkpoint) {
  const seen = [];
  // Of each member, the fewest cosignatures that it still lacks.
  const lacking = [];
  for (const member of policy.members) {
    if (member.key) {
      const [verified] = signers(checkpoint, [member.key]);
      if (verified) seen.push({ name: member.name, time: verified.time });
      lacking.push(verified ? 0 : 1);
    } else {
      const each = member.places.map((place) => lacking[place]).sort((one, other) => one - other);
      lacking.push(each.slice(0, member.threshold).reduce((sum, number) => sum + number, 0));
    }
  }
  if (policy.quorum !== null && lacking[policy.quorum] > 0) {
    const missing = below(policy, policy.quorum).filter((name) => !seen.some((one) => one.name === name));
    throw new Fault(`见证不足：至少还差${lacking[policy.quorum]}个，尚无${missing.join("、")}的见证`);
  }
  return seen;
}

// Names of the witnesses of a member.
function below(policy, place) {
  const member = policy.members[place];
  return member.key ? [member.name] : member.places.flatMap((place) => below(policy, place));
}
