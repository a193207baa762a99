// From a wrong answer to the mistake that gives it: the edits of the step's own equation are
// tried, with the right values and with one's own, and values of other steps.

import { OVER_TIME } from "./functions.js";
import { evaluations, idOf } from "./computation.js";
import { FULL } from "./numerals.js";
import { agrees } from "./practice.js";

const ACCIDENT = 0.15; // likelier than this, and nothing is said: `quiz` tries more, and knows more
const SURE = 0.99;
const SHORT = 4; // significant digits of a value that is worked without rounding
const MOST_SAID = 3;

/** Return a formula with what stands at the end of a way through it replaced.
 * @param {any} node @param {number[]} way @param {any} part @returns {any} */
function changedAt(node, [first, ...rest], part) {
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
  if (fixed || !shift || values.held.has(idOf(name, t + shift))) return false;
  return !gradients.has(name) || t + shift < 0 || t + shift > steps || steps === 1;
}

/** Return what a wrong formula gives; null where it gives nothing of this shape. */
function given(values, equation, learner, t) {
  const wrong = { ...equation, right: learner, ...(t === null ? {} : { terms: undefined }) };
  if (equation.role === "sum over time" && !(learner[0] === "call" && OVER_TIME.includes(learner[1]))) {
    if (values.program.sequences !== null) return null;
    wrong.role = "compute";
  }
  try {
    const found = values.copied();
    found.compute(wrong, t);
    return found.value(equation.target, t).data;
  } catch {
    return null; // its parts do not fit together, or it is a formula for whole batches
  }
}

/** Return the mistakes that give a wrong answer, the likeliest first.
 * @param {any} mistakes as in the program's JSON @param {import("./computation.js").Values} values
 * @param {{base: any, radius: number[]}} mine one's own, as `judged` returns them
 * @param {any} equation @param {number|null} t @param {{data: number[], units: number[]}} typed
 * @returns {{says: string, sure: boolean}[]} */
function explained(mistakes, values, mine, equation, t, typed) {
  const { equations, steps } = values.program;
  const number = equations.indexOf(equation);
  if (mistakes.unsaid[number]?.includes(t)) return [];
  const gradients = new Set(equations.filter((one) => one.of).map((one) => one.target));
  const times = t !== null ? [t] : equation.terms ? [0, steps - 1] : [];
  const tries = [];
  const found = [];
  for (const [kind, says, way, part, own] of mistakes.edits[number] ?? []) {
    if (times.some((time) => readsNowhere(values, part, time, gradients))) continue;
    const cost = mistakes.kinds[kind][1];
    tries.push(cost);
    const learner = changedAt(equation.right, way, part);
    const gives = (base, radius) => {
      const value = given(base, equation, learner, t);
      return value && agrees(typed, value, radius);
    };
    const grade = gives(values) ? 2 : gives(mine.base, mine.radius) ? 1 : 0;
    if (grade) found.push({ says, grade, cost, order: own ?? cost });
  }
  const { cost } = mistakes.other;
  for (const says of misprints(mistakes, values, mine, equation, t, typed, tries))
    if (found.some((one) => one.order > cost)) return []; // `quiz` weighs which of the two it is
    else found.push({ says, grade: 2, cost, order: cost });
  const size = Math.max(...typed.data.map(Math.abs), 1e-300);
  const chance = (one) => {
    const tried = tries.filter((other) => other <= one.cost).length;
    const blur = Math.max(...typed.units) + (one.grade === 1 ? Math.max(...mine.radius) : 0);
    const wide = Math.min(1, Math.max(blur / size, 1e-9)) ** Math.min(typed.data.length, 3);
    return Math.min(1, Math.max(1, tried) * (typed.data.some(Boolean) ? wide : 1e-3));
  };
  const likely = found.filter((one) => chance(one) < ACCIDENT)
    .sort((a, b) => b.grade - a.grade || a.order - b.order);
  return likely.filter((one) => one.grade === likely[0].grade)
    .map((one) => ({ says: one.says, sure: 1 - chance(one) >= SURE }));
}

/** Yield what is to be said where the answer is the value of another time step or symbol. */
function* misprints(mistakes, values, mine, equation, t, typed, tries) {
  const { symbols } = values.program;
  const name = ({ target }, at) => writtenAt(symbols[target].written, at);
  for (const [other, time] of evaluations(values.program)) {
    const near = (other.target === equation.target) !== (time === t);
    const alike = symbols[other.target].shape.join() === symbols[equation.target].shape.join();
    if (!near || !alike || other.role === "block") continue;
    tries.push(mistakes.other.cost);
    const [pure, own] = [values, mine.base].map((base) => base.value(other.target, time).data);
    if (pure.some(Boolean) && (agrees(typed, pure) || agrees(typed, own))) {
      yield mistakes.other.says.replace("{new}", name(other, time)).replace("{part}", name(equation, t));
    }
  }
}

/** Write a symbol, or a sentence with formulas, at a time step. @param {string} text
 * @param {number|null} t */
function writtenAt(text, t) {
  if (t === null) return text;
  return text.replace(/\[t([+-]\d+)?\]/g, (_, shift) => `[${t + Number(shift ?? 0)}]`);
}

/** Whether one entry is off in one digit: that may be a slip, which `quiz` weighs. */
function mayBeSlip({ data, texts, units }, exact) {
  const [n, ...more] = [...data.keys()].filter((m) => Math.abs(data[m] - exact[m]) > units[m]);
  const places = Math.min(texts[n].split(".")[1]?.length ?? 0, FULL);
  const [one, other] = [data[n].toFixed(places), exact[n].toFixed(places)];
  return !more.length && one.length === other.length
    && [...one].filter((sign, m) => sign !== other[m]).length === 1;
}

/** Say what is to be said of a wrong answer, in lines; none if nothing explains it.
 * @returns {string[]} */
export function sentences(mistakes, values, mine, equation, t, typed) {
  const exact = values.value(equation.target, t).data;
  if (mayBeSlip(typed, exact)) return [];
  const short = exact.every((entry) => Number(entry.toPrecision(SHORT)) === entry);
  const whole = { ...typed, units: typed.units.map(() => 0) };
  const exactly = short ? explained(mistakes, values, mine, equation, t, whole) : [];
  const found = exactly.length ? exactly : explained(mistakes, values, mine, equation, t, typed);
  const texts = [...new Set(found.map((one) => writtenAt(one.says, t)))].slice(0, MOST_SAID);
  const lead = found.every((one) => one.sure) ? "" : "Perhaps: ";
  return texts.map((text, n) => (n ? `Or: ${text}` : lead + text));
}
