// The card: the step's formula, the same with numbers, its value, and why. Formulas are those
// of the ledger; a copy of one has its symbols replaced by their numbers.

import { shares } from "./computation.js";
import { alike, significant } from "./numerals.js";
import { PLACES, PROGRAM, STEPS, all, element, find, isAsked, isEdited, isHidden, nameOf, shown, state,
  valueOfStep } from "./steps.js";
import { saidOf } from "./drawing.js";

const LARGEST = 16; // entries of an operand that are still put into a formula
const LONG = 48; // signs of a value that is no headline
const MATHML = "http://www.w3.org/1998/Math/MathML";
const relation = (exact) => (exact ? "=" : "≈");
const signed = (amount) => (amount >= 0 ? "+" : "") + significant(amount, PROGRAM.digits);

/** Copy a part of the ledger. @returns {any} */
export function copied(part, kind) {
  const found = part.cloneNode(true);
  found.className = kind;
  return found;
}

/** Return a step's value, or one's own where one gave it. */
function valueAt(id) {
  const [name, time] = id.includes("@") ? id.split("@") : [id, null];
  const value = state.values.value(name, time === null ? null : Number(time));
  const own = state.mode && state.own[id];
  return own && own.data.length === value.data.length ? { ...value, data: own.data } : value;
}

/** Return a step's formula with numbers in it. @param {import("./steps.js").Step} step */
export function withNumbers(step) {
  const formula = copied(find(".f", step.section), "f numbers");
  for (const gone of all("s", formula)) {
    const first = gone.previousElementSibling?.tagName === "I";
    gone.replaceWith(element("span", "gone", first ? "0" : " + 0"));
  }
  const tokens = all("mo, mi, mn", formula).map((token) => token.closest("[data-q]") ?? token);
  const line = tokens.filter((token, n) => token !== tokens[n - 1]);
  let exact = true;
  line.forEach((token, n) => {
    if (!token.matches("[data-q]")) return;
    const index = PLACES.get(token.dataset.q);
    if (index !== undefined && isHidden(STEPS[index]) && !state.own[token.dataset.q]) return;
    const value = valueAt(token.dataset.q);
    if (!value || value.data.length > LARGEST) return;
    const text = shown(value);
    exact &&= value.data.every((entry) => alike([Number(significant(entry, PROGRAM.digits))], [entry]));
    const before = line[n - 1]?.textContent ?? "(";
    const after = line[n + 1]?.textContent ?? ")";
    const alone = "(,".includes(before) && "),".includes(after);
    const number = document.createElementNS(MATHML, "mn");
    number.textContent = text.startsWith("-") && !alone ? `(${text})` : text;
    token.replaceChildren(number);
  });
  find("i", formula).textContent = relation(exact);
  return formula;
}

/** Write what is above both a step's answer and its solution. @param {import("./steps.js").Step} step */
export function showHead(step) {
  const card = find("#card");
  const part = find("summary", step.section.closest(".part")).firstChild.textContent.trim();
  const asked = STEPS.filter(isAsked);
  const answered = asked.filter((one) => state.done[one.id]).length;
  find(".where", card).textContent = `${part} · step ${state.index + 1} of ${STEPS.length}${
    asked.length ? ` · ${answered} of ${asked.length} answered` : ""}`;
  find("h2", card).replaceChildren(...find("h3", step.section).cloneNode(true).childNodes);
}

/** Show a step with its value. @param {import("./steps.js").Step} step */
export function showSolution(step) {
  const card = find("#card");
  const lines = [];
  const formula = find(".f", step.section);
  if (formula) lines.push(copied(formula, "f"));
  if (formula && step.equation.right && step.equation.role !== "sum over time") {
    lines.push(withNumbers(step));
  }
  const value = copied(find(".v", step.section), "v");
  value.classList.toggle("long", value.textContent.length > LONG);
  lines.push(value);
  find(".lines", card).replaceChildren(...lines);
  const links = all(".to", step.section).map((line) => line.cloneNode(true));
  find(".why", card).replaceChildren(...reasons(step), ...links);
  find("#said").textContent = `${saidOf(step)}: ${find("output", step.section).textContent}`;
  const parts = [find("h3 a", step.section), ...all(".v i, .v output", step.section)];
  find("#mini").textContent = `${parts.map((part) => part.textContent).join(" ")} · ${
    state.index + 1}/${STEPS.length}`;
}

/** Let the keys scroll what is too wide. @param {ParentNode} inside */
export function letScroll(inside) {
  for (const part of all(".f, li", inside)) {
    if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
  }
}

/** The terms as in the ledger, their numbers as they are now, and the losses behind. */
function reasons(step) {
  const why = find(".y", step.section);
  if (!why) return [];
  const found = [element("h3", "", "Why")];
  const list = find("ol", why)?.cloneNode(true);
  if (list) {
    const timed = step.equation.role === "sum over time";
    const summands = timed ? state.values.summands(step.equation) : [];
    all("li", list).forEach((item, n) => {
      const term = step.equation.terms?.[n];
      const value = timed ? summands[n]?.value
        : term && state.values.joined(state.values.term(step.equation, term, step.t));
      if (value && find("b", item)) find("b", item).textContent = shown(value);
      for (const line of isEdited() ? all("p", item) : []) {
        if (line.textContent.includes("≈")) line.textContent = line.textContent.split(" ≈")[0];
      }
    });
    found.push(list);
  }
  if (find(".bars", why)) found.push(...bars(step, find(".bars", why)));
  return found;
}

/** Draw again how much comes from each loss. */
function bars(step, before) {
  if (!isEdited()) return [before.cloneNode(true)];
  const rows = shares(PROGRAM, state.values, step.equation, step.t);
  const table = before.cloneNode(true);
  const old = all("tr:not(.sum)", table);
  const largest = Math.max(...rows.map((row) => Math.abs(row.value.data[0]))) || 1;
  if (old.length !== rows.length) return [];
  rows.forEach((row, n) => {
    const amount = row.value.data[0];
    const cells = all("td", old[n]);
    cells[1].textContent = signed(amount);
    const bar = find("rect", cells[0]);
    const width = (49 * Math.abs(amount)) / largest;
    bar.setAttribute("class", amount < 0 ? "neg" : "pos");
    bar.setAttribute("x", String(amount < 0 ? 50 - width : 50));
    bar.setAttribute("width", String(width));
  });
  find(".sum td:last-child", table).textContent = signed(valueOfStep(step).data[0]);
  return [table];
}

/** What leads into a step, in words: of a gradient the reasons of its terms.
 * @param {import("./steps.js").Step} step */
export function leading(step) {
  const because = all(".y li", step.section).map((item) => find("p", item)?.textContent)
    .filter((text) => text?.startsWith("because"));
  if (because.length && step.equation.role !== "sum over time") {
    return because.map((text) => element("p", "", text));
  }
  return all(".to", step.section).slice(0, 1).map((line) => line.cloneNode(true));
}

/** Show nothing but what is asked. @param {import("./steps.js").Step} step @param {any[]} lines
 * @param {any[]} below */
export function showAsked(step, lines, below) {
  find("#card .lines").replaceChildren(...lines);
  find("#card .why").replaceChildren(...below);
  find("#said").textContent = `${nameOf(step)}: what is its value?`;
  find("#mini").textContent = `${nameOf(step)} = ? · ${state.index + 1}/${STEPS.length}`;
}
