// The whole check, step by step, as docs/log.md lists them. It needs nothing but the two files.
import { Fault, toBase64, toHex } from "./text.js";
import { SM2 } from "./key.js";
import { signers } from "./checkpoint.js";
import { readPolicy, witnesses } from "./policy.js";
import { include, open, readProof } from "./proof.js";

// Steps in the order in which they are told: name, title, whether it held (null where it could not be tried), and what
// was found. The verdict is the name of the first step that did not hold, or `held`.
export function check(proofBytes, policyBytes) {
  const steps = [];
  const step = (name, title, needed, work) => {
    const told = { name, title, held: null, text: "前面的步骤未通过，无法进行" };
    steps.push(told);
    if (needed.includes(null)) return null;
    try {
      const [value, text] = work(...needed);
      told.held = true;
      told.text = text;
      return value;
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      told.held = false;
      told.text = fault.message;
      return null;
    }
  };
  const policy = step("policy", "读取信任策略", [], () => trusted(policyBytes));
  const proof = step("file", "读取证明文件", [], () => parsed(proofBytes));
  const opened = step("opening", "第1步 事项内容", [proof], opening);
  step("log", "第2步 日志的签名", [proof, policy], signed);
  step("witness", "第3步 见证人的签名", [proof, policy], witnessed);
  step("inclusion", "第4步 包含证明", [proof, opened], included);
  const failed = steps.find((told) => told.held !== true);
  return { verdict: failed ? failed.name : "held", steps, event: opened === null ? undefined : opened.event };
}

function trusted(bytes) {
  const policy = readPolicy(bytes);
  const names = policy.members.filter((member) => member.key).map((member) => member.name);
  const who = names.length > 0 ? `见证人${names.join("、")}` : "没有见证人";
  return [policy, `日志密钥${policy.logs.length}个，${who}；${demand(policy)}`];
}

function demand(policy) {
  if (policy.quorum === null) return "策略不要求见证";
  const member = policy.members[policy.quorum];
  if (member.key) return `须有${member.name}的见证`;
  return `“${member.name}”${member.places.length}个成员中须有${member.threshold}个见证`;
}

function parsed(bytes) {
  const proof = readProof(bytes);
  const { origin, size } = proof.checkpoint;
  return [proof, `日志“${origin}”共${size}条，事项序号${proof.index}（从0数起），包含证明${proof.hashes.length}个哈希值`];
}

function opening(proof) {
  const opened = open(proof.extra);
  return [opened, `由随机盐和事项内容算出条目${toHex(opened.entry)}，叶哈希${toBase64(opened.leaf)}`];
}

function signed(proof, policy) {
  const { checkpoint } = proof;
  const keys = policy.logs.filter((key) => key.name === checkpoint.origin);
  if (keys.length === 0) throw new Fault(`信任策略中没有名为“${checkpoint.origin}”的日志`);
  const verified = signers(checkpoint, keys).map(({ key }) => key);
  const left = keys.some((key) => key.kind === SM2) ? "；SM2签名在浏览器中不核验，可用命令行核验" : "";
  if (verified.length === 0) throw new Fault(`检查点没有可信密钥的签名${left}`);
  const others = checkpoint.signatures.filter((line) => line.name === checkpoint.origin).length - verified.length;
  const passed = others > 0 ? `；另有${others}个以日志名义的签名（如SM2）未在浏览器中核验` : "";
  return [true, `检查点由日志密钥${verified.map((key) => `${key.name}+${key.id}`).join("、")}签名${passed}`];
}

function witnessed(proof, policy) {
  const seen = witnesses(policy, proof.checkpoint);
  const each = seen.map(({ name, time }) => `${name}（${moment(time * 1000n)}）`).join("、");
  if (policy.quorum === null && seen.length === 0) return [true, "没有见证；策略不要求见证，所以只能信任日志自己"];
  return [true, `${each}见证了该检查点；${demand(policy)}，符合要求`];
}

function included(proof, opened) {
  include(proof, opened.leaf);
  return [true, `从该事项逐级算出的根哈希与检查点的根哈希相同：${toBase64(proof.checkpoint.root)}`];
}

// Beijing time of milliseconds since 1970; the number itself where no calendar reaches.
export function moment(milliseconds) {
  const date = new Date(Number(milliseconds) + 8 * 3600 * 1000);
  if (Number.isNaN(date.getTime())) return String(milliseconds);
  const two = (number) => String(number).padStart(2, "0");
  const day = `${date.getUTCFullYear()}年${date.getUTCMonth() + 1}月${date.getUTCDate()}日`;
  return `${day}${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
}
