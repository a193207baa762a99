// The picture and the ledger as they stand: numbers, what is lit, and the way through them.

import { shortText } from "./numerals.js";
import { PLACES, STEPS, all, find, isChanged, isEdited, isHidden, page, shown, valueOfStep }
  from "./steps.js";

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The boxes and chips of each step. @type {Map<string, any[]>} */
const NODES = new Map();
for (const node of all("[data-node]")) {
  NODES.set(node.dataset.node, [...(NODES.get(node.dataset.node) ?? []), node]);
}
const WIRES = all(".wire").map((wire) => ({ wire, into: wire.dataset.into.split(" ") }));
const MARKS = all(".way, .badge"); // of the terms of a gradient

/** The parts of the ledger that change with the numbers. */
const LINES = STEPS.map((step) => {
  const [output, sign] = [find("output", step.section), find(".v i", step.section)];
  return { step, output, sign, first: sign.textContent };
});

/** Write the numbers as they are now. */
export function showValues() {
  const edited = isEdited();
  document.body.classList.toggle("edited", edited);
  find("#back-to-first").disabled = !edited;
  for (const { step, output, sign, first } of LINES) {
    const value = valueOfStep(step);
    const changed = edited && isChanged(step);
    if (changed || step.section.classList.contains("touched")) {
      step.section.classList.toggle("touched", changed);
      output.value = changed ? shown(value) : output.defaultValue;
      sign.textContent = changed ? "≈" : first;
    }
    const nodes = NODES.get(step.id);
    if (!nodes || value === null) continue;
    const text = isHidden(step) ? "?" : shortText(value);
    for (const node of nodes) {
      node.classList.toggle("touched", changed);
      const number = find(".number", node);
      if (number.textContent === text && node.hasAttribute("aria-label")) continue;
      number.textContent = text;
      squeeze(node, number, text);
      node.setAttribute("aria-label", `${find(".name", node).textContent} ${text}, ${
        step.t === null ? "" : `t = ${step.t}`}`);
    }
  }
}

/** Make a number narrower that is too long for its box. */
function squeeze(node, number, text) {
  const name = number.classList.contains("end") ? 6.5 * find(".name", node).textContent.length + 4 : 0;
  const room = find(".box", node).width.baseVal.value - 12 - name;
  const wide = [...text].reduce((sum, sign) => sum + (".,- ".includes(sign) ? 0.33 : 0.64), 0) * 12;
  if (wide < room + 3) number.removeAttribute("textLength");
  else number.setAttribute("textLength", String(room));
  number.setAttribute("lengthAdjust", "spacingAndGlyphs");
}

/** Make the picture's boxes ways to their steps: one stop of the tab key, then arrows. */
export function connectPicture() {
  const nodes = all("[data-node]").filter((node) => PLACES.has(node.dataset.node));
  for (const node of nodes) {
    node.classList.add("live");
    node.setAttribute("role", "link");
    node.setAttribute("tabindex", "-1");
    node.addEventListener("click", () => page.go(PLACES.get(node.dataset.node)));
  }
  nodes[0]?.setAttribute("tabindex", "0");
  document.addEventListener("pointerover", lightSymbol);
  document.addEventListener("focusin", lightSymbol);
  find(".pic").removeAttribute("tabindex"); // its boxes take the focus
  find("#picture").addEventListener("keydown", (event) => {
    const from = event.target.closest?.("[data-node]");
    if (!from || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === " ") page.go(PLACES.get(from.dataset.node));
    else if (DIRECTIONS[event.key]) focusFrom(from, nodes, DIRECTIONS[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

/** Light what is pointed at wherever it stands: in the picture, the formula and the numbers. */
function lightSymbol({ target }) {
  const at = target.closest?.("[data-node], [data-q], #card .to a");
  const id = at && (at.dataset.node ?? at.dataset.q ?? decodeURIComponent(at.hash.slice(2)));
  for (const part of all(".same")) part.classList.remove("same");
  const written = all("#card [data-q]").filter((part) => part.dataset.q === id);
  for (const part of [...written, ...(NODES.get(id) ?? [])]) part.classList.add("same");
}

/** Move the focus to the nearest box in a direction. */
function focusFrom(from, nodes, [right, down]) {
  const middle = ({ x, y, width, height }) => [x + width / 2, y + height / 2];
  const [x, y] = middle(from.getBBox());
  const far = (node) => {
    const [a, b] = middle(node.getBBox());
    const along = (a - x) * right + (b - y) * down;
    const aside = Math.abs((a - x) * down) + Math.abs((b - y) * right);
    return along > 1 ? along + 3 * aside : Infinity;
  };
  const [goal = from] = nodes.filter((node) => far(node) < Infinity).sort((a, b) => far(a) - far(b));
  stop(goal);
  goal.focus();
}

/** Make a box the one at which the tab key stops. */
function stop(node) {
  for (const other of all('[data-node][tabindex="0"]')) other.setAttribute("tabindex", "-1");
  node.setAttribute("tabindex", "0");
}

/** Light a step, what it reads and how its terms come.
 * @param {import("./steps.js").Step} step @param {boolean} quiet nothing but the step itself */
export function lightPicture(step, quiet) {
  const summed = step.equation.role === "sum over time";
  const read = all(summed ? ".y [data-q]" : ".f [data-q]", step.section);
  const used = new Set(quiet ? [] : read.map((part) => part.dataset.q));
  for (const [id, nodes] of NODES) for (const node of nodes) {
    node.classList.toggle("now", id === step.id);
    node.classList.toggle("used", used.has(id) && id !== step.id);
  }
  for (const { wire, into } of WIRES) {
    const lit = !quiet && into.includes(step.id);
    if (lit && !wire.matches(".lit")) wire.parentNode.append(wire); // above the others
    wire.classList.toggle("lit", lit);
  }
  for (const mark of MARKS) mark.classList.toggle("lit", !quiet && mark.dataset.step === step.id);
  const now = NODES.get(step.id)?.[0];
  if (!now) return;
  if (now.hasAttribute("tabindex")) stop(now);
  bring(now);
}

/** Scroll the picture to a box. */
function bring(node) {
  const frame = find(".pic");
  const [a, b] = [node.getBoundingClientRect(), frame.getBoundingClientRect()];
  if (a.left < b.left + 20 || a.right > b.right - 20) {
    frame.scrollLeft += a.left - b.left - (b.width - a.width) / 2;
  }
  if (a.top < b.top || a.bottom > b.bottom) frame.scrollTop += a.top - b.top - b.height / 2;
}
