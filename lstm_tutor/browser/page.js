// The page put together: where one is, the keys, and the address.

import { STEPS, PLACES, all, captionOf, copyText, find, isHidden, nameOf, page, state }
  from "./steps.js";
import { connectPicture, lightPicture, showValues } from "./drawing.js";
import { letScroll, showSolution } from "./card.js";
import { connectGiven } from "./given.js";
import { connectPractice, enter, firstAsked, say, showQuestion } from "./asking.js";

page.show = () => {
  const step = STEPS[state.index];
  say("");
  find(".step.now")?.classList.remove("now");
  step.section.classList.add("now");
  const asked = isHidden(step);
  find("#ask").hidden = !asked;
  find(".answers").hidden = !state.mode;
  if (asked) showQuestion(step);
  else showSolution(step);
  lightPicture(step, asked && (state.hints[step.id] ?? 0) < 2);
  letScroll(find("#card"));
  find("#slider").value = String(state.index);
  find("#slider").setAttribute("aria-valuetext", `${step.id}, step ${state.index + 1} of ${STEPS.length}`);
  const { phase } = step.equation;
  for (const one of all(".phases span")) one.classList.toggle("here", one.dataset.phase === phase);
  find("#back").disabled = state.index === 0;
  find("#next").disabled = state.index === STEPS.length - 1;
};

page.renew = () => {
  showValues();
  page.show();
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
  const text = new URLSearchParams(`at=${location.hash.slice(2)}`).get("at") ?? ""; // takes any %
  const [id, mode] = text.split("~");
  if (mode !== undefined && mode !== state.mode) enter(mode);
  state.index = PLACES.get(id) ?? state.index;
  page.show();
}

/** Go on, or back; where something is asked the next thing to type at is at hand. */
function walk(way) {
  page.go(state.index + way);
  if (!find("#ask").hidden) find("#answer").focus({ preventScroll: true });
}

/** Go a part further or back: to its first step. */
function leap(way) {
  const { section } = STEPS[state.index];
  const part = section.closest(".part");
  const inside = way < 0 && section !== find(".step", part);
  const goal = inside ? part : way < 0 ? part.previousElementSibling : part.nextElementSibling;
  if (goal?.matches(".part")) page.go(PLACES.get(find(".step", goal).dataset.step));
}

/** Find a step by its id, its symbol or what it is called, the next one first.
 * @param {SubmitEvent} event of the finder, which is closed if there is one */
function arrive(event) {
  const text = find("#wanted").value.trim().toLowerCase();
  if (event.submitter?.matches(".close")) return;
  const words = (step) => [step.id, nameOf(step)].map((word) => word.toLowerCase());
  const fits = [
    (step) => words(step).includes(text),
    (step) => words(step).some((word) => word.startsWith(text)),
    (step) => captionOf(step).toLowerCase().includes(text),
  ];
  const order = STEPS.map((_, n) => (state.index + 1 + n) % STEPS.length);
  const found = fits.map((fit) => order.find((n) => fit(STEPS[n]))).find((n) => n !== undefined);
  find("#unfound").textContent = text && found === undefined ? "No step is called so." : "";
  if (text && found !== undefined) page.go(found);
  else event.preventDefault();
}

function openFinder() {
  find("#wanted").value = "";
  find("#finder").showModal();
}

/** Show the step where it stands among all. */
function openLedger() {
  const { section } = STEPS[state.index];
  /** @type {any} */ (section.closest(".part")).open = true;
  section.scrollIntoView({ block: "center" });
}

// Those of `step`, off while something is typed.
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
  const typing = target?.closest(
    "input:not([type=range],[type=checkbox]), pre, summary, select, dialog");
  const meant = !(typing || event.ctrlKey || event.altKey || event.metaKey);
  if (!meant || !KEYS[event.key] || !find("#keys").checked) return;
  event.preventDefault();
  KEYS[event.key]();
});

function start() {
  for (const { id, section } of STEPS) [section.id, section.dataset.step] = ["", id]; // the card is linked
  for (const part of all("[hidden][data-live]")) part.hidden = false;
  document.body.classList.add("live");
  for (const part of all(".ledger details")) part.addEventListener("toggle", () => letScroll(part));
  for (const part of all(".ledger .part")) part.open = false;
  for (const phase of all(".phases span")) phase.style.flexGrow = phase.dataset.steps;
  connectPicture();
  connectGiven();
  connectPractice();
  find("#slider").addEventListener("input", ({ target }) => page.go(Number(target.value)));
  find("#back").addEventListener("click", () => walk(-1));
  find("#next").addEventListener("click", () => walk(1));
  find("#find").addEventListener("click", openFinder);
  find("#open-help").addEventListener("click", KEYS["?"]);
  find("#finder form").addEventListener("submit", arrive);
  find("#copy").addEventListener("click", async ({ target }) => {
    const text = find("#scenario");
    if (await copyText(`${text.textContent.trim()}\n`, text)) target.textContent = "Copied";
  });
  addEventListener("resize", () => all("#card, .ledger .part[open]").forEach(letScroll));
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
