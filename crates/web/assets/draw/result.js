// What the check of a bundle found, for people: the verdict, what was checked, and what became of one object.
import { stratumName } from "./base.js";
import { wholeSeed } from "./compute.js";
import { instant } from "./difference.js";
import { Sampler } from "./ticket.js";

const VERDICTS = {
  computed: ["✓ 核验通过", "名录、种子、抽中对象和检查组都由公布的材料逐项重新算出，与公布的完全一致。"],
  steps: ["✓ 各步文件核对无误，名单尚未公开", "名单公开之前只能核对已公布的各步文件；公开之后请再核验。"],
  stopped: ["✓ 各步文件核对无误，抽查已经终止", "这次抽查没有结果。"],
  shortage: ["✓ 终止的理由核验通过", "按公布的名录和种子重新计算，检查组确实无法组成；这次抽查没有结果。"],
  differs: ["✗ 核验未通过", "第一处不符："],
  unreadable: ["✗ 无法读取", "文件不是抽查核验包，或者不完整："],
};
const RESULTS = {
  nothing_found: "未发现问题",
  correction_ordered: "发现问题已责令改正",
  to_be_handled: "发现问题待后续处理",
  refused: "不配合检查情节严重",
  no_such_business: "未发现开展本次抽查涉及的经营活动",
  not_found: "通过登记住所无法联系",
  closed: "已关闭停业",
};

function element(name, text, style) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (style) made.className = style;
  return made;
}

function listed(rows) {
  const list = element("dl");
  for (const [label, text] of rows) list.append(element("dt", label), element("dd", text));
  return list;
}

// The sections of a checked bundle.
export function shown(found) {
  const { verdict, told, bundle, text } = found;
  const [title, meaning] = VERDICTS[verdict];
  const held = verdict !== "differs" && verdict !== "unreadable";
  const section = element("section", undefined, held ? "card verified" : "card unverified");
  const open = held && told.some((one) => !one.held) ? "标有“–”的一项尚未证明。" : "";
  section.append(element("h2", title), element("p", meaning + open));
  if (text) section.append(element("p", text, "difference"));
  const steps = element("ol", undefined, "check-steps");
  for (const one of told) {
    const item = element("li", undefined, one.held ? "held" : "skipped");
    item.append(element("b", `${one.held ? "✓" : "–"} ${one.name}${one.held ? "" : "（未证明）"}`), element("span", one.text));
    steps.append(item);
  }
  section.append(steps);
  const sections = [section];
  if (bundle !== null) sections.push(about(bundle, held));
  if (verdict === "computed") sections.push(strata(found.found.sizes), lookup(bundle.file, found.found));
  return sections;
}

function about(bundle, held) {
  const freeze = bundle.steps.map((step) => step.document).find((one) => one.step === "frozen" && one.draw === bundle.draw);
  const seeding = bundle.steps.map((step) => step.document).find((one) => one.step === "seeded" && one.draw === bundle.draw);
  const section = element("section", undefined, "card");
  section.append(element("h2", held ? "这次抽查" : "文件所载的抽查（未经证实）"));
  const rows = [["抽查编号", bundle.draw]];
  if (freeze) rows.push(["抽查任务", freeze.task], ["检查期间", freeze.rules.period.join(" 至 ")], ["名录封存", instant(freeze.at)]);
  if (seeding) rows.push(["种子产生", instant(seeding.at)], ["种子的公开部分", seeding.public]);
  section.append(listed(rows));
  return section;
}

function strata(sizes) {
  const section = element("section", undefined, "card");
  section.append(element("h2", "各层抽取数和概率"));
  const table = element("table", undefined, "strata");
  const head = element("tr");
  for (const name of ["信用等级/风险", "对象", "抽中", "每家概率"]) head.append(element("th", name));
  table.append(head);
  for (const size of sizes) {
    const row = element("tr");
    for (const cell of [size.stratum, size.objects, size.drawn, chance(size.inclusion)]) row.append(element("td", String(cell)));
    table.append(row);
  }
  section.append(table);
  return section;
}

function chance(fraction) {
  if (fraction === null) return "无对象";
  const [above, below] = fraction.split("/").map(Number);
  return `${fraction}（${Number(((100 * above) / below).toFixed(4))}%）`;
}

// One object by its licence number: whether it was in the base, its ticket and probability, whether it was drawn.
export function answer(file, found, number) {
  const id = number.trim().normalize("NFC");
  const excluded = file.bases.excluded.find((one) => one.id === id);
  if (excluded) return [["名录", "已从检查对象名录中排除"], ["理由", excluded.reason]];
  const object = file.bases.objects.find((one) => one.id === id);
  if (!object) return [["名录", "不在检查对象名录中，也不在排除名单中"]];
  const { draw } = file.freeze;
  const ticket = new Sampler("object", draw, wholeSeed(file.seeding.public, file.nonce)).digits(id);
  const size = found.sizes.find((one) => one.stratum === stratumName(object));
  const team = found.teams.find((one) => one.object === id);
  const rows = [
    ["名录", "在检查对象名录中"],
    ["信用等级/风险", size.stratum],
    ["被抽中的概率", chance(size.inclusion)],
    ["号码", `0.${ticket}`],
    ["结果", team ? "抽中" : "未抽中"],
  ];
  if (team) rows.push(["检查组（化名）", team.officers.join("、")]);
  if (found.results.has(id)) rows.push(["检查结果", RESULTS[found.results.get(id).result]]);
  return rows;
}

function lookup(file, found) {
  const section = element("section", undefined, "card");
  section.append(element("h2", "查一个对象"));
  // No form: nothing is sent, and the site's own script locks what was sent.
  const line = element("div", undefined, "lookup");
  const label = element("label", "许可证号");
  label.htmlFor = "lookup-id";
  const input = element("input");
  input.id = "lookup-id";
  input.autocomplete = "off";
  const place = element("div");
  place.id = "lookup-answer";
  place.setAttribute("aria-live", "polite");
  const button = element("button", "查询", "btn");
  button.type = "button";
  const look = () => {
    if (input.value.trim() !== "") place.replaceChildren(listed(answer(file, found, input.value)));
  };
  button.addEventListener("click", look);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") look();
  });
  input.addEventListener("input", (event) => event.stopPropagation());
  line.append(label, input, button);
  section.append(line, place);
  return section;
}
