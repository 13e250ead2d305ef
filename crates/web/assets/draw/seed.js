// Which sources a seed comes from, whether they could be chosen, and what they said.
import { Difference, fault, instant } from "./difference.js";
import { compare } from "./order.js";
import { randomness, roundAt } from "./pulse.js";
import { commit } from "./ticket.js";

const CEREMONY = "公开仪式";
const LOTTERY = "彩票或交易所结果";
const DRAND = "drand随机信标";

function speaks(sources) {
  return [
    [CEREMONY, sources.ceremony ? sources.ceremony.at : null],
    [LOTTERY, sources.lottery ? sources.lottery.at : null],
    [DRAND, sources.drand ? roundAt(sources.drand) : null],
  ];
}

// When the first public source speaks; null without one.
export function first(sources) {
  const times = speaks(sources).map(([, at]) => at).filter((at) => at !== null);
  return times.length > 0 ? Math.min(...times) : null;
}

// What keeps the sources from giving a seed that nobody could choose.
export function sourceFaults(sources, frozen) {
  const faults = [];
  const { ceremony, lottery, drand, reveals } = sources;
  const filled = (place, text, mend) => {
    if (text.trim() === "") faults.push(fault(place, text, "没有填写", mend));
  };
  if (ceremony) {
    filled("公开仪式地点", ceremony.place, "请填写仪式举行的地点");
    if (ceremony.digits < 20) faults.push(fault("公开仪式数字位数", String(ceremony.digits), "少于20位的数字可以被逐一试算", "请增加抽取的位数"));
  }
  if (lottery) {
    filled("彩票或交易所名称", lottery.name, "请填写公众查得到的名称");
    filled("彩票或交易所期号", lottery.issue, "请填写期号或交易日，以及采用哪些数字");
  }
  if (drand && roundAt(drand) === null) {
    faults.push(fault("drand轮次", `${drand.chain}/${drand.round}`, "没有这样的链或轮次", "请选用quicknet或default链，轮次从1起"));
  }
  for (const [name, at] of speaks(sources)) {
    if (at !== null && at <= frozen) {
      const reason = `在名录封存时间${instant(frozen)}之前已经产生，结果可以被事先挑选`;
      faults.push(fault(`${name}产生时间`, instant(at), reason, "请改用封存之后才产生的来源"));
    }
  }
  if (!ceremony && !lottery && !drand) {
    faults.push(fault("种子来源", "", "没有任何公开来源：部门自己的随机数不能单独使用", "请至少约定公开仪式、彩票或交易所、drand之一"));
  }
  if (reveals) faults.push(...revealFaults(reveals, first(sources), frozen));
  return faults;
}

function revealFaults({ due, commitments }, earliest, frozen) {
  const faults = [];
  const departments = Object.keys(commitments);
  if (departments.length === 0) faults.push(fault("部门承诺", "", "没有任何部门提交承诺", "请录入各部门的承诺，或者去掉这一来源"));
  for (const department of departments.filter((name) => !/^[A-Za-z0-9._-]*$/.test(name)).sort(compare)) {
    faults.push(fault("部门承诺", department, "部门编号进入种子文本，只能由字母、数字和 . _ - 组成", "请使用政策包中的部门编号"));
  }
  if (due <= frozen || (earliest !== null && due >= earliest)) {
    const reason = "须晚于名录封存、早于任何公开来源产生，否则最后公开的部门可以挑选结果";
    faults.push(fault("部门随机数公开期限", instant(due), reason, "请调整公开期限"));
  }
  return faults;
}

function refused(text) {
  return new Difference(`种子不成立：${text}`);
}

// The public part of the seed.
export function combine(sources, draw, said) {
  const times = Object.fromEntries(speaks(sources).map(([name, at]) => [name, at ?? 0]));
  const parts = revealed(sources.reveals, draw, said.reveals || {});
  const drand = agreed(DRAND, times[DRAND], sources.drand, said.drand);
  if (drand !== null) parts.unshift(`drand:${beacon(sources.drand, drand)}`);
  const lottery = agreed(LOTTERY, times[LOTTERY], sources.lottery, said.lottery);
  if (lottery !== null) parts.unshift(`lottery:${numbers(lottery)}`);
  const ceremony = agreed(CEREMONY, times[CEREMONY], sources.ceremony, said.ceremony);
  if (ceremony !== null) parts.unshift(`ceremony:${digits(ceremony, sources.ceremony.digits)}`);
  return parts.join("|");
}

function revealed(plan, draw, shown) {
  const { due, commitments } = plan || { due: 0, commitments: {} };
  const unknown = Object.keys(shown).sort(compare).find((name) => !Object.hasOwn(commitments, name));
  if (unknown !== undefined) throw refused(`部门“${unknown}”没有事先提交承诺，其随机数不得使用。请删去该部门的录入`);
  return Object.keys(commitments).sort(compare).map((department) => {
    const reveal = Object.hasOwn(shown, department) ? shown[department] : null;
    if (reveal === null || reveal.at > due) {
      throw refused(`部门“${department}”未在${instant(due)}前公开其承诺的随机数。请公布这一情况并终止本次抽查，另行组织`);
    }
    const made = commit("xingjian/draw/reveal/v1", reveal.salt, { draw, department, value: reveal.value });
    if (made !== commitments[department]) {
      throw refused(`部门“${department}”公开的随机数与其事先提交的承诺不符。请公布这一情况并终止本次抽查，另行组织`);
    }
    return `reveal:${department}=${reveal.value}`;
  });
}

// What two people of two departments typed alike, not before the source had spoken; null where it is not planned.
function agreed(what, exists, planned, both) {
  if (planned && !both) throw refused(`种子来源“${what}”还没有结果。请在其产生后由两人分别录入`);
  if (!planned && both) throw refused(`公布的抽查方案没有约定种子来源“${what}”，不得使用。请只录入方案约定的来源`);
  if (!planned) return null;
  const [one, other] = both;
  if (one.person === other.person || one.department === other.department) {
    const [first, second] = both.map(({ person, department }) => `${person}（${department}）`);
    throw refused(`“${what}”由${first}和${second}录入：两名录入人须属于不同部门。请由另一部门的人员重新录入`);
  }
  const early = both.find((entered) => entered.at < exists);
  if (early) {
    throw refused(`“${what}”录入于${instant(early.at)}，早于其产生时间${instant(exists)}。请核对时间，不得提前录入`);
  }
  const [first, second] = both.map(({ value }) => quoted(value));
  if (first !== second) {
    throw refused(`“${what}”两次录入不一致：“${first}”和“${second}”。请对照公开记录核对后重新录入`);
  }
  return one.value;
}

// As the command line quotes a value.
function quoted(value) {
  if (typeof value === "string") return escaped(value).replace(/^"+|"+$/g, "");
  const text = (inner) => `"${escaped(inner)}"`;
  const previous = value.previous_signature === undefined ? "None" : `Some(${text(value.previous_signature)})`;
  return `Pulse { round: ${value.round}, signature: ${text(value.signature)}, previous_signature: ${previous} }`;
}

function escaped(text) {
  const named = { "\t": "\\t", "\n": "\\n", "\r": "\\r", '"': '\\"', "\\": "\\\\", "\0": "\\0" };
  return text.replace(/["\\\u0000-\u001f\u007f-\u009f]/g, (c) => named[c] ?? `\\u{${c.charCodeAt(0).toString(16)}}`);
}

function beacon(plan, pulse) {
  if (pulse.round !== plan.round) {
    throw refused(`录入的是drand第${pulse.round}轮，方案约定的是第${plan.round}轮。请录入约定的轮次`);
  }
  return randomness(plan.chain, pulse);
}

function digits(text, wanted) {
  if (text.length === wanted && /^[0-9]*$/.test(text)) return text;
  throw refused(fault("公开仪式数字", text, `应当正好是${wanted}位半角数字`, "请对照记录重新录入"));
}

function numbers(text) {
  const groups = text.split(/[\s\u0085,，、+.]/u).filter((group) => group !== "");
  if (groups.length === 0 || !groups.every((group) => /^[0-9]+$/.test(group))) {
    throw refused(fault("彩票或交易所结果", text, "只能是数字，数字之间用空格或逗号分开", "请对照公布的结果重新录入"));
  }
  return groups.join(",");
}
