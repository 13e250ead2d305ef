// How many of each stratum are drawn, with what probability, and which.
import { stratumName } from "./base.js";
import { Sampler, byDigits, isBelow } from "./ticket.js";

function lowest(numerator, denominator) {
  const gcd = (a, b) => (b === 0 ? a : gcd(b, a % b));
  const divisor = gcd(numerator, denominator);
  return `${numerator / divisor}/${denominator / divisor}`;
}

// Sizes of all strata, and the drawn objects in the order of their tickets.
export function select(draw, seed, rules, objects) {
  const [ofObject, ofSize] = [new Sampler("object", draw, seed), new Sampler("size", draw, seed)];
  const key = ({ grade, risk }) => JSON.stringify([grade, risk]);
  const members = new Map(rules.strata.map((stratum) => [key(stratum), []]));
  for (const object of objects) members.get(key(object)).push({ object, ticket: ofObject.digits(object.id) });
  const [drawn, sizes] = [[], []];
  for (const stratum of rules.strata) {
    const name = stratumName(stratum);
    const tickets = members.get(key(stratum)).sort((one, other) => byDigits(one.ticket, other.ticket));
    const product = BigInt(tickets.length) * BigInt(stratum.rate);
    const [whole, rest] = [Number(product / 1_000_000n), Number(product % 1_000_000n)];
    const least = Math.min(stratum.at_least, tickets.length);
    const size = Math.max(whole + (isBelow(ofSize.digits(name), rest) ? 1 : 0), least);
    const rate = tickets.length > 0 ? lowest(stratum.rate, 1_000_000) : null;
    const inclusion = whole < least ? lowest(least, tickets.length) : rate;
    sizes.push({ stratum: name, objects: tickets.length, drawn: size, inclusion });
    for (const { object, ticket } of tickets.slice(0, size)) drawn.push({ object, ticket, stratum: name });
  }
  drawn.sort((one, other) => byDigits(one.ticket, other.ticket));
  return { sizes, drawn };
}
