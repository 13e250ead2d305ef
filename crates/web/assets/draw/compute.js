// A released draw, computed again from its file and its documents.
import { againstPrevious, committed } from "./base.js";
import { Difference, same, sameRows } from "./difference.js";
import { compare } from "./order.js";
import { combine } from "./seed.js";
import { select } from "./select.js";
import { linked, once, ordered, afterDrawing } from "./steps.js";
import { Shortage, assign, successor } from "./team.js";
import { commitRows } from "./ticket.js";

// Objects with probability and ticket, the rows as drawn, teams as they are now, results.
export function compute(file, documents, previous, told) {
  const { freeze, bases, salt, nonce } = file;
  const { draw, rules } = freeze;
  same("公开文件格式", "xingjian/draw-file/v1", file.format);
  const published = steps(file, documents);
  told("程序步骤", "封存、种子、抽取、公开各一次，先后正确，与公开文件一致");
  committed(freeze, bases, salt, nonce, told);
  againstPrevious(freeze, bases, previous);
  const seed = publicSeed(freeze, file.seeding);
  told("种子", `由${seed.split("|").length}个来源依次组成`);
  const whole = wholeSeed(seed, nonce);
  const { sizes, drawn } = select(draw, whole, rules, bases.objects);
  sizes.slice(0, published.sizes.length).forEach((size, at) => same(`分层“${size.stratum}”`, size, published.sizes[at]));
  sameRows("抽中对象", drawn.map(({ object }) => object.id), file.drawn.map((row) => row.object));
  told("抽中对象", `${sizes.length}个分层，${bases.objects.length}家中抽中${drawn.length}家`);
  const teams = formed(draw, whole, rules, bases, drawn);
  const rows = drawn.map(({ ticket, stratum }, at) => ({ ...teams[at], stratum, ticket: `0.${ticket}` }));
  sameRows("抽查结果", rows, file.drawn);
  const seated = new Set(teams.flatMap((team) => team.officers)).size;
  const result = commitRows("xingjian/draw/result/v1", salt, rows);
  const drawing = { step: "drawn", draw, sizes, objects: rows.length, officers: seated, result, at: published.at };
  same("抽取公告", drawing, published);
  const seats = teams.reduce((sum, team) => sum + team.officers.length, 0);
  told("检查组", `${seats}个席位，${seated}名检查人员，哈希与抽取公告一致`);
  const after = replay(freeze, bases, whole, teams, documents);
  told("后续登记", `更换检查人员${after.changes}次，登记检查结果${after.results.size}家`);
  return { sizes, rows, teams: after.teams, results: after.results };
}

// The public part of the seed, as it follows from what the sources said.
export function publicSeed(freeze, seeding) {
  const seed = combine(freeze.sources, freeze.draw, seeding.said);
  same("种子的公开部分", seed, seeding.public);
  return seed;
}

export function wholeSeed(seed, nonce) {
  return nonce === undefined ? seed : `${seed}|nonce:${nonce}`;
}

function formed(draw, seed, rules, bases, drawn) {
  try {
    return assign(draw, seed, rules, bases, drawn.map(({ object }) => object));
  } catch (shortage) {
    throw shortage instanceof Shortage ? new Difference(`按公布的名录和种子，${shortage.message}`) : shortage;
  }
}

// The announcement of the draw, if the documents are the four steps in order and the same as in the file.
function steps(file, documents) {
  const { draw } = file.freeze;
  linked(draw, documents);
  const own = documents.filter((document) => document.draw === draw);
  if (own.some((document) => document.step === "stopped")) throw new Difference(`抽查“${draw}”已经终止，不应有结果`);
  const found = ["frozen", "seeded", "drawn", "released"].map((step) => once(draw, own, step, true));
  ordered(draw, found);
  const [freeze, seeding, drawing, release] = found.map(({ document }) => document);
  same("封存公告", untagged(freeze), file.freeze);
  same("种子公告", untagged(seeding), file.seeding);
  same("公开的盐值", release.salt, file.salt);
  same("公开的封存随机数", release.nonce, file.nonce);
  if (freeze.sealed && dayOf(release.at) < freeze.sealed.release) throw new Difference("名单的公开早于封存日期。请核对日志");
  return drawing;
}

function untagged(document) {
  const { step: _, ...rest } = document;
  return rest;
}

function dayOf(micros) {
  const date = new Date(Math.floor(micros / 1000) + 8 * 3600 * 1000);
  return Number.isNaN(date.getTime()) ? "1970-01-01" : date.toISOString().slice(0, 10);
}

// What came after the draw, played again.
function replay(freeze, bases, seed, drawn, documents) {
  const { draw } = freeze;
  const own = documents.filter((document) => document.draw === draw);
  const teams = drawn.map((team) => ({ object: team.object, officers: [...team.officers] }));
  const results = new Map();
  let [changes, seen] = [0, false];
  for (const document of own) {
    if (document.step === "drawn") seen = true;
    const later = document.step === "officer_changed" || document.step === "recorded";
    if (later && !seen) afterDrawing(draw, own);
    if (document.step === "officer_changed") {
      changed(freeze, bases, seed, teams, results, changes, document);
      changes += 1;
    } else if (document.step === "recorded") {
      happened(teams, document);
      if (results.has(document.object)) throw new Difference(`对象“${document.object}”的检查结果：登记了不止一次`);
      results.set(document.object, document);
    }
  }
  return { teams, results, changes };
}

function changed(freeze, bases, seed, teams, results, changes, change) {
  const wrong = (reason) => new Difference(`对象“${change.object}”第${change.seat}席位的人员更换：${reason}`);
  if (results.has(change.object)) throw wrong("检查结果登记之后又更换检查人员");
  const team = teams.findIndex((team) => team.object === change.object);
  const seat = team < 0 ? -1 : teams[team].officers.indexOf(change.from);
  if (seat < 0 || seat + 1 !== change.seat) throw wrong(`“${change.from}”不在这一席位上`);
  const { proposed_by: proposed, approved_by: approved } = change;
  const oneHand = proposed.name === approved.name && proposed.department === approved.department;
  if (change.reason.trim() === "" || oneHand) throw wrong("没有理由，或者没有另一人批准");
  const to = successor(freeze, bases, seed, teams, team, seat, changes);
  if (to !== change.to) throw wrong(`公布的接替人是“${change.to}”，重新计算得到“${to}”`);
  teams[team].officers[seat] = to;
}

function happened(teams, recorded) {
  const there = [...new Set(recorded.officers)].sort(compare);
  const team = teams.find((team) => team.object === recorded.object);
  if (team && there.length >= 2 && there.every((officer) => team.officers.includes(officer))) return;
  throw new Difference(`对象“${recorded.object}”的检查结果：对象未被抽中，或者到场的检查组人员少于两人`);
}
