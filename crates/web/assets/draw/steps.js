// The steps of a draw in the log: each once, each after the one that it rests on.
import { Difference } from "./difference.js";

export const NAMES = {
  frozen: "封存",
  seeded: "种子",
  stopped: "终止",
  drawn: "抽取",
  released: "公开",
  officer_changed: "更换检查人员",
  recorded: "检查结果",
};

export function missing(draw, step) {
  return new Difference(`日志中没有抽查“${draw}”的${step}。请取得完整的日志；确实没有的，这次抽查没有按程序进行`);
}

function disorder(draw, step) {
  return new Difference(`抽查“${draw}”的${step}没有在前一步之后。抽查没有按程序进行，不能采信`);
}

// The one document of a step with its place; null where there is none and none is needed.
export function once(draw, own, step, needed) {
  const places = own.flatMap((document, at) => (document.step === step ? [at] : []));
  if (places.length === 0 && needed) throw missing(draw, NAMES[step]);
  if (places.length > 1) {
    throw new Difference(`日志中抽查“${draw}”的${NAMES[step]}不止一次。同一次抽查不得重做，不能采信`);
  }
  return places.length === 0 ? null : { place: places[0], document: own[places[0]] };
}

export function ordered(draw, steps) {
  steps.forEach((step, at) => {
    const before = steps[at - 1];
    if (before && (step.place < before.place || step.document.at < before.document.at)) {
      throw disorder(draw, NAMES[step.document.step]);
    }
  });
}

// Replacements and results come after the draw.
export function afterDrawing(draw, own) {
  const drawn = own.findIndex((document) => document.step === "drawn");
  const later = own.findIndex(({ step }) => step === "officer_changed" || step === "recorded");
  if (later >= 0 && (drawn < 0 || later < drawn)) throw disorder(draw, "抽取后的登记");
}

// Of the draws of the task of this one, every one but the first names an earlier one of that task.
export function linked(draw, documents) {
  const tasks = new Map();
  for (const freeze of documents.filter((document) => document.step === "frozen")) {
    if (!tasks.has(freeze.task)) tasks.set(freeze.task, []);
    const earlier = tasks.get(freeze.task);
    const last = earlier[earlier.length - 1];
    const of = freeze.origin.of;
    const names = of !== undefined && earlier.includes(of);
    const concerns = freeze.draw === draw || earlier.includes(draw);
    if (last !== undefined && !names && concerns) {
      if (last !== freeze.draw) {
        throw new Difference(
          `任务“${freeze.task}”先后有抽查“${last}”和“${freeze.draw}”，后者没有说明与前者的关系。可能是重复抽取、挑选结果`,
        );
      }
    } else if (last === undefined && of !== undefined && freeze.draw === draw) {
      throw missing(of, "封存");
    }
    earlier.push(freeze.draw);
  }
}
