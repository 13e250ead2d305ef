// The page around the checks: files, chosen, dropped or named in the address, and what was found. A bundle of a draw is
// known by what is in it.
import { check } from "./verify.js";
import { isProof } from "./proof.js";
import { Fault } from "./text.js";
import { rows } from "./event.js";
import { checkBundle, isBundle } from "./bundle.js";
import { shown } from "./result.js";

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_BUNDLE_BYTES = 512 * 1024 * 1024;
const given = { proof: null, policy: null, bundle: null, previous: null };
// Whether the policy came from this site, by the address, and not from whoever checks.
let policyOfSite = false;
const at = (id) => document.getElementById(id);

function element(name, text, style) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (style) made.className = style;
  return made;
}

// What went wrong before there was anything to check.
function tell(text) {
  at("check-told").textContent = text;
}

function take(role, name, bytes, ofSite = false) {
  given[role] = bytes;
  if (role === "policy") policyOfSite = ofSite;
  at(`check-${role}-name`).textContent = `已读入：${name}`;
  show();
}

function show() {
  const place = at("check-result");
  place.replaceChildren();
  if (given.bundle !== null) {
    place.append(element("p", "正在核验……", "lead"));
    // After the words are on the screen: a large draw takes some seconds.
    setTimeout(() => {
      place.replaceChildren(...drawn(given.bundle, given.previous, given.policy));
    });
    return;
  }
  if (given.proof === null || given.policy === null) return;
  const found = check(given.proof, given.policy);
  const held = found.verdict === "held";
  const failed = found.steps.find((step) => step.name === found.verdict);
  const verdict = element("section", undefined, held ? "card verified" : "card unverified");
  verdict.append(
    element("h2", held ? "✓ 核验通过" : `✗ 核验未通过：${failed.title}`),
    element("p", held
      ? "下列内容确在日志之中，日志的检查点由所信任的日志签名，见证符合信任策略的要求。"
      : "不能据此相信文件所载的内容。可能是文件不完整、被改动，也可能是信任策略与该日志不对应。"),
  );
  const steps = element("ol", undefined, "check-steps");
  for (const step of found.steps) {
    const mark = step.held === true ? "✓" : step.held === false ? "✗" : "–";
    const item = element("li", undefined, step.held === true ? "held" : step.held === false ? "failed" : "skipped");
    item.append(element("b", `${mark} ${step.title}`), element("span", step.text));
    steps.append(item);
  }
  verdict.append(steps);
  place.append(verdict);
  if (found.event !== undefined) place.append(content(found.event, held));
}

function content(event, held) {
  const section = element("section", undefined, "card");
  section.append(element("h2", held ? "事项内容" : "文件所载的内容（未经证实）"));
  const list = element("dl");
  for (const [label, text] of rows(event)) list.append(element("dt", label), element("dd", text));
  section.append(list);
  return section;
}

// A policy of one's own that cannot be read is told, not passed over.
function drawn(bundle, previous, policy) {
  try {
    return shown(checkBundle(bundle, previous, policy, !policyOfSite));
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    return [element("p", fault.message, "card unverified")];
  }
}

async function read(files, role) {
  tell("");
  for (const file of files) {
    const ofDraw = isBundle(new Uint8Array(await file.slice(0, 4096).arrayBuffer())) || role === "previous";
    if (file.size > (ofDraw ? MAX_BUNDLE_BYTES : MAX_BYTES)) {
      tell(`“${file.name}”太大（${file.size}字节），不是证明文件、信任策略或者抽查核验包`);
      continue;
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    const kind = ofDraw ? "bundle" : isProof(bytes) ? "proof" : "policy";
    // What is looked at is what was given last.
    if ((role || kind) === "bundle") given.proof = null;
    if ((role || kind) === "proof") given.bundle = null;
    take(role || kind, file.name, bytes);
  }
}

// A file named in the address; only of this site, so that no link makes the page ask elsewhere.
async function load(role, path) {
  const url = new URL(path, location.href);
  if (url.origin !== location.origin || !path.startsWith("/")) {
    return tell(`网址中的文件不在本网站：${path}`);
  }
  try {
    const answer = await fetch(url, { credentials: "omit", redirect: "error" });
    if (answer.ok) return take(role, url.pathname, new Uint8Array(await answer.arrayBuffer()), true);
    const plain = (answer.headers.get("content-type") || "").startsWith("text/plain");
    tell(plain ? (await answer.text()).slice(0, 300) : `没有“${url.pathname}”这个文件`);
  } catch {
    tell(`没有读到“${url.pathname}”。请稍后重试，或者下载后在本页选择文件`);
  }
}

function start() {
  for (const role of ["proof", "policy", "bundle", "previous"]) {
    const input = at(`check-${role}`);
    input.addEventListener("change", () => read(Array.from(input.files), role));
    // The same file can be chosen again, when it was changed meanwhile.
    input.addEventListener("click", () => { input.value = ""; });
    // Nothing typed is lost by leaving.
    input.addEventListener("input", (event) => event.stopPropagation());
  }
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    read(Array.from(event.dataTransfer.files), null);
  });
  const named = new URLSearchParams(location.search);
  for (const role of ["proof", "policy", "bundle", "previous"]) {
    if (named.has(role)) load(role, named.get(role));
  }
  at("check-old").hidden = true;
  at("check-files").hidden = false;
}

globalThis.xingjianCheck = check;
globalThis.xingjianDraw = checkBundle;
start();
