// The page itself: the current step, its card, the picture, and numbers that may be changed.
// Formulas are those of the ledger; a copy of one has its symbols replaced by their numbers.

import { evaluations, idOf, run, shares } from "./computation.js";
import { answerText, judged, readAnswer } from "./practice.js";
import { arrayText, alike, significant, shortText } from "./numerals.js";

const LARGEST = 16; // entries of an operand that are still put into a formula
const PROGRAM = JSON.parse(document.getElementById("program").textContent);
const DIGITS = PROGRAM.digits;
const find = (selector, inside = document) => inside.querySelector(selector);
const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];

/** Make an element. @param {string} tag @param {string} [kind] @param {string} [text] */
function element(tag, kind = "", text = "") {
  const found = document.createElement(tag);
  if (kind) found.className = kind;
  found.textContent = text;
  return found;
}

/** What each step of the page is: its equation, time step and section of the ledger. */
const STEPS = (() => {
  const sections = new Map(all("[data-step].step").map((part) => [part.dataset.step, part]));
  const found = [];
  for (const [equation, t] of evaluations(PROGRAM)) {
    const id = idOf(equation.target, t);
    if (sections.has(id)) found.push({ id, equation, t, section: sections.get(id) });
  }
  return found;
})();
const PLACES = new Map(STEPS.map((step, index) => [step.id, index]));

const state = {
  index: 0,
  given: structuredClone(PROGRAM.given),
  values: run(PROGRAM),
  first: run(PROGRAM),
  mode: "",
  /** @type {Record<string, {texts: string[], data: number[], units: number[]}>} */
  own: {},
  /** @type {Record<string, number>} */
  hints: {},
  /** @type {Record<string, string>} */
  done: {},
};

/** Return the value of a step; of a block none. */
function valueOfStep(step, values = state.values) {
  return step.equation.role === "block" ? null : values.value(step.equation.target, step.t);
}

const shown = (value) => arrayText(value, DIGITS);
const relation = (exact) => (exact ? "=" : "≈");
const isChanged = (step) => {
  const [now, before] = [valueOfStep(step), valueOfStep(step, state.first)];
  return now !== null && !alike(now.data, before.data);
};

/** Whether a value is asked for, and neither found nor given up. */
function isHidden(step) {
  const computed = step.equation.right && !state.done[step.id];
  const asked = state.mode === "all" || ["backward", "gradients"].includes(step.equation.phase);
  return Boolean(state.mode && computed && asked);
}

// The ledger and the picture after numbers were changed.

function showValues() {
  const any = all(".given .changed").length > 0;
  for (const step of STEPS) {
    const value = valueOfStep(step);
    const changed = any && isChanged(step);
    step.section.classList.toggle("touched", changed);
    if (value !== null) {
      const output = find("output", step.section);
      output.dataset.first ??= output.textContent;
      output.textContent = changed ? shown(value) : output.dataset.first;
      for (const node of NODES.get(step.id) ?? []) {
        node.classList.toggle("touched", changed);
        find(".number", node).textContent = isHidden(step) ? "?" : shortText(value);
      }
    }
    for (const part of all(".n, .y", step.section)) part.hidden = any;
    const sign = find(".v i", step.section);
    sign.dataset.first ??= sign.textContent;
    sign.textContent = changed ? "≈" : sign.dataset.first;
  }
  find("#back-to-first").disabled = !any;
}

// The picture.

const NODES = new Map();
for (const node of all("[data-node]")) {
  const id = node.dataset.node;
  NODES.set(id, [...(NODES.get(id) ?? []), node]);
  if (PLACES.has(id)) {
    node.classList.add("live");
    node.addEventListener("click", () => go(PLACES.get(id)));
  }
}

function lightPicture(step) {
  const silent = isHidden(step) && !state.hints[step.id];
  const used = new Set(silent ? [] : all("[data-q]", find(".f", step.section) ?? step.section)
    .map((part) => part.dataset.q));
  for (const [id, nodes] of NODES) {
    for (const node of nodes) {
      node.classList.toggle("now", id === step.id);
      node.classList.toggle("used", used.has(id) && id !== step.id);
    }
  }
  for (const wire of all(".wire")) {
    wire.classList.toggle("lit", !silent && wire.dataset.into.split(" ").includes(step.id));
  }
  for (const way of all(".way")) way.classList.toggle("lit", !silent && way.dataset.step === step.id);
  const now = NODES.get(step.id)?.[0];
  const box = find(".pic");
  if (!now || !box) return;
  const [a, b] = [now.getBoundingClientRect(), box.getBoundingClientRect()];
  if (a.left < b.left + 20 || a.right > b.right - 20) {
    box.scrollLeft += a.left - b.left - (b.width - a.width) / 2;
  }
  if (a.top < b.top || a.bottom > b.bottom) box.scrollTop += a.top - b.top - b.height / 2;
}

// The card: the step's formula, the same with numbers, its value, and why.

/** Replace the symbols of a copied formula by their numbers. */
function putIn(formula, step) {
  const lookup = (id) => {
    const [name, t] = id.includes("@") ? id.split("@") : [id, null];
    return state.values.value(name, t === null ? null : Number(t));
  };
  for (const gone of all("s", formula)) {
    const first = gone.previousElementSibling?.tagName === "I";
    gone.replaceWith(element("span", "gone", first ? "0" : " + 0"));
  }
  const tokens = all("mo, mi, mn", formula).map((token) => token.closest(".q") ?? token);
  const line = tokens.filter((token, n) => token !== tokens[n - 1]);
  let exact = true;
  line.forEach((token, n) => {
    if (!token.matches(".q")) return;
    const index = PLACES.get(token.dataset.q);
    const value = lookup(token.dataset.q);
    if (index !== undefined && isHidden(STEPS[index])) return;
    if (!value || value.data.length > LARGEST) return;
    const text = shown(value);
    exact &&= value.data.every((entry) => alike([Number(significant(entry, DIGITS))], [entry]));
    const before = line[n - 1]?.textContent ?? "(";
    const after = line[n + 1]?.textContent ?? ")";
    const alone = "(,".includes(before) && "),".includes(after);
    const number = document.createElementNS("http://www.w3.org/1998/Math/MathML", "mn");
    number.textContent = text.startsWith("-") && !alone ? `(${text})` : text;
    token.replaceChildren(number);
  });
  return exact;
}

function showCard(step) {
  const card = find("#card");
  const part = find("summary", step.section.closest(".part")).firstChild.textContent.trim();
  find(".where", card).textContent = `${part} · step ${state.index + 1} of ${STEPS.length}`;
  find("h3", card).replaceChildren(...find("h4", step.section).cloneNode(true).childNodes);
  const asked = isHidden(step);
  find("#ask").hidden = !asked;
  find(".answers").hidden = !state.mode;
  if (asked) {
    showQuestion(step);
    return;
  }
  const lines = [];
  const formula = find(".f", step.section);
  if (formula) lines.push(copied(formula, "f"));
  if (formula && step.equation.right && step.equation.role !== "sum over time") {
    const numbers = copied(formula, "f numbers");
    find("i", numbers).textContent = relation(putIn(numbers, step));
    lines.push(numbers);
  }
  lines.push(copied(find(".v", step.section), "v"));
  find(".lines", card).replaceChildren(...lines);
  const links = all(".to", step.section).map((line) => line.cloneNode(true));
  find(".why", card).replaceChildren(...reasons(step), ...links);
  find("#said").textContent = `${find("h4", step.section).textContent}: ${
    find("output", step.section).textContent}`;
  find("#mini").textContent = [find("h4 a", step.section), ...all(".v i, .v output", step.section)]
    .map((part) => part.textContent).join(" ");
}

// Practice: an answer is judged at the digits typed; what was typed is kept and copied.

const KEPT = `lstm-tutor ${PROGRAM.scenario}`;
const MOST_HINTS = 4;

function showQuestion(step) {
  const card = find("#card");
  const hints = state.hints[step.id] ?? 0;
  const lines = [];
  const formula = find(".f", step.section);
  if (hints > 1) lines.push(copied(formula, "f"));
  if (hints > 2 && step.equation.role !== "sum over time") {
    const numbers = copied(formula, "f numbers");
    find("i", numbers).textContent = relation(putIn(numbers, step));
    lines.push(numbers);
  }
  find(".lines", card).replaceChildren(...lines);
  const links = hints > 0 ? all(".to", step.section).slice(0, 1) : [];
  find(".why", card).replaceChildren(...links.map((line) => line.cloneNode(true)));
  const answer = /** @type {HTMLInputElement} */ (find("#answer"));
  answer.value = state.own[step.id]?.texts.join(" ") ?? "";
  const size = valueOfStep(step).data.length;
  find("#ask label").textContent = size === 1 ? "Its value" : `Its ${size} values, row by row`;
  find("#said").textContent = `${find("h4", step.section).textContent}: what is its value?`;
  find("#mini").textContent = `${find("h4 a", step.section).textContent} = ?`;
}

function say(kind, text) {
  find("#verdict").className = kind;
  find("#verdict").textContent = text;
}

function judgeAnswer() {
  const step = STEPS[state.index];
  const typed = readAnswer(find("#answer").value, valueOfStep(step).data.length);
  if (typeof typed === "string") {
    say("", typed);
    return;
  }
  const earlier = STEPS.slice(0, state.index).filter((other) => state.own[other.id])
    .map((other) => ({ name: other.equation.target, t: other.t, ...state.own[other.id] }));
  const found = judged(state.values, step.equation, step.t, typed, earlier);
  state.own[step.id] = typed;
  if (found === "right") state.done[step.id] = "right";
  keep();
  showValues();
  show();
  if (found === "right") say("right", "✓ Right.");
  else if (found === "coarse") say("", "Right as far as it goes. Write more digits.");
  else {
    say("wrong", "✗ Not right. This is not what your earlier values give. A hint helps; or copy your " +
      "answers into a file, and “lstm-tutor check” looks for the mistake that gives this number.");
  }
}

function giveHint() {
  const { id } = STEPS[state.index];
  state.hints[id] = (state.hints[id] ?? 0) + 1;
  if (state.hints[id] >= MOST_HINTS) state.done[id] = "shown";
  keep();
  showValues();
  show();
}

/** Keep what was answered, where the browser lets a page do so. */
function keep() {
  const { mode, own, hints, done } = state;
  try {
    localStorage.setItem(KEPT, JSON.stringify({ mode, own, hints, done }));
  } catch {
    // it is then kept as long as the page is open
  }
}

function recall() {
  try {
    Object.assign(state, JSON.parse(localStorage.getItem(KEPT) ?? "{}"));
  } catch {
    // nothing was kept
  }
  /** @type {HTMLSelectElement} */ (find("#mode")).value = state.mode;
  enter();
}

/** Begin to practise, or to read. */
function enter() {
  document.body.classList.toggle("practising", Boolean(state.mode));
  if (state.mode) putBack();
  showValues();
}

async function copyAnswers() {
  const lines = STEPS.filter((step) => state.own[step.id]).map((step) =>
    answerText(step.id, state.own[step.id].texts, valueOfStep(step).shape));
  try {
    await navigator.clipboard.writeText(lines.join("\n") + "\n");
    say("", `Copied ${lines.length} of your answers.`);
  } catch {
    const text = element("pre", "", lines.join("\n"));
    find(".why").replaceChildren(text);
    getSelection().selectAllChildren(text);
  }
}

function putBack() {
  state.given = structuredClone(PROGRAM.given);
  state.values = state.first;
  find("#fields").replaceChildren();
  fields();
  find("#complaint").textContent = "";
}

function copied(part, kind) {
  const found = part.cloneNode(true);
  found.className = kind;
  return found;
}

/** The terms as in the ledger, their numbers as they are now, and the losses behind. */
function reasons(step) {
  const why = find(".y", step.section);
  if (!why) return [];
  const found = [element("h4", "", "Why")];
  const list = find("ol", why)?.cloneNode(true);
  if (list) {
    const timed = step.equation.role === "sum over time";
    const summands = timed ? state.values.summands(step.equation) : [];
    all("li", list).forEach((item, n) => {
      const term = step.equation.terms?.[n];
      const value = timed ? summands[n]?.value
        : term && state.values.joined(state.values.term(step.equation, term, step.t));
      if (value && find("b", item)) find("b", item).textContent = shown(value);
      if (all(".given .changed").length) {
        for (const line of all("p", item)) {
          if (line.textContent.includes("≈")) line.textContent = line.textContent.split(" ≈")[0];
        }
      }
    });
    found.push(list);
  }
  if (find(".bars", why)) found.push(...bars(step, find(".bars", why)));
  return found;
}

/** Draw again how much comes from each loss. */
function bars(step, before) {
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

const signed = (amount) => (amount >= 0 ? "+" : "") + significant(amount, DIGITS);

// Where one is.

function show() {
  const step = STEPS[state.index];
  say("", "");
  for (const other of all(".step.now")) other.classList.remove("now");
  step.section.classList.add("now");
  showCard(step);
  lightPicture(step);
  const slider = /** @type {HTMLInputElement} */ (find("#slider"));
  slider.value = String(state.index);
  slider.setAttribute("aria-valuetext", `${step.id}, step ${state.index + 1} of ${STEPS.length}`);
  find("#back").disabled = state.index === 0;
  find("#next").disabled = state.index === STEPS.length - 1;
}

function go(index) {
  if (index < 0 || index >= STEPS.length) return;
  state.index = index;
  try {
    history.replaceState(null, "", `#/${STEPS[index].id}`);
  } catch {
    // a frame without an address of its own
  }
  show();
}

/** Go a time step further or back: to the first step of the next part. */
function leap(way) {
  const part = STEPS[state.index].section.closest(".part");
  const partOf = (n) => STEPS[n]?.section.closest(".part");
  const firsts = STEPS.map((_, n) => n).filter((n) => partOf(n) !== partOf(n - 1));
  const own = firsts.findIndex((n) => partOf(n) === part);
  const goal = way < 0 && state.index > firsts[own] ? firsts[own] : firsts[own + way];
  if (goal !== undefined) go(goal);
}

function fromAddress() {
  const index = PLACES.get(decodeURIComponent(location.hash.replace(/^#\//, "")));
  if (index !== undefined) state.index = index;
  show();
}

// What is given, to be changed.

const KINDS = [["series", "at each time step"], ["initial", "initial states"], ["parameters", "weights"]];

function fields() {
  const box = find("#fields");
  for (const [kind, title] of KINDS) {
    const names = Object.keys(PROGRAM.given[kind]);
    if (!names.length) continue;
    const group = element("fieldset");
    group.append(element("legend", "", title));
    for (const name of names) {
      const rows = PROGRAM.given[kind][name];
      const parts = kind === "series" ? rows.map((row, t) => [t, row]) : [[null, rows]];
      for (const [t, row] of parts) field(group, kind, name, t, row);
    }
    box.append(group);
  }
}

/** Add the numbers of one quantity. */
function field(group, kind, name, t, row) {
  const there = PLACES.has(idOf(name, t)); // a step without a label has none to change
  const numbers = [row].flat(Infinity);
  if (!there || numbers.length > 64) return;
  const label = find("h4 a", STEPS[PLACES.get(idOf(name, t))].section).textContent;
  const line = element("div", "field");
  line.append(element("span", "", label));
  numbers.forEach((number, place) => {
    const input = document.createElement("input");
    input.value = String(number);
    input.inputMode = "decimal";
    input.setAttribute("aria-label", numbers.length > 1 ? `${label} entry ${place + 1}` : label);
    input.addEventListener("input", () => change(input, kind, name, t, place, number));
    line.append(input);
  });
  group.append(line);
}

/** Take a number that was typed, or say why it is none. */
function change(input, kind, name, t, place, before) {
  const text = input.value.trim().replace("−", "-");
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  const usable = Number.isFinite(number);
  const given = structuredClone(state.given);
  if (usable) put(given[kind], name, t, place, number);
  const values = usable ? run(PROGRAM, given) : null;
  const finite = values && STEPS.every((step) =>
    (valueOfStep(step, values)?.data ?? []).every(Number.isFinite));
  input.classList.toggle("bad", !finite);
  input.setAttribute("aria-invalid", String(!finite));
  find("#complaint").textContent = finite ? "" : usable
    ? "With this number a value overflows or is undefined; the last good ones stand."
    : `“${input.value}” is no number; write one such as -0.25 or 1e-3.`;
  if (!finite) return;
  input.classList.toggle("changed", number !== before);
  state.given = given;
  state.values = values;
  showValues();
  show();
}

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

// Keys: off while something is typed.

const KEYS = {
  ArrowRight: () => go(state.index + 1),
  n: () => go(state.index + 1),
  ArrowLeft: () => go(state.index - 1),
  b: () => go(state.index - 1),
  ArrowDown: () => leap(1),
  ArrowUp: () => leap(-1),
  Home: () => go(0),
  End: () => go(STEPS.length - 1),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof Element && event.target.closest("input, pre, summary, select");
  if (typing || event.ctrlKey || event.altKey || event.metaKey || !KEYS[event.key]) return;
  if (!find("#keys").checked) return;
  event.preventDefault();
  KEYS[event.key]();
});

/** Copy the scenario, or choose its text where a page may not copy. */
async function copyScenario() {
  const text = find("#scenario");
  try {
    await navigator.clipboard.writeText(text.textContent.trim() + "\n");
    find("#copy").textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(text);
  }
}

function start() {
  for (const { section } of STEPS) section.removeAttribute("id"); // links lead to the card
  for (const part of all("[hidden][data-live]")) part.hidden = false;
  document.body.classList.add("live");
  fields();
  recall();
  const slider = /** @type {HTMLInputElement} */ (find("#slider"));
  slider.max = String(STEPS.length - 1);
  slider.addEventListener("input", () => go(Number(slider.value)));
  find("#back").addEventListener("click", () => go(state.index - 1));
  find("#next").addEventListener("click", () => go(state.index + 1));
  find("#back-to-first").addEventListener("click", () => {
    putBack();
    showValues();
    show();
  });
  find("#judge").addEventListener("click", judgeAnswer);
  find("#hint").addEventListener("click", giveHint);
  find("#copy-answers").addEventListener("click", copyAnswers);
  find("#answer").addEventListener("keydown", (event) => {
    if (event.key === "Enter") judgeAnswer();
  });
  find("#mode").addEventListener("change", (event) => {
    state.mode = event.target.value;
    keep();
    enter();
    const first = STEPS.findIndex(isHidden);
    go(state.mode && first >= 0 ? first : state.index);
  });
  find("#forget").addEventListener("click", () => {
    Object.assign(state, { own: {}, hints: {}, done: {} });
    keep();
    enter();
    go(STEPS.findIndex(isHidden));
  });
  find("#copy").addEventListener("click", copyScenario);
  addEventListener("hashchange", () => {
    fromAddress();
    find("#step").scrollIntoView({ block: "nearest" });
  });
  scrollTo(0, 0);
  const computed = STEPS.findIndex((step) => step.equation.phase !== "given");
  state.index = Math.max(0, computed);
  fromAddress();
}

if (STEPS.length) start();
