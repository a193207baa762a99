// What the page is about: its program, its steps with their places in the ledger, and the
// state that everything else draws.

import { evaluations, idOf, run } from "./computation.js";
import { alike, arrayText } from "./numerals.js";

/** @typedef {{id: string, equation: any, t: number|null, section: HTMLElement}} Step */
/** @typedef {{texts: string[], data: number[], units: number[]}} Answered */

/** Return the one element that a selector names. @param {string} selector
 * @param {ParentNode} [inside] @returns {any} */
export const find = (selector, inside = document) => inside.querySelector(selector);

/** @param {string} selector @param {ParentNode} [inside] @returns {any[]} */
export const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];

/** Make an element. @param {string} tag @param {string} [kind]
 * @param {string} [text] @returns {any} */
export function element(tag, kind = "", text = "") {
  const found = document.createElement(tag);
  if (kind) found.className = kind;
  found.textContent = text;
  return found;
}

export const SVG = "http://www.w3.org/2000/svg";
const MOST_ASKED = 6; // entries of a value that is asked for

export const PROGRAM = JSON.parse(find("#program").textContent);

/** @type {Step[]} */
export const STEPS = (() => {
  const sections = new Map(all(".step[data-step]").map((part) => [part.dataset.step, part]));
  const found = [];
  for (const [equation, t] of evaluations(PROGRAM)) {
    const id = idOf(equation.target, t);
    if (sections.has(id)) found.push({ id, equation, t, section: sections.get(id) });
  }
  return found;
})();

/** The index of each step by its id. */
export const PLACES = new Map(STEPS.map((step, index) => [step.id, index]));

const FIRST = run(PROGRAM);

export const state = {
  index: 0,
  given: structuredClone(PROGRAM.given),
  values: FIRST,
  mode: "",
  /** @type {Record<string, Answered>} */
  own: {},
  /** @type {Record<string, number>} */
  hints: {},
  /** @type {Record<string, string>} */
  done: {},
};

/** What the page does when something was changed: filled in where it is put together. */
export const page = {
  /** Draw the current step. */
  show() {},
  /** Go to a step. @param {number} _index */
  go(_index) {},
};

/** Whether other numbers than the page's own are computed with. */
export const isEdited = () => state.values !== FIRST;

/** Put the page's own numbers back. */
export function restore() {
  state.given = structuredClone(PROGRAM.given);
  state.values = FIRST;
}

/** Return the value of a step; of a block none. @param {Step} step */
export function valueOfStep(step, values = state.values) {
  return step.equation.role === "block" ? null : values.value(step.equation.target, step.t);
}

/** @param {Step} step */
export function isChanged(step) {
  const [now, before] = [valueOfStep(step), valueOfStep(step, FIRST)];
  return now !== null && !alike(now.data, before.data);
}

/** Write a value as the ledger does. */
export const shown = (value) => arrayText(value, PROGRAM.digits);

/** Whether a formula reads only what the page has. @returns {boolean} */
function isKnown(node, t) {
  if (node[0] === "parameter") return PLACES.has(node[1]) || node[1] in PROGRAM.constants;
  if (node[0] !== "signal") return node.every((part) => !Array.isArray(part) || isKnown(part, t));
  return PROGRAM.symbols[node[1]] !== undefined && STEP_NAMES.has(node[1]);
}

const STEP_NAMES = new Set(STEPS.map((step) => step.equation.target));
const ASKABLE = new Set(STEPS.filter((step) => step.equation.right && step.equation.role !== "block"
  && (valueOfStep(step)?.data.length ?? 99) <= MOST_ASKED && isKnown(step.equation.right, step.t))
  .map((step) => step.id));
const LAST = STEPS.map((step) => step.id).filter((id) => ASKABLE.has(id)).at(-1);

/** Whether a step's value is asked for in the mode. @param {Step} step */
export function isAsked({ id, equation }) {
  if (!state.mode || !ASKABLE.has(id)) return false;
  if (state.mode === "last") return id === LAST;
  return state.mode === "all" || ["backward", "gradients"].includes(equation.phase);
}

/** Whether it is asked for, and neither found nor given up. @param {Step} step */
export const isHidden = (step) => isAsked(step) && !state.done[step.id];

/** Return what a step is called. @param {Step} step @returns {string} */
export const nameOf = (step) => find("h3 a", step.section).textContent;
