// What the page is about: its program, its steps with their places in the ledger, and the
// state that everything else draws.

import { evaluations, givenOf, idOf, run } from "./computation.js";
import { alike, arrayText } from "./numerals.js";

/** @typedef {{id: string, equation: any, t: number|null, section: HTMLElement}} Step */
/** @typedef {{texts: string[], data: number[], units: number[]}} Answered */

/** Return the one element that a selector names. @param {string} selector
 * @param {ParentNode} [inside] @returns {any} */
export const find = (selector, inside = document) => inside.querySelector(selector);

/** @param {string} selector @param {ParentNode} [inside] @returns {any[]} */
export const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];

/** Make an element. @param {string} tag @param {string} [kind] its class @param {string} [text]
 * @returns {any} */
export const element = (tag, kind = "", text = "") =>
  Object.assign(document.createElement(tag), { className: kind, textContent: text });

export const PROGRAM = JSON.parse(find("#program").textContent);

/** @type {Step[]} */
export const STEPS = [...evaluations(PROGRAM)].map(([equation, t]) => {
  const id = idOf(equation.target, t);
  return { id, equation, t, section: document.getElementById(`/${id}`) };
}).filter((step) => step.section);

/** The index of each step by its id. */
export const PLACES = new Map(STEPS.map((step, index) => [step.id, index]));

/** What the page's own numbers are, and what is computed from them. */
export const FIRST = { given: givenOf(PROGRAM), values: run(PROGRAM) };

export const state = {
  index: 0,
  ...FIRST,
  mode: "",
  /** @type {Record<string, Answered>} */
  own: {},
  /** @type {Record<string, number>} */
  hints: {},
  /** @type {Record<string, string>} */
  done: {},
};

/** What the page does when something was changed: draw the step, draw every number too, or
 * go to another step. Filled in where it is put together. */
export const page = { show() {}, renew() {}, /** @param {number} _index */ go(_index) {} };

/** Whether other numbers than the page's own are computed with. */
export const isEdited = () => state.values !== FIRST.values;

/** Return the value of a step; of a block none. @param {Step} step */
export function valueOfStep(step, values = state.values) {
  return step.equation.role === "block" ? null : values.value(step.equation.target, step.t);
}

/** @param {Step} step */
export function isChanged(step) {
  const [now, before] = [valueOfStep(step), valueOfStep(step, FIRST.values)];
  return now !== null && !alike(now.data, before.data);
}

/** Write a value as the ledger does. */
export const shown = (value) => arrayText(value, PROGRAM.digits);

/** Whether a step's value is asked for in the mode. @param {Step} step */
export function isAsked({ section, equation }) {
  if (!state.mode || !("asked" in section.dataset)) return false;
  if (state.mode === "last") return "last" in section.dataset;
  return state.mode === "all" || ["backward", "gradients"].includes(equation.phase);
}

/** Whether it is asked for, and neither found nor given up. @param {Step} step */
export const isHidden = (step) => isAsked(step) && !state.done[step.id];

/** Return what a step is called. @param {Step} step @returns {string} */
export const nameOf = (step) => find("h3 a", step.section).textContent;

/** Return what a step is, in words. @param {Step} step @returns {string} */
export const captionOf = (step) => find("h3 small", step.section).textContent;

/** Copy text; where a page may not, choose it where it stands, and return false.
 * @param {string} text @param {HTMLElement} place */
export async function copyText(text, place) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection()?.selectAllChildren(place);
    return false;
  }
}
