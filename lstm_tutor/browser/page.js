// The page put together: where one is, the keys, and the address.

import { STEPS, PLACES, all, find, element, isHidden, nameOf, page, state } from "./steps.js";
import { connectPicture, lightPicture } from "./drawing.js";
import { letScroll, showHead, showSolution } from "./card.js";
import { connectPractice, enter, firstAsked, say, showQuestion } from "./asking.js";
import { connectGiven, renewGiven } from "./given.js";

page.show = () => {
  const step = STEPS[state.index];
  say("");
  find(".step.now")?.classList.remove("now");
  step.section.classList.add("now");
  const asked = isHidden(step);
  showHead(step);
  find("#ask").hidden = !asked;
  find(".answers").hidden = !state.mode;
  if (asked) showQuestion(step);
  else showSolution(step);
  letScroll(find("#card"));
  lightPicture(step, asked && (state.hints[step.id] ?? 0) < 2);
  const slider = find("#slider");
  slider.value = String(state.index);
  slider.setAttribute("aria-valuetext", `${step.id}, step ${state.index + 1} of ${STEPS.length}`);
  for (const phase of all(".phases span")) {
    phase.classList.toggle("here", phase.dataset.phase === step.equation.phase);
  }
  find("#back").disabled = state.index === 0;
  find("#next").disabled = state.index === STEPS.length - 1;
};

page.go = (index) => {
  if (!(index >= 0 && index < STEPS.length)) return;
  state.index = index;
  write();
  page.show();
};

/** Put where one is into the address. */
function write() {
  try {
    history.replaceState(null, "", `#/${STEPS[state.index].id}${state.mode ? `~${state.mode}` : ""}`);
  } catch {
    // a frame without an address of its own
  }
}

/** Go where the address says. */
function follow() {
  let text = "";
  try {
    text = decodeURIComponent(location.hash.replace(/^#\//, ""));
  } catch {
    // no address of ours
  }
  const [id, mode] = text.split("~");
  if (mode !== undefined && mode !== state.mode) enter(mode);
  const index = PLACES.get(id);
  if (index !== undefined) state.index = index;
  page.show();
}

/** Go on, or back; where something is asked the next thing to type at is at hand. */
function walk(way) {
  page.go(state.index + way);
  if (!find("#ask").hidden) find("#answer").focus({ preventScroll: true });
}

/** Go a part further or back: to its first step. */
function leap(way) {
  const partOf = (n) => STEPS[n]?.section.closest(".part");
  const firsts = STEPS.map((_, n) => n).filter((n) => partOf(n) !== partOf(n - 1));
  const own = firsts.findIndex((n) => partOf(n) === partOf(state.index));
  const goal = way < 0 && state.index > firsts[own] ? firsts[own] : firsts[own + way];
  if (goal !== undefined) page.go(goal);
}

// Finding a step by its id, its symbol or what it is called, the next one first.

const caption = (step) => find("h3 small", step.section).textContent;

function arrive() {
  const text = find("#wanted").value.trim().toLowerCase();
  const fits = [
    (step) => [step.id, nameOf(step)].some((word) => word.toLowerCase() === text),
    (step) => [step.id, nameOf(step)].some((word) => word.toLowerCase().startsWith(text)),
    (step) => caption(step).toLowerCase().includes(text),
  ];
  const order = STEPS.map((_, n) => (state.index + 1 + n) % STEPS.length);
  const found = fits.map((fit) => order.find((n) => fit(STEPS[n]))).find((n) => n !== undefined);
  find("#unfound").textContent = text && found === undefined ? "No step is called so." : "";
  if (!text || found === undefined) return;
  find("#finder").close();
  page.go(found);
}

function openFinder() {
  find("#wanted").value = "";
  find("#finder").showModal();
  find("#wanted").focus();
}

/** Show the step where it stands among all. */
function openLedger() {
  const { section } = STEPS[state.index];
  const part = /** @type {any} */ (section.closest(".part"));
  part.open = true;
  section.scrollIntoView({ block: "center" });
}

/** Print every step, also where the ledger is closed. */
function openForPrint() {
  const closed = all(".ledger .part:not([open])");
  for (const part of closed) part.open = true;
  addEventListener("afterprint", () => closed.forEach((part) => { part.open = false; }), { once: true });
}

// Keys: those of `step`, off while something is typed.

const KEYS = {
  ArrowRight: () => walk(1),
  n: () => walk(1),
  ArrowLeft: () => walk(-1),
  b: () => walk(-1),
  ArrowDown: () => leap(1),
  ArrowUp: () => leap(-1),
  Home: () => page.go(0),
  End: () => page.go(STEPS.length - 1),
  "/": openFinder,
  g: openFinder,
  w: () => document.body.classList.toggle("curt"),
  l: openLedger,
  "?": () => find("#help").showModal(),
};

document.addEventListener("keydown", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const typing = target?.closest("input:not([type=range],[type=checkbox]), pre, summary, select, dialog");
  if (typing || event.ctrlKey || event.altKey || event.metaKey || !KEYS[event.key]) return;
  if (!find("#keys").checked) return;
  event.preventDefault();
  KEYS[event.key]();
});

/** Copy the scenario, or choose its text where a page may not copy. */
async function copyScenario() {
  const text = find("#scenario");
  try {
    await navigator.clipboard.writeText(`${text.textContent.trim()}\n`);
    find("#copy").textContent = "Copied";
  } catch {
    getSelection()?.selectAllChildren(text);
  }
}

/** Write the phases above the slider, each as long as its steps are many. */
function phases() {
  const counts = new Map();
  for (const { equation } of STEPS) counts.set(equation.phase, (counts.get(equation.phase) ?? 0) + 1);
  find(".phases").replaceChildren(...[...counts].map(([phase, count]) => {
    const part = element("span", "", phase[0].toUpperCase() + phase.slice(1));
    part.dataset.phase = phase;
    part.style.flexGrow = String(count);
    return part;
  }));
}

function start() {
  for (const { section } of STEPS) section.removeAttribute("id"); // links lead to the card
  for (const part of all("[hidden][data-live]")) part.hidden = false;
  document.body.classList.add("live");
  for (const part of all(".ledger details")) {
    if (part.matches(".part")) part.open = false;
    part.addEventListener("toggle", () => letScroll(part));
  }
  phases();
  connectPicture();
  connectGiven();
  connectPractice();
  const slider = find("#slider");
  slider.max = String(STEPS.length - 1);
  slider.addEventListener("input", () => page.go(Number(slider.value)));
  find("#back").addEventListener("click", () => walk(-1));
  find("#next").addEventListener("click", () => walk(1));
  find("#mode").addEventListener("change", renewGiven);
  find("#find").addEventListener("click", openFinder);
  find("#open-help").addEventListener("click", () => find("#help").showModal());
  for (const button of all("dialog [data-close]")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }
  find("#arrive").addEventListener("click", arrive);
  find("#wanted").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // or the key presses Find, which gets the focus again
    arrive();
  });
  find("#names").append(...STEPS.map((step) => {
    const option = element("option", "", `${nameOf(step)} ${caption(step)}`);
    option.value = step.id;
    return option;
  }));
  find("#copy").addEventListener("click", copyScenario);
  addEventListener("beforeprint", openForPrint);
  addEventListener("hashchange", () => {
    follow();
    find("#step").scrollIntoView({ block: "nearest" });
  });
  scrollTo(0, 0);
  const computed = STEPS.findIndex((step) => step.equation.phase !== "given");
  state.index = Math.max(0, state.mode ? firstAsked() : computed);
  follow();
  write();
}

if (STEPS.length) start();
