// From a wrong answer to the mistake that gives it: the edits of the step's own equation are
// tried, with the right values and with one's own, and values of other steps.

import { OVER_TIME, pairs } from "./functions.js";
import { evaluate, evaluations, idOf } from "./computation.js";
import { agrees } from "./practice.js";

const ACCIDENT = 0.15; // likelier than this, and nothing is said: `quiz` tries more, and knows more
const SURE = 0.99;
const SHORT = 4; // significant digits of a value that is worked without rounding
const MOST_SAID = 3;
const ELSEWHERE = ["no label at this step", "cut by truncation", "no gradient from outside at this step"];

/** Return a formula with what stands at the end of a way through it replaced.
 * @param {any} node @param {number[]} way @param {any} part @returns {any} */
export function changedAt(node, [first, ...rest], part) {
  if (first === undefined) return part;
  return node.map((inner, n) => (n === first ? changedAt(inner, rest, part) : inner));
}

/** Whether a formula reads a value that no time step has: what that would be, is not known. */
function readsNowhere(values, node, t, gradients) {
  if (node[0] !== "signal") {
    return node.some((part) => Array.isArray(part) && readsNowhere(values, part, t, gradients));
  }
  const [, name, shift, fixed] = node;
  const { steps } = values.program;
  if (fixed || !shift || values.signals.has(idOf(name, t + shift))) return false;
  return !gradients.has(name) || t + shift < 0 || t + shift > steps || steps === 1;
}

/** Return what a wrong formula gives; null where it gives nothing of this shape. */
function given(values, equation, learner, t) {
  const { target, role, terms, phase } = equation;
  try {
    if (role === "sum over time") {
      if (learner[0] === "call" && OVER_TIME.includes(learner[1])) {
        const parts = values.summands({ ...equation, right: learner }).map((part) => part.value);
        const sum = parts.reduce((x, y) => pairs(x, y, (a, b) => a + b));
        return values.shaped(target, sum).data;
      }
      if (values.program.sequences !== null) return null;
      return values.shaped(target, evaluate(learner, values.lookup(0, 0))).data;
    }
    const found = values.copied();
    if (terms && t !== null) {
      const each = Array.from({ length: values.count }, (_, s) =>
        values.shaped(target, evaluate(learner, values.lookup(t, s))));
      return values.joined(each).data;
    }
    found.compute({ target, role, phase, right: learner }, t);
    return found.value(target, t).data;
  } catch {
    return null; // its parts do not fit together, or it is a formula for whole batches
  }
}

/** Yield the edits of a step's equation with what each gives: [row, formula]. */
function* editsOf(mistakes, program, equation) {
  for (const row of mistakes.edits[program.equations.indexOf(equation)] ?? []) {
    const learner = changedAt(equation.right, row[2], row[3]);
    const summed = learner[0] === "call" && OVER_TIME.includes(learner[1]);
    if (equation.role === "sum over time" && !equation.terms && summed) continue; // of given terms
    yield [row, learner];
  }
}

/** Whether every part of an equation that is not there is past an end of the sequence. */
function isWhole(equation, t) {
  return (equation.terms ?? []).every(({ missing }) => {
    const why = missing[t];
    return why === undefined || (typeof why === "string" && !ELSEWHERE.includes(why));
  });
}

/** Return the mistakes that give a wrong answer, the likeliest first.
 * @param {any} mistakes as in the program's JSON
 * @param {import("./computation.js").Values} values the right ones
 * @param {{base: any, radius: number[]}} mine one's own, as `judged` returns them
 * @param {any} equation @param {number|null} t
 * @param {{data: number[], units: number[]}} typed
 * @returns {{kind: string, says: string, sure: boolean}[]} */
export function explained(mistakes, values, mine, equation, t, typed) {
  const { program } = values;
  if (!equation.right || !isWhole(equation, t)) return [];
  const gradients = new Set(program.equations.filter((one) => one.of).map((one) => one.target));
  const price = (row) => mistakes.kinds[row[0]][1];
  const times = t !== null ? [t] : equation.terms ? [0, program.steps - 1] : [];
  const tries = [];
  const found = [];
  for (const [row, learner] of editsOf(mistakes, program, equation)) {
    if (times.some((time) => readsNowhere(values, row[3], time, gradients))) continue;
    tries.push(price(row));
    const pure = given(values, equation, learner, t);
    if (pure && agrees(typed, pure)) found.push({ row, says: row[1], grade: 2 });
    else {
      const own = given(mine.base, equation, learner, t);
      if (own && agrees(typed, own, mine.radius)) found.push({ row, says: row[1], grade: 1 });
    }
  }
  for (const says of misprints(mistakes, values, mine, equation, t, typed, tries)) {
    found.push({ row: null, says, grade: 2 });
  }
  const usual = (one) => (one.row ? price(one.row) : mistakes.other.cost);
  const order = (one) => (one.row ? one.row[4] ?? price(one.row) : mistakes.other.cost);
  const size = Math.max(...typed.data.map(Math.abs), 1e-300);
  const chance = (one) => {
    const tried = tries.filter((other) => other <= usual(one)).length;
    const blur = Math.max(...typed.units) + (one.grade === 1 ? Math.max(...mine.radius) : 0);
    const wide = Math.min(1, Math.max(blur / size, 1e-9)) ** Math.min(typed.data.length, 3);
    return Math.min(1, Math.max(1, tried) * (typed.data.some(Boolean) ? wide : 1e-3));
  };
  const likely = found.filter((one) => chance(one) < ACCIDENT)
    .sort((a, b) => b.grade - a.grade || order(a) - order(b));
  const best = likely.filter((one) => one.grade === likely[0].grade);
  const kind = (one) => (one.row ? mistakes.kinds[one.row[0]][0] : "another-name");
  return best.map((one) => ({ kind: kind(one), says: one.says, sure: 1 - chance(one) >= SURE }));
}

/** Yield what is to be said where the answer is another step's value. */
function* misprints(mistakes, values, mine, equation, t, typed, tries) {
  const { program } = values;
  const { shape } = program.symbols[equation.target];
  for (const [other, time] of evaluations(program)) {
    const near = other.target === equation.target || time === t;
    const same = other.target === equation.target && time === t;
    if (!near || same || other.role === "block") continue;
    if (program.symbols[other.target].shape.join() !== shape.join()) continue;
    tries.push(mistakes.other.cost);
    const pure = values.value(other.target, time).data;
    if (!pure.some(Boolean)) continue;
    if (agrees(typed, pure) || agrees(typed, mine.base.value(other.target, time).data)) {
      const name = (one, at) => writtenAt(program.symbols[one].written, at);
      yield mistakes.other.says.replace("{new}", name(other.target, time))
        .replace("{part}", name(equation.target, t));
    }
  }
}

/** Write a symbol, or a sentence with formulas, at a time step. @param {string} text
 * @param {number|null} t */
export function writtenAt(text, t) {
  if (t === null) return text;
  return text.replace(/\[t([+-]\d+)?\]/g, (_, shift) => `[${t + Number(shift ?? 0)}]`);
}

/** Say what is to be said of a wrong answer, in lines; none if nothing explains it.
 * @returns {string[]} */
export function sentences(mistakes, values, mine, equation, t, typed) {
  const exact = values.value(equation.target, t).data;
  const short = exact.every((entry) => Number(entry.toPrecision(SHORT)) === entry);
  let found = explained(mistakes, values, mine, equation, t, typed);
  if (short) {
    const whole = { ...typed, units: typed.units.map(() => 0) };
    const again = explained(mistakes, values, mine, equation, t, whole);
    if (again.length) found = again;
  }
  const texts = [...new Set(found.map((one) => writtenAt(one.says, t)))].slice(0, MOST_SAID);
  const lead = found.every((one) => one.sure) ? "" : "Perhaps: ";
  return texts.map((text, n) => (n ? `Or: ${text}` : lead + text));
}
