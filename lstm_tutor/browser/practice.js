// Judges answers at the digits typed, from one's own earlier values: the rules of `quiz`.

import { Values, idOf } from "./computation.js";
import { bracketed } from "./numerals.js";

/** @typedef {{data: number[], units: number[], texts: string[]}} Typed */
/** @typedef {{name: string, t: number|null, data: number[], units: number[]}} Own */

const NUMBER = /[-+]?(?:\d+\/\d+|(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)/gi;
const POWER = /\s*[×x·⋅*]\s*10\s*(?:\^|\*\*)\s*[({]?([-+]?\d+)[)}]?/gi; // 1.2 × 10^-3
const RAISED = /10([⁻⁺]?[⁰¹²³⁴-⁹]+)/g;
const SEPARATED = /;|,?\s+/; // where commas stand for points
const WITH_COMMA = /^[-+]?\d*,?\d+(?:e[-+]?\d+)?$/i;
const THOUSANDS = /^[-+]?[1-9]\d{0,2},\d{3}$/; // or a comma for a point: nobody knows
const NOISE = 1e-10; // relative: where two programs compute the same in another order
const COARSE = 0.05; // relative: with fewer digits than this takes, an answer shows little
const FULL_DIGITS = 15; // so many are no rounding
const BY_HAND = 6; // who has more has a program
const SINGLE = 6.5;
const BEND = 1.05; // how far rounding moves a value is found to first order

/** Read an answer: numbers or fractions between spaces, commas, semicolons and brackets.
 * @param {string} text @param {number} size how many are wanted
 * @returns {Typed | string} or what is wrong */
export function readAnswer(text, size) {
  let plain = (text.split(/[=≈]/).pop() ?? "").replace(/[−–]/g, "-")
    .replace(RAISED, (_, power) => `10^${power.normalize("NFKC").replace("−", "-")}`)
    .replace(POWER, "e$1").replace(/[[\]()]/g, " ").replace(/(^|[,;])\s*([-+])\s+/g, "$1$2").trim();
  const parts = plain.split(SEPARATED).filter(Boolean);
  if (parts.length === size && parts.every((part) => WITH_COMMA.test(part))) {
    const unclear = parts.find((part) => THOUSANDS.test(part));
    if (unclear) return `Is it ${unclear.replace(",", ".")} or ${unclear.replace(",", "")}? Write that.`;
    plain = parts.join(" ").replaceAll(",", ".");
  }
  const texts = plain.match(NUMBER) ?? [];
  if (plain.replace(NUMBER, "").replace(/[\s,;]/g, "") || !texts.length) {
    return "Write numbers, such as -0.0535 or 1.2e-3.";
  }
  if (texts.length !== size) {
    return size === 1 ? "One number is asked for." : `${size} numbers are asked for, row by row.`;
  }
  const data = texts.map(numberOf);
  if (!data.every(Number.isFinite)) return "The number is too large.";
  return { texts, data, units: texts.map(unitOf) };
}

/** @param {string} text a number or a fraction */
const numberOf = (text) => text.split("/").map(Number).reduce((over, under) => over / under);

/** Return half a unit of the last place written; next to none of what is written in full.
 * @param {string} text */
export function unitOf(text) {
  if (text.includes("/")) return 1e-12 * Math.abs(numberOf(text));
  const [mantissa, exponent = "0"] = text.toLowerCase().split("e");
  const places = mantissa.split(".")[1]?.length ?? 0;
  const digits = mantissa.replace(/\D/g, "").replace(/^0+|0+$/g, "").length;
  if (digits >= FULL_DIGITS) return 1e-12 * Math.abs(Number(text));
  if (Number(text) === 0 && !/[.e]/i.test(text)) return 0;
  return 0.5 * 10 ** (Number(exponent) - places);
}

/** Return how many significant digits a person works with.
 * @param {{data: number[], units: number[]}[]} given */
function workingDigits(given) {
  const counts = given.flatMap(({ data, units }) => data.flatMap((entry, n) => {
    const size = Math.abs(entry);
    const fine = units[n] > 0 && units[n] < size;
    return fine ? [Math.floor(Math.log10(size)) + 1 - Math.log10(2 * units[n])] : [];
  })).sort((a, b) => a - b);
  const middle = counts.length / 2;
  let digits = (counts[Math.ceil(middle) - 1] + counts[Math.floor(middle)]) / 2 || FULL_DIGITS;
  if (digits > SINGLE && digits < FULL_DIGITS - 5) digits = SINGLE;
  return Math.max(2, Math.min(digits, FULL_DIGITS));
}

/** Return half a unit of the last digit of a number. @param {number} size @param {number} digits */
const lastPlace = (size, digits) =>
  (size > 0 ? 0.5 * 10 ** (Math.floor(Math.log10(size)) + 1 - digits) : 0);

/** Return the values with one's own put in. @param {Values} values @param {Own[]} own */
export function withOwn(values, own) {
  const found = values.copied();
  for (const { name, t, data } of own) {
    found.put(idOf(name, t), { shape: values.value(name, t).shape, data });
  }
  return found;
}

/** Compute one step from given values. @param {Values} values @returns {number[]} */
function follows(values, equation, t) {
  const found = values.copied();
  found.compute(equation, t);
  return found.value(equation.target, t).data;
}

/** Whether a formula reads a symbol at a time step. @returns {boolean} */
function reads(node, name, t, time) {
  if (node[0] === "parameter") return node[1] === name;
  if (node[0] === "signal") {
    const there = node[3] ? node[2] : t + node[2];
    return node[1] === name && (t === null || time === null || there === time);
  }
  return node.some((part) => Array.isArray(part) && reads(part, name, t, time));
}

/** Return how far rounding moves each entry of a step: that of what it reads, and its own.
 * @param {Values} base the values with one's own in them @param {Own[]} own those that it reads
 * @param {number} digits with which one works */
function radiusOf(base, own, digits, equation, t) {
  const mine = follows(base, equation, t);
  const terms = digits > BY_HAND && t !== null ? equation.terms ?? [] : [];
  const parts = [mine, ...terms.map((term) => base.joined(base.term(equation, term, t)).data)];
  const largest = (m) => Math.max(...parts.map((part) => Math.abs(part[m])));
  const radius = mine.map((_, m) => lastPlace(largest(m), digits));
  for (const one of own) {
    for (const [n, unit] of one.units.entries()) {
      if (!unit) continue;
      const data = one.data.map((entry, m) => (m === n ? entry + unit : entry));
      const moved = follows(withOwn(base, [{ ...one, data }]), equation, t);
      moved.forEach((value, m) => { radius[m] += BEND * Math.abs(value - mine[m]); });
    }
  }
  return radius;
}

/** Whether typed numbers are those of a value, within a radius more.
 * @param {{data: number[], units: number[]}} typed @param {number[]} value
 * @param {number[]} [radius] */
export function agrees(typed, value, radius = value.map(() => 0)) {
  const noise = NOISE * Math.max(0, ...value.map(Math.abs));
  return value.length === typed.data.length && value.every((entry, n) => Number.isFinite(entry)
    && Math.abs(typed.data[n] - entry) - typed.units[n] - radius[n] <= noise);
}

/** Judge an answer.
 * @param {Values} values the right values
 * @param {any} equation @param {number|null} t which step is asked for
 * @param {{data: number[], units: number[]}} typed
 * @param {Own[]} earlier one's own values of the steps before it
 * @returns {{verdict: "right" | "carried" | "coarse" | "wrong", base: Values, radius: number[]}}
 *   also the right values with one's own put in, and how far those move this one */
export function judged(values, equation, t, typed, earlier) {
  const exact = values.value(equation.target, t).data;
  const own = earlier.filter((one) => reads(equation.right, one.name, t, one.t));
  const base = withOwn(values, own);
  const radius = radiusOf(base, own, workingDigits([...earlier, typed]), equation, t);
  const mine = follows(base, equation, t);
  const right = agrees(typed, exact);
  if (!right && !agrees(typed, mine, radius)) return { verdict: "wrong", base, radius };
  const goal = right ? exact : mine;
  const scale = Math.max(0, ...goal.map(Math.abs));
  const same = typed.data.every((entry, n) => [goal[n], Number(goal[n].toPrecision(4))]
    .some((written) => Math.abs(entry - written) <= 1e-9 * scale));
  const blurred = !right && Math.min(...radius) > 0.25 * scale;
  const coarse = !same && (blurred || Math.max(...typed.units) > COARSE * scale);
  return { verdict: coarse ? "coarse" : right ? "right" : "carried", base, radius };
}

/** Write answers as text that `check` reads. @param {string} id @param {string[]} texts
 * @param {number[]} shape */
export const answerText = (id, texts, shape) => `${id} = ${bracketed(texts, shape)}`;
