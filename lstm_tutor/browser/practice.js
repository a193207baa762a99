// Judges answers at the digits typed, from one's own earlier values.

import { Values, idOf } from "./computation.js";

const NUMBER = /[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/gi;
const EXACT = 1e-12; // relative: what a number at full precision may differ by
const COARSE = 0.05; // relative: at fewer digits than this takes, an answer shows little

/** Read an answer: numbers between spaces, commas, semicolons and brackets.
 * @param {string} text @param {number} size how many are wanted
 * @returns {{data: number[], units: number[], texts: string[]} | string} or what is wrong */
export function readAnswer(text, size) {
  const plain = text.split(/[=≈]/).pop().replaceAll("−", "-").trim();
  const texts = plain.match(NUMBER) ?? [];
  if (plain.replace(NUMBER, "").replace(/[\s,;[\]()]/g, "") || !texts.length) {
    return "Write numbers, such as -0.0535 or 1.2e-3.";
  }
  if (texts.length !== size) {
    return size === 1 ? "One number is asked for." : `${size} numbers are asked for, row by row.`;
  }
  return { texts, data: texts.map(Number), units: texts.map(unitOf) };
}

/** Return half a unit of the last place written. @param {string} text */
export function unitOf(text) {
  const [mantissa, exponent = "0"] = text.toLowerCase().split("e");
  const places = mantissa.split(".")[1]?.length ?? 0;
  return 0.5 * 10 ** (Number(exponent) - places);
}

/** Return the values with one's own put in. @param {Values} values
 * @param {{name: string, t: number|null, data: number[]}[]} own */
function withOwn(values, own) {
  const found = Object.assign(Object.create(Values.prototype), values);
  found.signals = new Map(values.signals);
  found.parameters = new Map(values.parameters);
  for (const { name, t, data } of own) {
    const right = values.value(name, t);
    const value = { shape: right.shape, data };
    if (t === null) found.parameters.set(name, value);
    else found.signals.set(idOf(name, t), found.split(value));
  }
  return found;
}

/** Compute one step from one's own earlier values. @returns {number[]} */
function follows(values, own, equation, t) {
  const found = withOwn(values, own);
  found.compute(equation, t);
  return found.value(equation.target, t).data;
}

/** Whether a step reads a symbol at a time step. */
function reads(node, name, t, time) {
  if (node[0] === "parameter") return node[1] === name;
  if (node[0] === "signal") {
    const there = node[3] ? node[2] : t + node[2];
    return node[1] === name && (t === null || time === null || there === time);
  }
  return node.some((part) => Array.isArray(part) && reads(part, name, t, time));
}

/** Judge an answer.
 * @param {Values} values the right values
 * @param {any} equation @param {number|null} t which step is asked for
 * @param {{data: number[], units: number[]}} typed
 * @param {{name: string, t: number|null, data: number[], units: number[]}[]} earlier
 * @returns {"right" | "coarse" | "wrong"} */
export function judged(values, equation, t, typed, earlier) {
  const exact = values.value(equation.target, t).data;
  const own = earlier.filter((one) => reads(equation.right, one.name, t, one.t));
  const mine = own.length ? follows(values, own, equation, t) : exact;
  const radius = exact.map(() => 0);
  for (const one of own) {
    one.data.forEach((entry, n) => {
      if (!one.units[n]) return;
      const data = one.data.map((old, m) => (m === n ? entry + one.units[n] : old));
      const moved = follows(values, own.map((o) => (o === one ? { ...o, data } : o)), equation, t);
      moved.forEach((value, m) => { radius[m] += 1.05 * Math.abs(value - mine[m]); });
    });
  }
  const near = (right, n, more) => {
    const room = (typed.units[n] + more) * (1 + 1e-9) + EXACT * Math.abs(right);
    return Math.abs(typed.data[n] - right) <= room;
  };
  if (!exact.every((right, n) => near(right, n, 0) || near(mine[n], n, radius[n]))) return "wrong";
  const coarse = exact.some((right, n) =>
    typed.units[n] > COARSE * Math.abs(right) && typed.data[n] !== right);
  return coarse ? "coarse" : "right";
}

/** Write answers as text that `check` reads. @param {string} id @param {string[]} texts
 * @param {number[]} shape */
export function answerText(id, texts, shape) {
  let place = 0;
  const level = (sizes) => (sizes.length
    ? `[${Array.from({ length: sizes[0] }, () => level(sizes.slice(1))).join(", ")}]`
    : texts[place++]);
  return `${id} = ${texts.length === 1 ? texts[0] : level(shape)}`;
}
