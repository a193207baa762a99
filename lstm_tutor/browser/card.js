// The card: the step's formula, the same with numbers, its value, and why. Formulas are those
// of the ledger; a copy of one has its symbols replaced by their numbers.

import { shares } from "./computation.js";
import { alike, significant } from "./numerals.js";
import { PLACES, PROGRAM, STEPS, all, captionOf, element, find, isAsked, isEdited, isHidden, nameOf,
  shown, state, valueOfStep } from "./steps.js";

const LARGEST = 16; // entries of an operand that are still put into a formula
const LONG = 48; // signs of a value that is no headline
const signed = (amount) => (amount >= 0 ? "+" : "") + significant(amount, PROGRAM.digits);

/** Copy a part of the ledger. @param {Element} part @param {string} kind @returns {any} */
export function copied(part, kind) {
  const found = /** @type {Element} */ (part.cloneNode(true));
  found.className = kind;
  return found;
}

/** Return a step's value, or one's own where one gave it; none that is still asked for. */
function valueAt(id) {
  const step = STEPS[PLACES.get(id)];
  const own = state.mode && state.own[id];
  if (step && isHidden(step) && !own) return null;
  const [name, time] = id.split("@");
  const value = state.values.value(name, time === undefined ? null : Number(time));
  return own && own.data.length === value.data.length ? { ...value, data: own.data } : value;
}

/** Return a value as MathML: a number, in brackets if it is negative and not alone, or a matrix.
 * @param {import("./functions.js").Value} value @param {boolean} alone */
function written({ data, shape }, alone) {
  const texts = data.map((entry) => significant(entry, PROGRAM.digits));
  if (data.length === 1) return `<mn>${data[0] < 0 && !alone ? `(${texts[0]})` : texts[0]}</mn>`;
  const columns = shape.length > 1 ? shape[shape.length - 1] : 1;
  const cells = texts.map((text, n) =>
    `${n && n % columns === 0 ? "</mtr><mtr>" : ""}<mtd><mn>${text}</mn></mtd>`);
  return `<mo>[</mo><mtable><mtr>${cells.join("")}</mtr></mtable><mo>]</mo>`;
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
    const value = token.matches("[data-q]") && valueAt(token.dataset.q);
    if (!value || value.data.length > LARGEST) return;
    exact &&= value.data.every((entry) => alike([Number(significant(entry, PROGRAM.digits))], [entry]));
    const [before, after] = [line[n - 1]?.textContent ?? "(", line[n + 1]?.textContent ?? ")"];
    token.innerHTML = written(value, "(,".includes(before) && "),".includes(after));
  });
  find("i", formula).textContent = exact ? "=" : "≈";
  return formula;
}

/** Let the keys scroll what is too wide. @param {ParentNode} inside */
export function letScroll(inside) {
  for (const part of all(".f, li", inside)) {
    if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
  }
}

/** Write the card of a step.
 * @param {import("./steps.js").Step} step @param {any[]} lines @param {any[]} below
 * @param {string} said to people who hear the page @param {string} short on a phone */
export function showCard(step, lines, below, said, short) {
  const card = find("#card");
  const part = find("summary", step.section.closest(".part")).firstChild.textContent.trim();
  const asked = STEPS.filter(isAsked);
  const answered = asked.filter((one) => state.done[one.id]).length;
  find(".where", card).textContent = `${part} · step ${state.index + 1} of ${STEPS.length}${
    asked.length ? ` · ${answered} of ${asked.length} answered` : ""}`;
  find("h2", card).replaceChildren(...find("h3", step.section).cloneNode(true).childNodes);
  find(".lines", card).replaceChildren(...lines);
  find(".why", card).replaceChildren(...below);
  find("#said").textContent = `${nameOf(step)}${said}`;
  find("#mini").textContent = `${nameOf(step)} ${short} · ${state.index + 1}/${STEPS.length}`;
}

/** Show a step with its value. @param {import("./steps.js").Step} step */
export function showSolution(step) {
  const formula = find(".f", step.section);
  const computed = formula && step.equation.right && step.equation.role !== "sum over time";
  const value = copied(find(".v", step.section), "v");
  value.classList.toggle("long", value.textContent.length > LONG);
  const lines = [formula && copied(formula, "f"), computed && withNumbers(step), value];
  const links = all(".to", step.section).map((line) => line.cloneNode(true));
  const text = find("output", step.section).textContent;
  showCard(step, lines.filter(Boolean), [...reasons(step), ...links],
    ` ${captionOf(step)}: ${text}`, `${find(".v i", step.section).textContent} ${text}`);
}

/** The terms as in the ledger, their numbers as they are now, and the losses behind. */
function reasons({ equation, t, section }) {
  const why = find(".y", section);
  if (!why) return [];
  const [list, bars] = [find("ol", why)?.cloneNode(true), find(".bars", why)?.cloneNode(true)];
  const values = equation.role === "sum over time" ? state.values.summands(equation)
    : (equation.terms ?? []).map((term) => state.values.joined(state.values.term(equation, term, t)));
  for (const [n, item] of (list ? all("li", list) : []).entries()) {
    if (values[n] && find("b", item)) find("b", item).textContent = shown(values[n]);
    const lines = isEdited() ? all("p", item) : [];
    for (const line of lines) line.textContent = line.textContent.split(" ≈")[0];
  }
  return [element("h3", "", "Why"), list, bars && isEdited() ? renewed(bars, equation, t) : bars]
    .filter(Boolean);
}

/** Draw bars anew for how much comes from each loss now; none where others are not 0 now. */
function renewed(table, equation, t) {
  const rows = shares(PROGRAM, state.values, equation, t);
  const largest = Math.max(...rows.map((row) => Math.abs(row.value.data[0]))) || 1;
  const lines = all("tr:not(.sum)", table);
  if (lines.length !== rows.length) return null;
  rows.forEach(({ value: { data: [amount] } }, n) => {
    const width = (49 * Math.abs(amount)) / largest;
    const bar = find("rect", lines[n]);
    bar.setAttribute("class", amount < 0 ? "neg" : "pos");
    bar.setAttribute("x", String(amount < 0 ? 50 - width : 50));
    bar.setAttribute("width", String(width));
    find("td:last-child", lines[n]).textContent = signed(amount);
  });
  find(".sum td:last-child", table).textContent = signed(state.values.value(equation.target, t).data[0]);
  return table;
}
