// What is given, to be changed: everything is computed again at once. And training: the
// update, again and again, with the loss after each.

import { run, updated } from "./computation.js";
import { significant } from "./numerals.js";
import { readAnswer } from "./practice.js";
import { FIRST, PROGRAM, STEPS, all, find, page, state, valueOfStep } from "./steps.js";

const SLICE = 12; // milliseconds of training before the page is drawn
const [WIDTH, HEIGHT] = [320, 90]; // of the curve

/** The fields, each with the quantity that it is an entry of, and where in it. */
const FIELDS = all("#fields input").map((input) => {
  const grid = input.parentNode;
  return { input, id: grid.dataset.of, place: [...grid.children].indexOf(input) };
});

const isUsable = (values) => STEPS.every((step) =>
  (valueOfStep(step, values)?.data ?? []).every(Number.isFinite));

/** Take a number that was typed, or say why it is none. */
function change({ input, id, place }) {
  const typed = readAnswer(input.value, 1);
  const number = typeof typed === "string" ? NaN : typed.data[0];
  const old = state.given[id];
  const data = old.data.map((entry, n) => (n === place ? number : entry));
  const given = { ...state.given, [id]: { ...old, data } };
  const values = run(PROGRAM, given);
  const usable = isUsable(values);
  input.ariaInvalid = String(!usable);
  find("#complaint").textContent = usable ? "" : Number.isFinite(number)
    ? "With this number a value overflows or is undefined; the last good ones stand."
    : `“${input.value}” is no number; write one such as -0.25 or 1e-3.`;
  if (!usable) return;
  input.classList.toggle("changed", number !== FIRST.given[id].data[place]);
  Object.assign(state, { given, values });
  begin();
  page.renew();
}

/** Write into the fields what is given now. */
function fill() {
  for (const { input, id, place } of FIELDS) {
    const [now, before] = [state.given[id].data[place], FIRST.given[id].data[place]];
    input.value = now === before ? input.defaultValue : significant(now, PROGRAM.digits);
    input.classList.toggle("changed", now !== before);
    input.ariaInvalid = "false";
  }
  find("#complaint").textContent = "";
}

/** Put the page's own numbers back. */
export function restore() {
  Object.assign(state, FIRST);
  fill();
  begin();
  page.renew();
}

// Training.

const LOSS = find("#training")?.dataset.loss; // none where nothing is updated

/** @type {number[]} */
let losses = [];
let left = 0; // updates that are still to be made

const lossNow = () => state.values.value(LOSS, null).data[0];

/** Begin a curve of the loss anew. */
function begin() {
  left = 0;
  losses = LOSS ? [lossNow()] : [];
  drawLosses();
}

/** Update a few times, then let the page be drawn, and go on. */
function train() {
  const start = performance.now();
  let fits = true;
  while (left && performance.now() - start < SLICE) {
    const given = updated(state.given, state.values);
    const values = run(PROGRAM, given);
    fits = isUsable(values);
    if (!fits) break;
    Object.assign(state, { given, values });
    losses.push(lossNow());
    left -= 1;
  }
  drawLosses();
  if (fits && left) return setTimeout(train);
  left = 0;
  fill();
  page.renew();
  if (!fits) {
    find("#loss-said").textContent =
      `After ${losses.length - 1} updates a value overflows; the last good ones stand.`;
  }
}

/** Draw the loss after each update. */
function drawLosses() {
  if (!LOSS) return;
  const [low, high] = [Math.min(...losses, 0), Math.max(...losses)];
  const count = losses.length - 1;
  const points = losses.map((loss, n) => [(n / (count || 1)) * WIDTH,
    HEIGHT - ((loss - low) / (high - low || 1)) * (HEIGHT - 6) - 3]);
  find("#losses polyline").setAttribute("points", points.map((point) =>
    point.map((entry) => entry.toFixed(1)).join()).join(" "));
  find("#losses").classList.toggle("none", !count);
  const [first, last] = [losses[0], losses[count]].map((loss) => significant(loss, PROGRAM.digits));
  const text = count ? `Loss ${first} → ${last} after ${count} ${count === 1 ? "update" : "updates"}`
    : `Loss ${first}`;
  find("#losses").setAttribute("aria-label", text);
  find("#loss-said").textContent = text;
}

/** Let the given numbers be changed and trained. */
export function connectGiven() {
  for (const field of FIELDS) field.input.addEventListener("input", () => change(field));
  find("#back-to-first").addEventListener("click", restore);
  for (const button of all("#training [data-updates]")) {
    button.addEventListener("click", () => {
      const idle = !left;
      left += Number(button.dataset.updates);
      if (idle) train();
    });
  }
}
