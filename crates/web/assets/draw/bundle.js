// A bundle checked whole: that the log has its documents, and that everything follows from what was fixed before the seed.
import { againstPrevious, committed, lawfulPlan } from "./base.js";
import { signers } from "./checkpoint.js";
import { compute, publicSeed, wholeSeed } from "./compute.js";
import { Difference, same } from "./difference.js";
import { canonical } from "./order.js";
import { readPolicy, witnesses } from "./policy.js";
import { include, open, readProof } from "./proof.js";
import { first } from "./seed.js";
import { select } from "./select.js";
import { Unreadable, readBundle, readFile } from "./shape.js";
import { NAMES, afterDrawing, linked, missing, once, ordered } from "./steps.js";
import { Shortage, assign } from "./team.js";
import { Fault, readUtf8, same as sameBytes, utf8 } from "./text.js";

const FORMAT = "xingjian/draw-bundle/v1";

// Whether bytes are a bundle if they are anything that is checked here: JSON, which proofs and policies are not.
export function isBundle(bytes) {
  return bytes.length > 0 && bytes[0] === 123;
}

function parsed(bytes) {
  const text = readUtf8(bytes);
  if (text === null) throw new Unreadable("文件不是UTF-8文本");
  try {
    return JSON.parse(text);
  } catch {
    throw new Unreadable("文件不是JSON，或者不完整");
  }
}

// The public file of an earlier draw: from its bundle, or alone.
function parsePrevious(bytes) {
  const value = parsed(bytes);
  return value !== null && Object.hasOwn(value, "steps") ? readBundle(value).file : readFile(value);
}

// Verdict, what was checked with numbers, and the first difference in words. `verdict` is `unreadable`, `differs`,
// `computed`, `steps` (there is no file yet), `stopped` or `shortage`. A policy that is not one's own proves nothing.
export function checkBundle(bytes, previousBytes, policyBytes, ownPolicy = true) {
  const told = [];
  const tell = (name, text, held = true) => told.push({ name, held, text });
  let bundle = null;
  try {
    bundle = readBundle(parsed(bytes));
    const previous = previousBytes ? parsePrevious(previousBytes) : undefined;
    return { told, bundle, ...checked(bundle, previous, { bytes: policyBytes, own: ownPolicy }, tell) };
  } catch (error) {
    if (error instanceof Unreadable) return { verdict: "unreadable", told, bundle: null, text: error.message };
    if (error instanceof Difference) return { verdict: "differs", told, bundle, text: error.message };
    throw error;
  }
}

function checked(bundle, previous, trusted, tell) {
  const { draw, file, opened } = bundle;
  if (bundle.format !== FORMAT) {
    throw new Difference(`抽查核验包的格式是“${bundle.format}”，本程序只认“${FORMAT}”。请取得本格式的文件，或者使用新版程序`);
  }
  proven(bundle, trusted, tell);
  const documents = bundle.steps.map((step) => step.document);
  if (file) {
    if (file.freeze.draw !== draw) {
      throw new Difference(`抽查核验包的编号是“${draw}”，所附公开文件却是抽查“${file.freeze.draw}”的。请取得同一次抽查的文件`);
    }
    return { verdict: "computed", text: "", found: compute(file, documents, previous, tell) };
  }
  const course = courseOf(draw, documents);
  tell("程序步骤", `${course.own}份文件，各步齐全、先后正确`);
  if (!course.stop) return { verdict: "steps", text: "" };
  if (course.stop.reason !== "shortage") return { verdict: "stopped", text: "" };
  if (!opened) throw new Difference(`抽查“${draw}”因检查组无法组成而终止，核验包中却没有名录，无法核算。请取得完整的核验包`);
  shortage(course, opened, previous, tell);
  return { verdict: "shortage", text: "" };
}

// The proofs of the documents, by a policy of one's own or by that of the bundle.
function proven(bundle, trusted, tell) {
  let policy = trusted.bytes ? readPolicy(trusted.bytes) : null;
  if (policy === null && bundle.policy !== undefined) {
    try {
      policy = readPolicy(utf8(bundle.policy));
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      throw new Difference(`抽查核验包所附的信任策略有误：${fault.message}。请另行给出信任策略`);
    }
  }
  const name = "日志证明";
  const with_ = bundle.steps.filter((step) => step.proof !== undefined).length;
  if (with_ === 0) return tell(name, `${bundle.steps.length}份文件都没有附日志证明，未检查是否在日志中`, false);
  if (policy === null) throw new Difference("抽查核验包附有日志证明，却没有信任策略，无法检查。请给出信任策略");
  const seen = { origin: null, index: null, roots: new Map() };
  bundle.steps.forEach(({ document, proof }, at) => {
    if (proof === undefined) return;
    const wrong = prove(document, proof, policy, seen);
    if (wrong) throw new Difference(`第${at + 1}份文件“${NAMES[document.step]}”的日志证明不成立：${wrong}。不能采信`);
  });
  const own = Boolean(trusted.bytes) && trusted.own;
  const from = trusted.bytes ? "本网站" : "核验包";
  const whose = own ? "信任策略由核验人给出" : `信任策略取自${from}，只说明它与自己一致`;
  tell(name, `${with_}/${bundle.steps.length}份文件在日志${seen.origin}中，依次排列；${whose}`, own && with_ === bundle.steps.length);
}

// What work gives, null where it is refused.
function attempt(work) {
  try {
    return work();
  } catch (fault) {
    if (fault instanceof Fault) return null;
    throw fault;
  }
}

function prove(document, text, policy, seen) {
  const proof = attempt(() => readProof(utf8(text)));
  if (proof === null) return "证明文件的格式有误";
  const opened = attempt(() => open(proof.extra));
  if (opened === null) return "没有事项内容，或者内容不是规范化的JSON";
  const { event } = opened;
  const shown = event !== null && typeof event === "object" && typeof event.kind === "string" && event.kind.endsWith(".shown");
  if (!shown || canonical(event.data ?? null) !== canonical(document)) return "日志中的事项不是这份文件";
  const { checkpoint, index } = proof;
  const keys = policy.logs.filter((key) => key.name === checkpoint.origin);
  const signed = attempt(() => signers(checkpoint, keys));
  if (signed === null || signed.length === 0) return "检查点没有可信日志的有效签名";
  if (attempt(() => witnesses(policy, checkpoint)) === null) return "检查点的见证不足，或者见证签名有误";
  if (attempt(() => include(proof, opened.leaf) ?? true) === null) return "条目不在检查点的日志中";
  const root = seen.roots.get(checkpoint.size);
  if ((seen.origin ?? checkpoint.origin) !== checkpoint.origin || (root && !sameBytes(root, checkpoint.root))) {
    return "与前面的证明不是出自同一份日志";
  }
  seen.origin = checkpoint.origin;
  seen.roots.set(checkpoint.size, checkpoint.root);
  if (seen.index !== null && index <= seen.index) return "在日志中不在前一份文件之后";
  seen.index = index;
  return null;
}

// The steps of a draw that has no public file.
function courseOf(draw, documents) {
  linked(draw, documents);
  const own = documents.filter((document) => document.draw === draw);
  const freeze = once(draw, own, "frozen", true);
  if (once(draw, own, "released", false)) {
    throw new Difference(`抽查“${draw}”的名单已经公开，核验包中却没有公开文件。请取得完整的核验包`);
  }
  const [seeded, drawn, stopped] = ["seeded", "drawn", "stopped"].map((step) => once(draw, own, step, false));
  if (drawn && !seeded) throw missing(draw, NAMES.seeded);
  if (drawn && stopped) throw new Difference(`抽查“${draw}”已经终止，不应有结果`);
  ordered(draw, [freeze, seeded, drawn, stopped].filter((step) => step !== null));
  afterDrawing(draw, own);
  const [plan, seeding, drawing, stop] = [freeze, seeded, drawn, stopped].map((step) => step && step.document);
  lawfulPlan(plan);
  if (seeding) publicSeed(plan, seeding);
  if (drawing) {
    const sum = (name) => drawing.sizes.reduce((total, size) => total + size[name], 0);
    same("抽取公告的对象数", sum("objects"), plan.counts.objects);
    same("抽取公告的抽中数", sum("drawn"), drawing.objects);
  }
  const earliest = first(plan.sources);
  if (stop && stop.reason === "withdrawn" && earliest !== null && stop.at >= earliest) {
    throw new Difference("终止：种子来源已经产生，不得撤回");
  }
  return { own: own.length, freeze: plan, seeding, stop };
}

// That no teams could be formed, computed again.
function shortage({ freeze, seeding, stop }, { bases, salt, nonce }, previous, tell) {
  const { draw, rules } = freeze;
  committed(freeze, bases, salt, nonce, tell);
  againstPrevious(freeze, bases, previous);
  if (!seeding) throw missing(draw, NAMES.seeded);
  const seed = wholeSeed(seeding.public, nonce);
  const { drawn } = select(draw, seed, rules, bases.objects);
  let found = null;
  try {
    assign(draw, seed, rules, bases, drawn.map(({ object }) => object));
  } catch (error) {
    if (!(error instanceof Shortage)) throw error;
    found = error;
  }
  if (found === null) {
    throw new Difference(`抽查“${draw}”以检查组无法组成为由终止，按公布的名录和种子却可以组成。终止没有依据，不能采信`);
  }
  same("终止的理由", freeze.sealed ? found.summary : found.message, stop.text);
  tell("检查组", `重新计算：抽中${drawn.length}家对象，检查组无法组成`);
}
