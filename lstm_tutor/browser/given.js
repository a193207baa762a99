// What is given, to be changed: everything is computed again at once. And training: the
// update, again and again, with the loss after each.

import { idOf, run, valueOf } from "./computation.js";
import { significant } from "./numerals.js";
import { PLACES, PROGRAM, STEPS, SVG, element, find, nameOf, page, restore, state, valueOfStep }
  from "./steps.js";
import { showValues } from "./drawing.js";

const KINDS = [["series", "at each time step"], ["initial", "initial states"], ["parameters", "weights"]];
const LARGEST_FIELD = 64; // entries of a quantity that may be changed one by one
const WIDEST = 4; // numbers beside each other, as far as a phone shows them
const A_NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const SLICE = 12; // milliseconds of training before the page is drawn

/** Write a field for each number: a line for each series, and for the weights of each gate. */
function fields() {
  const box = find("#fields");
  box.replaceChildren();
  for (const [kind, title] of KINDS) {
    const lines = new Map();
    for (const [name, rows] of Object.entries(PROGRAM.given[kind])) {
      const line = kind === "series" ? name : kind === "parameters" ? name.replace(/[^.]*_/, "") : "";
      const parts = kind === "series" ? rows.map((row, t) => [t, row]) : [[null, rows]];
      const own = parts.flatMap(([t, row]) => field(kind, name, t, row));
      lines.set(line, [...(lines.get(line) ?? []), ...own]);
    }
    const group = element("fieldset");
    group.append(element("legend", "", title));
    for (const own of lines.values()) {
      const line = element("div", "line");
      line.append(...own);
      if (own.length) group.append(line);
    }
    if (group.children.length > 1) box.append(group);
  }
}

/** Return the numbers of one quantity; nothing for a label that there is not. */
function field(kind, name, t, row) {
  const index = PLACES.get(idOf(name, t));
  const { shape, data: numbers } = valueOf(row);
  if (index === undefined || numbers.length > LARGEST_FIELD) return [];
  const label = nameOf(STEPS[index]);
  const found = element("div", "field");
  const grid = element("div", "grid");
  grid.style.gridTemplateColumns = `repeat(${Math.min(shape.at(-1) ?? 1, WIDEST)}, minmax(0, 6.3rem))`;
  found.append(element("span", "", label), grid);
  const now = [t === null ? state.given[kind][name] : state.given[kind][name][t]].flat(Infinity);
  numbers.forEach((number, place) => {
    const input = document.createElement("input");
    const own = now[place] === number;
    input.value = own ? String(number) : significant(now[place], PROGRAM.digits);
    input.classList.toggle("changed", !own);
    input.inputMode = "decimal";
    input.autocomplete = "off";
    input.setAttribute("aria-label", numbers.length > 1 ? `${label} entry ${place + 1}` : label);
    input.addEventListener("input", () => change(input, kind, name, t, place, number));
    grid.append(input);
  });
  return [found];
}

const isUsable = (values) => STEPS.every((step) =>
  (valueOfStep(step, values)?.data ?? []).every(Number.isFinite));

/** Take a number that was typed, or say why it is none. */
function change(input, kind, name, t, place, before) {
  const text = input.value.trim().replace("−", "-");
  const number = A_NUMBER.test(text) ? Number(text) : NaN;
  const usable = Number.isFinite(number);
  const given = structuredClone(state.given);
  if (usable) put(given[kind], name, t, place, number);
  const values = usable ? run(PROGRAM, given) : null;
  const finite = Boolean(values && isUsable(values));
  input.classList.toggle("bad", !finite);
  input.setAttribute("aria-invalid", String(!finite));
  find("#complaint").textContent = finite ? "" : usable
    ? "With this number a value overflows or is undefined; the last good ones stand."
    : `“${input.value}” is no number; write one such as -0.25 or 1e-3.`;
  if (!finite || !values) return;
  input.classList.toggle("changed", number !== before);
  state.given = given;
  state.values = values;
  begin();
  showValues();
  page.show();
}

/** Put a number into nested lists, at a place counted row by row. */
function put(group, name, t, place, number) {
  const target = t === null ? group[name] : group[name][t];
  if (!Array.isArray(target)) {
    if (t === null) group[name] = number;
    else group[name][t] = number;
    return;
  }
  const leaves = [];
  const visit = (rows) => rows.forEach((entry, n) => {
    if (Array.isArray(entry)) visit(entry);
    else leaves.push([rows, n]);
  });
  visit(target);
  const [rows, n] = leaves[place];
  rows[n] = number;
}

// Training.

const LOSS = PROGRAM.equations.find((one) => one.role === "sum over time" && one.phase === "loss")?.target;

/** @type {number[]} */
let losses = [];
let busy = 0;

const lossNow = () => state.values.value(LOSS, null).data[0];

/** Begin a curve of the loss anew. */
function begin() {
  busy += 1;
  losses = LOSS ? [lossNow()] : [];
  drawLosses();
}

/** Return the numbers after one update, as nested lists in their shapes. @param {any} values */
function updated(values) {
  const parameters = {};
  for (const [name, rows] of Object.entries(state.given.parameters)) {
    const after = values.parameters.get(`${name}'`);
    let place = 0;
    const filled = (old) => (Array.isArray(old) ? old.map(filled) : after.data[place++]);
    parameters[name] = after ? filled(rows) : rows;
  }
  const constants = { ...(state.given.constants ?? PROGRAM.constants) };
  if ("epoch" in constants) constants.epoch += 1;
  return { ...state.given, parameters, constants };
}

/** Update so many times, a few at once so that the page stays alive. @param {number} count */
function train(count) {
  const own = (busy += 1);
  let left = count;
  const some = () => {
    const start = performance.now();
    while (left && own === busy && performance.now() - start < SLICE) {
      const given = updated(state.values);
      const values = run(PROGRAM, given);
      if (!isUsable(values)) {
        find("#loss-said").textContent = `After ${losses.length - 1} updates a value overflows; the last good ones stand.`;
        left = 0;
        finish();
        return;
      }
      Object.assign(state, { given, values });
      losses.push(lossNow());
      left -= 1;
    }
    drawLosses();
    if (left && own === busy) setTimeout(some);
    else finish();
  };
  some();
}

function finish() {
  find("#complaint").textContent = "";
  fields();
  showValues();
  page.show();
}

/** Draw the loss after each update. */
function drawLosses() {
  if (!LOSS) return;
  const [width, height] = [320, 90];
  const [low, high] = [Math.min(...losses, 0), Math.max(...losses)];
  const x = (n) => (losses.length > 1 ? (n / (losses.length - 1)) * width : 0);
  const y = (loss) => height - ((loss - low) / (high - low || 1)) * (height - 6) - 3;
  const line = document.createElementNS(SVG, "polyline");
  line.setAttribute("points", losses.map((loss, n) => `${x(n).toFixed(1)},${y(loss).toFixed(1)}`).join(" "));
  const curve = find("#losses");
  curve.replaceChildren(line);
  curve.classList.toggle("none", losses.length < 2);
  const digits = PROGRAM.digits;
  const count = losses.length - 1;
  const text = count ? `Loss ${significant(losses[0], digits)} → ${significant(losses[count], digits)} after ${
    count} ${count === 1 ? "update" : "updates"}` : `Loss ${significant(losses[0], digits)}`;
  curve.setAttribute("aria-label", text);
  find("#loss-said").textContent = text;
}

/** Forget what was changed. */
function putBack() {
  restore();
  fields();
  begin();
  find("#complaint").textContent = "";
  showValues();
  page.show();
}

/** Let the given numbers be changed and trained. */
export function connectGiven() {
  fields();
  find("#back-to-first").addEventListener("click", putBack);
  const trains = LOSS && PROGRAM.equations.some((one) => one.target.endsWith("'") && one.phase === "update");
  find("#training").hidden = !trains;
  if (!trains) return;
  begin();
  for (const button of find("#training").querySelectorAll("[data-updates]")) {
    button.addEventListener("click", () => train(Number(button.dataset.updates)));
  }
}

/** Write the fields anew, of numbers that were put back elsewhere. */
export function renewGiven() {
  fields();
  begin();
}
