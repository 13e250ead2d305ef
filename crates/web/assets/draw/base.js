// Rules and lists: whether a lawful draw can be made of them, and whether they are what was committed to.
import { fault, same, unlawful } from "./difference.js";
import { compare } from "./order.js";
import { sourceFaults } from "./seed.js";
import { commit, commitRows } from "./ticket.js";

export const ALGORITHM = "xingjian/draw/v1";

export function stratumName({ grade, risk }) {
  return `${grade}/${risk}`;
}

// The seats of a kind of object.
export function seatsOf(rules, kind) {
  return Object.hasOwn(rules.seats, kind) ? rules.seats[kind] : [];
}

// `20%`, `2.5%`.
function percent(rate) {
  return `${Number((rate / 10000).toFixed(4))}%`;
}

function ruleFaults(rules) {
  const faults = [];
  const [begin, end] = rules.period;
  if (end < begin) faults.push(fault("检查期间", `${begin}至${end}`, "结束早于开始", "请调整起止日期"));
  const names = new Set();
  for (const stratum of rules.strata) {
    const name = stratumName(stratum);
    if (names.has(name)) faults.push(fault("抽查比例", name, "同一信用等级和风险有两个比例", "请只保留一个"));
    names.add(name);
  }
  for (const kind of Object.keys(rules.seats).sort(compare)) {
    const seats = rules.seats[kind];
    if (seats.length < 2) {
      faults.push(fault("检查组席位", kind, `${seats.length}个席位，执法人员不得少于2人（行政处罚法第42条）`, "请增加席位"));
    }
    for (const department of Object.keys(rules.items).sort(compare)) {
      if (seats.some((seat) => seat.department === department)) continue;
      const reason = `部门“${department}”有检查事项，检查组中却没有它的席位`;
      faults.push(fault("检查组席位", kind, reason, "请为参加联合抽查的每个部门设席位"));
    }
  }
  if (rules.first_line < 700_000) {
    faults.push(fault("一线监督员占比", percent(rules.first_line), "一线监督员占比不得低于70%", "请调整为70%以上"));
  }
  return faults;
}

// Algorithm, rules and sources are those of a lawful draw.
export function lawfulPlan(freeze) {
  same("算法", ALGORITHM, freeze.algorithm);
  const faults = [...ruleFaults(freeze.rules), ...sourceFaults(freeze.sources, freeze.at)];
  if (faults.length > 0) throw unlawful(faults[0]);
}

function isSorted(rows, key) {
  return rows.every((row, at) => at === 0 || compare(key(rows[at - 1]), key(row)) <= 0);
}

function exceptionOrder(one, other) {
  return compare(one.object, other.object) || compare(one.officer, other.officer) || compare(one.reason, other.reason);
}

// The first thing that keeps the lists from being drawn from.
function baseFault(bases, rules) {
  const { objects, excluded, officers, exceptions } = bases;
  const id = (row) => row.id;
  const sorted = isSorted(objects, id) && isSorted(excluded, id) && isSorted(officers, (row) => row.pseudonym)
    && exceptions.every((row, at) => at === 0 || exceptionOrder(exceptions[at - 1], row) <= 0);
  if (!sorted) return fault("名录", "", "没有按编号排序", "请按编号从小到大排列后重新生成");
  const known = new Set(objects.map(id));
  return idFault(objects, excluded, known) || classFault(objects, rules) || officerFault(officers)
    || exceptionFault(exceptions, known, new Set(officers.map((officer) => officer.pseudonym)));
}

function idFault(objects, excluded, known) {
  const repeated = (rows) => rows.find((row, at) => at > 0 && rows[at - 1].id === row.id);
  const twice = repeated(objects) || repeated(excluded) || excluded.find((row) => known.has(row.id));
  if (twice) return fault("检查对象编号", twice.id, "出现了不止一次，重复的编号会被多给一次机会", "请删去重复的行");
  const bad = [...objects, ...excluded].find(({ id }) => id === "" || id.normalize("NFC") !== id);
  if (bad) return fault("检查对象编号", bad.id, "为空或者不是NFC形式", "请按许可证号或登记编号重新生成");
  const silent = excluded.find((row) => row.reason.trim() === "");
  return silent ? fault("排除的检查对象", silent.id, "没有写明排除理由", "请填写理由") : null;
}

function classFault(objects, rules) {
  const strata = new Set(rules.strata.map(({ grade, risk }) => JSON.stringify([grade, risk])));
  for (const { id, grade, risk, kind } of objects) {
    if (!strata.has(JSON.stringify([grade, risk]))) {
      const value = `${id}（信用等级${grade}，风险“${risk}”）`;
      return fault("检查对象", value, "没有对应的抽查比例", "请在抽查比例中补充，或者写明理由后排除");
    }
    if (seatsOf(rules, kind).length === 0) {
      return fault("检查对象", `${id}（${kind}）`, "这类对象没有规定检查组席位", "请补充席位，或者写明理由后排除");
    }
  }
  return null;
}

function officerFault(officers) {
  const twice = officers.find((officer, at) => at > 0 && officers[at - 1].pseudonym === officer.pseudonym);
  return twice ? fault("检查人员名录", twice.pseudonym, "化名出现了两次", "请核对是否重复登记，或者重新生成化名") : null;
}

function exceptionFault(exceptions, objects, officers) {
  for (const [at, { object, officer }] of exceptions.entries()) {
    const before = exceptions[at - 1];
    if (!objects.has(object) || !officers.has(officer)) {
      return fault("回避名单", `${officer}—${object}`, "回避名单中的人员或者对象不在名录中", "请核对名录，或者删去这一行");
    }
    if (before && before.object === object && before.officer === officer) {
      return fault("回避名单", `${officer}—${object}`, "同一人员和对象出现了两次", "请合并为一行");
    }
  }
  return null;
}

// Lists and nonce are what was committed to, and lawful.
export function committed(freeze, bases, salt, nonce, told) {
  const names = { objects: "检查对象名录", excluded: "排除对象名单", officers: "检查人员名录", exceptions: "回避名单" };
  for (const [name, label] of Object.entries(names)) {
    same(`${label}的哈希`, commitRows(`xingjian/draw/${name}/v1`, salt, bases[name]), freeze.bases[name]);
  }
  const counts = Object.fromEntries(Object.keys(names).map((name) => [name, bases[name].length]));
  same("名录的数量", counts, freeze.counts);
  const made = nonce === undefined ? null : commit("xingjian/draw/nonce/v1", nonce, freeze.draw);
  same("封存随机数的承诺", made, freeze.sealed ? freeze.sealed.nonce : null);
  lawfulPlan(freeze);
  const wrong = baseFault(bases, freeze.rules);
  if (wrong) throw unlawful(wrong);
  const { objects, excluded, officers, exceptions } = counts;
  told("名录", `对象${objects}家、排除${excluded}家、检查人员${officers}名、回避${exceptions}条，哈希与封存公告一致`);
}

// The first thing that is wrong between a draw and the earlier one that it names.
export function againstPrevious({ draw, origin }, bases, previous) {
  const refuse = (...parts) => {
    throw unlawful(fault(...parts));
  };
  if (origin.of === draw) refuse("抽查编号", draw, "与所依据的抽查相同", "每次抽查须有新的编号");
  if (origin.origin === "redraw" && origin.reason.trim() === "") {
    refuse("重新抽查的理由", origin.reason, "没有填写", "请写明原抽查不能成立的理由；原抽查仍然公开");
  }
  if (!previous) {
    if (origin.origin === "extension") refuse("补充抽查", origin.of, "没有原抽查的公开文件", "请提供原抽查的公开文件");
    return;
  }
  if (origin.of !== previous.freeze.draw) {
    refuse("原抽查", previous.freeze.draw, "所附公开文件不属于所依据的抽查", "请核对抽查编号和文件");
  }
  if (origin.origin === "extension") extension(bases, previous, origin.because_of, refuse);
}

// An extension draws from what the earlier draw did not draw: all of it, nothing else.
function extension(bases, previous, becauseOf, refuse) {
  const what = "补充抽查的对象";
  const drawn = new Set(previous.drawn.map((row) => row.object));
  const left = new Set(previous.bases.objects.map((object) => object.id).filter((id) => !drawn.has(id)));
  for (const { id } of bases.objects) {
    if (drawn.has(id)) refuse(what, id, "原抽查已经抽中", "请从名录中删去；无法检查的结果不得另换对象");
    if (!left.delete(id)) refuse(what, id, "不在原抽查的名录中", "新对象请另行组织抽查");
  }
  for (const { id } of bases.excluded) left.delete(id);
  const [missing] = [...left].sort(compare);
  if (missing !== undefined) {
    refuse(what, missing, "在原抽查的名录中、没有被抽中，却不在补充抽查的名录中", "请补入，或者写明理由后排除");
  }
  const unknown = becauseOf.find((id) => !drawn.has(id));
  if (unknown !== undefined) refuse("补充抽查的原因", unknown, "原抽查没有抽中这一对象", "请核对对象编号");
}
