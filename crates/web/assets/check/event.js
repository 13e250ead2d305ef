// An event as a person reads it: what is shown first, then the rest, each field once, nothing left out.
import { moment } from "./verify.js";

// In the order in which they are read.
const LABELS = {
  kind: "事项",
  "data.class": "公示类别",
  "data.fields": "公示内容",
  "data.withdrawn": "撤回说明",
  "data.since": "日期",
  "data.until": "公示至",
  "data.id": "公示编号",
  at: "记录时间",
  "actor.name": "作出单位",
  "actor.roles": "岗位",
  "actor.department": "部门代码",
  "actor.account": "个人账号",
  "actor.officer": "执法人员",
  text: "摘要",
  subjects: "关联对象",
  act: "所依据的办理记录（条目）",
  resource: "登记类别",
  resource_id: "登记编号",
  id: "记录编号",
};
const ORDER = Object.keys(LABELS);
const WORDS = { "publication.shown": "公示", publication: "公示", publisher: "信息公开员" };

// Label and text of each row.
export function rows(event) {
  if (event === null || typeof event !== "object" || Array.isArray(event)) return below("", event);
  return inOrder("", event);
}

function inOrder(path, value) {
  const rank = (name) => {
    const found = ORDER.findIndex((known) => known === name || known.startsWith(`${name}.`));
    return found < 0 ? ORDER.length : found;
  };
  const paths = Object.keys(value).map((name) => [path ? `${path}.${name}` : name, value[name]]);
  return paths.sort(([one], [other]) => rank(one) - rank(other)).flatMap(([place, item]) => below(place, item));
}

function below(path, value) {
  if (path === "data.fields" && Array.isArray(value) && value.length > 0 && value.every(isField)) {
    return value.map((field) => [field.label, field.text]);
  }
  if (Array.isArray(value) && value.some((item) => item !== null && typeof item === "object")) {
    return value.flatMap((item, at) => below(`${path}.${at + 1}`, item));
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) return leaf(path, value);
  return Object.keys(value).length === 0 ? leaf(path, null) : inOrder(path, value);
}

function isField(item) {
  return item !== null && typeof item === "object" && Object.keys(item).sort().join() === "label,name,text"
    && Object.values(item).every((value) => typeof value === "string");
}

function leaf(path, value) {
  const label = Object.hasOwn(LABELS, path) ? LABELS[path] : path || "内容";
  if (path === "at" && typeof value === "string" && /^[0-9]{1,17}$/.test(value)) {
    return [[label, moment(BigInt(value) / 1000n)]];
  }
  return [[label, words(value)]];
}

function words(value) {
  if (value === null || value === "" || (Array.isArray(value) && value.length === 0)) return "（无）";
  if (Array.isArray(value)) return value.map(words).join("、");
  if (typeof value === "boolean") return value ? "是" : "否";
  return Object.hasOwn(WORDS, value) ? WORDS[value] : String(value);
}
