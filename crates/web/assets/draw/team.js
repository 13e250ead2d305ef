// Who goes where: seats, officers and who sits where, as a flow; filled by ticket, mended by moving others, evened.
import { seatsOf } from "./base.js";
import { compare } from "./order.js";
import { Sampler, byDigits, placeAmong } from "./ticket.js";

const POOL = "pool";
const END = "end";
const BARS = [
  ["department", "不属于席位所在部门"],
  ["certificate", "执法证未覆盖整个检查期间"],
  ["leave", "检查期间休假"],
  ["specialty", "不具备所需专业"],
  ["own_unit", "交叉检查中属于对象的日常监管单位"],
  ["recusal", "依规回避"],
];

// The place among BARS of the first rule but recusal that denies an officer a seat; -1 where none does.
export function barOf(rules, officer, object, seat) {
  if (officer.department !== seat.department) return 0;
  if (!officer.certified) return 1;
  if (!officer.available) return 2;
  if (seat.specialty !== undefined && !officer.specialties.includes(seat.specialty)) return 3;
  return rules.crossing && officer.unit === object.unit ? 4 : -1;
}

// Teams cannot be formed: exactly which objects, and which rules.
export class Shortage extends Error {
  constructor(objects, officers, barred, most, second) {
    super();
    const seats = objects.reduce((sum, object) => sum + object.seats.length, 0);
    const counts = BARS.map(([, label], bar) => [barred.filter((one) => one === bar).length, label]);
    const way = `${most === null ? "" : `，每人至多${most}个席位`}${second === null ? "" : `，非一线监督员合计至多${second}个席位`}${
      counts.filter(([count]) => count > 0).map(([count, label]) => `；${count}人${label}`).join("")}`;
    const list = objects.slice(0, 5).map((of) => `“${of.object}”（${of.seats.join("、")}）`).join("、");
    const more = objects.length > 5 ? `等${objects.length}家` : "";
    this.message = `检查组无法组成：${list}${more}共${seats}个席位，能担任的只有${officers}人${way}。没有作任何改动；请补充检查人员，或者写明理由后调整规则，另行组织`;
    this.summary = `${objects.length}家对象共${seats}个席位，能担任的只有${officers}人${way}`;
  }
}

class Network {
  constructor(rules, officers, objects, recused) {
    Object.assign(this, { rules, officers, objects });
    const known = new Map();
    // Officers by what a seat asks, as places in their order.
    this.lists = [];
    this.seatOf = [];
    this.begin = [0];
    objects.forEach((object, at) => {
      for (const seat of seatsOf(rules, object.kind)) {
        const key = JSON.stringify([seat.department, seat.specialty ?? null, rules.crossing ? object.unit : ""]);
        if (!known.has(key)) {
          known.set(key, this.lists.length);
          const fit = officers.map((one, rank) => (barOf(rules, one, object, seat) < 0 ? rank : -1));
          this.lists.push(fit.filter((rank) => rank >= 0));
        }
        this.seatOf.push([at, known.get(key)]);
      }
      this.begin.push(this.seatOf.length);
    });
    this.sets = this.lists.map((list) => new Set(list));
    this.recused = recused;
    this.held = new Array(this.seatOf.length).fill(null);
    // Seats of each officer, ascending.
    this.holds = officers.map(() => []);
    this.second = 0;
  }

  load(officer) {
    return this.holds[officer].length;
  }

  beside(seat) {
    const [object] = this.seatOf[seat];
    const others = [];
    for (let other = this.begin[object]; other < this.begin[object + 1]; other += 1) if (other !== seat) others.push(other);
    return others;
  }

  fits(seat, officer) {
    const [object, list] = this.seatOf[seat];
    return this.sets[list].has(officer) && !this.recused[object].has(officer);
  }

  give(seat, officer) {
    const before = this.held[seat];
    if (before !== null) {
      this.holds[before].splice(this.holds[before].indexOf(seat), 1);
      if (!this.officers[before].first_line) this.second -= 1;
    }
    if (officer !== null) {
      const seats = this.holds[officer];
      const at = seats.findIndex((other) => other > seat);
      seats.splice(at < 0 ? seats.length : at, 0, seat);
      if (!this.officers[officer].first_line) this.second += 1;
    }
    this.held[seat] = officer;
  }

  // Those who can take the seat as things stand, of these those with the fewest seats.
  free(seat, limits) {
    const [object, list] = this.seatOf[seat];
    const full = this.second >= limits.second;
    const sitting = this.beside(seat).map((other) => this.held[other]);
    let [least, found] = [limits.high, []];
    for (const officer of this.lists[list]) {
      const load = this.load(officer);
      if (load > least || load >= limits.high || (full && !this.officers[officer].first_line)) continue;
      if (this.recused[object].has(officer) || sitting.includes(officer)) continue;
      if (load < least) [least, found] = [load, []];
      found.push(officer);
    }
    return found;
  }

  fill(seat, ticket, limits) {
    const free = this.free(seat, limits);
    if (free.length > 0) this.give(seat, free[placeAmong(ticket, free.length)]);
    return free.length > 0 ? null : this.search(["seat", seat], END, limits);
  }

  // The shortest way along which the assignment can change, and the change done: null; or what was reached.
  search(from, to, limits) {
    const key = (node) => (typeof node === "string" ? node : `${node[0]}${node[1]}`);
    const [start, goal] = [key(from), key(to)];
    const came = new Map([[start, null]]);
    const nodes = new Map([[start, from]]);
    const unseen = this.lists.map(() => null);
    const queue = [from];
    for (let at = 0; at < queue.length; at += 1) {
      const node = queue[at];
      for (const next of this.waysOn(node, at === 0, limits, unseen)) {
        const name = key(next);
        if (came.has(name)) continue;
        came.set(name, key(node));
        nodes.set(name, next);
        queue.push(next);
      }
      if (came.has(goal) && goal !== start) {
        const way = [];
        for (let name = goal; name !== null; name = came.get(name)) way.unshift(nodes.get(name));
        this.change(way);
        return null;
      }
    }
    const of = (kind) => queue.filter((node) => node[0] === kind).map((node) => node[1]).sort((a, b) => a - b);
    return { seats: of("seat"), officers: of("officer"), pool: came.has(POOL), end: came.has(END) };
  }

  waysOn(node, first, limits, unseen) {
    const gives = (officer) => this.load(officer) > limits.low;
    const every = (firstLine) => this.officers.flatMap((one, rank) => (one.first_line === firstLine && gives(rank) ? [["officer", rank]] : []));
    if (node === POOL) return [...(this.second < limits.second ? [END] : []), ...every(false)];
    if (node === END) return [...(this.second > 0 ? [POOL] : []), ...every(true)];
    const [kind, at] = node;
    if (kind === "seat") {
      const team = this.beside(at).filter((other) => this.held[other] !== null && this.fits(at, this.held[other]));
      return [...team.map((other) => ["seat", other]), ...this.news(at, unseen).map((officer) => ["officer", officer])];
    }
    const seats = this.holds[at].map((seat) => ["seat", seat]);
    return first || this.load(at) >= limits.high ? seats : [this.endOf(at), ...seats];
  }

  // Officers who may take the seat and that no seat that asks the same has led to.
  news(seat, unseen) {
    const [object, list] = this.seatOf[seat];
    const sitting = [this.held[seat], ...this.beside(seat).map((other) => this.held[other])];
    const stays = (officer) => this.recused[object].has(officer) || sitting.includes(officer);
    const open = unseen[list] ?? this.lists[list];
    unseen[list] = open.filter(stays);
    return open.filter((officer) => !stays(officer));
  }

  change(way) {
    const steps = [];
    way.slice(1).forEach((next, at) => {
      const node = way[at];
      if (node[0] !== "seat" || typeof node === "string") return;
      steps.push([node[1], next[0] === "officer" ? next[1] : this.held[next[1]]]);
    });
    for (const [seat] of steps) this.give(seat, null);
    for (const [seat, officer] of steps) this.give(seat, officer);
  }

  endOf(officer) {
    return this.officers[officer].first_line ? END : POOL;
  }

  // Officers who may take at least one seat.
  involved() {
    const may = new Set();
    this.seatOf.forEach(([object, list]) => {
      for (const officer of this.lists[list]) if (!may.has(officer) && !this.recused[object].has(officer)) may.add(officer);
    });
    return [...may].sort((a, b) => a - b);
  }

  balance(limits) {
    const involved = this.involved();
    if (involved.length === 0) return;
    const average = Math.floor(this.held.length / involved.length);
    let high = this.lowerTheMost(limits);
    let [difference, best] = [Infinity, []];
    while (high <= limits.high && Math.max(high - average, 0) < difference) {
      const stuck = this.raiseTheFewest(involved, { ...limits, high });
      const loads = involved.map((officer) => this.load(officer));
      const now = Math.max(...loads) - Math.min(...loads);
      if (now < difference) [difference, best] = [now, [...this.held]];
      const known = (officer) => (this.officers[officer].first_line ? stuck.end : stuck.pool);
      if (!stuck.officers.some((officer) => this.load(officer) >= high && !known(officer))) break;
      high += 1;
    }
    best.forEach((officer, seat) => {
      if (this.held[seat] !== officer) this.give(seat, officer);
    });
  }

  lowerTheMost(limits) {
    for (;;) {
      const most = Math.max(0, ...this.holds.map((seats) => seats.length));
      const below = { ...limits, low: 0, high: Math.max(most - 1, 0) };
      for (let officer = 0; officer < this.officers.length; officer += 1) {
        if (this.load(officer) !== most) continue;
        if (most === 0 || this.search(["officer", officer], this.endOf(officer), below) !== null) return most;
      }
    }
  }

  raiseTheFewest(involved, limits) {
    for (;;) {
      const fewest = Math.min(...involved.map((officer) => this.load(officer)));
      for (const officer of involved) {
        if (this.load(officer) !== fewest) continue;
        const reached = this.search(this.endOf(officer), ["officer", officer], { ...limits, low: fewest + 1 });
        if (reached !== null) return reached;
      }
    }
  }

  shortage(reached, limits) {
    const [objects, barred, able] = [new Map(), new Map(), new Set(reached.officers)];
    for (const seat of reached.seats) {
      const [at] = this.seatOf[seat];
      const object = this.objects[at];
      const asked = seatsOf(this.rules, object.kind)[seat - this.begin[at]];
      if (!objects.has(at)) objects.set(at, { object: object.id, seats: [] });
      objects.get(at).seats.push(`${asked.department}${asked.specialty === undefined ? "" : `/${asked.specialty}`}`);
      this.officers.forEach((officer, rank) => {
        if (able.has(rank) || barred.has(rank)) return;
        const rule = barOf(this.rules, officer, object, asked);
        const bar = rule < 0 && this.recused[at].has(rank) ? 5 : rule;
        if (bar > 0) barred.set(rank, bar);
      });
    }
    const holding = reached.seats.map((seat) => this.held[seat]).filter((officer) => officer !== null);
    const officers = new Set([...able, ...holding]);
    const full = [...officers].some((officer) => this.load(officer) >= limits.high);
    const inOrder = [...objects.keys()].sort((a, b) => a - b).map((at) => objects.get(at));
    return new Shortage(inOrder, officers.size, [...barred.values()], full ? limits.high : null, reached.pool ? limits.second : null);
  }
}

// The teams of drawn objects, in the order of their tickets; throws where they cannot be formed.
export function assign(draw, seed, rules, bases, objects) {
  const order = new Sampler("officer", draw, seed);
  const ranked = bases.officers.map((officer) => ({ officer, ticket: order.digits(officer.pseudonym) }));
  const officers = ranked.sort((one, other) => byDigits(one.ticket, other.ticket)).map(({ officer }) => officer);
  const rank = new Map(officers.map((officer, at) => [officer.pseudonym, at]));
  const kept = new Map(objects.map((object) => [object.id, new Set()]));
  for (const { object, officer } of bases.exceptions) if (kept.has(object)) kept.get(object).add(rank.get(officer));
  const network = new Network(rules, officers, objects, objects.map((object) => kept.get(object.id)));
  const seats = network.seatOf.length;
  const second = seats - Number((BigInt(seats) * BigInt(rules.first_line) + 999_999n) / 1_000_000n);
  const limits = { low: 0, high: rules.most ?? Infinity, second };
  const sampler = new Sampler("seat", draw, seed);
  const choice = (seat) => network.lists[network.seatOf[seat][1]].length;
  const byChoice = Array.from({ length: seats }, (_, seat) => seat).sort((a, b) => choice(a) - choice(b) || a - b);
  for (const seat of byChoice) {
    const [at] = network.seatOf[seat];
    const reached = network.fill(seat, sampler.digits(`${objects[at].id}#${seat - network.begin[at] + 1}`), limits);
    if (reached !== null) throw network.shortage(reached, limits);
  }
  network.balance(limits);
  const name = (officer) => officers[officer].pseudonym;
  return objects.map((object, at) => ({
    object: object.id,
    officers: network.held.slice(network.begin[at], network.begin[at + 1]).map(name),
  }));
}

// Who steps in for an officer after the draw; an empty name where nobody may.
export function successor(freeze, bases, seed, teams, team, seat, changes) {
  const { draw, rules } = freeze;
  const { object: id, officers } = teams[team];
  const object = bases.objects.find((one) => one.id === id);
  const asked = seatsOf(rules, object.kind)[seat];
  const loads = new Map();
  for (const officer of teams.flatMap((one) => one.officers)) loads.set(officer, (loads.get(officer) ?? 0) + 1);
  const recused = new Set(bases.exceptions.filter((one) => one.object === id).map((one) => one.officer));
  const firstLine = bases.officers.some((one) => one.pseudonym === officers[seat] && one.first_line);
  const order = new Sampler("officer", draw, seed);
  const free = bases.officers.filter((one) => {
    const room = (rules.most === undefined || (loads.get(one.pseudonym) ?? 0) < rules.most) && (one.first_line || !firstLine);
    return room && barOf(rules, one, object, asked) < 0 && !recused.has(one.pseudonym) && !officers.includes(one.pseudonym);
  }).map(({ pseudonym }) => ({ pseudonym, load: loads.get(pseudonym) ?? 0, ticket: order.digits(pseudonym) }));
  free.sort((one, other) => one.load - other.load || byDigits(one.ticket, other.ticket) || compare(one.pseudonym, other.pseudonym));
  const least = free.filter((one) => one.load === free[0].load);
  if (least.length === 0) return "";
  const ticket = new Sampler("change", draw, seed).digits(`${id}#${seat + 1}#${changes + 1}`);
  return least[placeAmong(ticket, least.length)].pseudonym;
}
