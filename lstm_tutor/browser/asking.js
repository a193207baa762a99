// Practice: a value is asked for before it is shown; an answer is judged at the digits typed,
// a wrong one traced to its mistake. What was typed is kept, and copied for `check`.

import { answerText, judged, readAnswer } from "./practice.js";
import { sentences } from "./mistakes.js";
import { PROGRAM, STEPS, all, copyText, element, find, isAsked, isHidden, nameOf, page, state,
  valueOfStep } from "./steps.js";
import { copied, showCard, withNumbers } from "./card.js";
import { restore } from "./given.js";

const KEPT = `lstm-tutor ${PROGRAM.scenario}`;
const LEADS = ["what it is", "what leads into it", "the formula", "the numbers put in", "the value"];

/** Return the mistakes of the program; they are packed, for there are many. @returns {Promise<any>} */
async function known() {
  const packed = Uint8Array.from(atob(find("#mistakes").textContent), (letter) => letter.charCodeAt(0));
  /** @type {any} TypeScript before 5.1 does not know it */
  const { DecompressionStream } = globalThis;
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const { columns, ...data } = await new Response(stream).json();
  const rows = columns[0]?.map((_, n) => columns.map((column) => column[n])) ?? [];
  for (const [equation, ...row] of rows) (data.edits[equation] ??= []).push(row);
  return data;
}

/** Ask for a step. @param {import("./steps.js").Step} step */
export function showQuestion(step) {
  const hints = state.hints[step.id] ?? 0;
  const lines = [];
  if (hints) lines.push(element("p", "rung", `Hint ${hints} of ${LEADS.length}: ${LEADS[hints - 1]}.`));
  if (hints > 2) lines.push(copied(find(".f", step.section), "f"));
  if (hints > 3 && step.equation.role !== "sum over time") lines.push(withNumbers(step));
  const leads = hints > 1 ? all(".lead", step.section).map((line) => line.cloneNode(true)) : [];
  showCard(step, lines, leads, ": what is its value?", "= ?");
  find("#card h2 small").hidden = !hints;
  find("#answer").value = state.own[step.id]?.texts.join(" ") ?? "";
  find("#ask label").textContent = `Its ${step.section.dataset.asked || "value"}`;
  find("#hint").textContent = hints === LEADS.length - 1 ? "Show it" : "Hint";
}

/** Say something of the last answer. @param {string} kind @param {string[]} lines */
export function say(kind, ...lines) {
  const box = find("#verdict");
  box.className = kind;
  box.replaceChildren(...lines.filter(Boolean).map((line) => element("p", "", line)));
}

async function judgeAnswer() {
  const step = STEPS[state.index];
  const typed = readAnswer(find("#answer").value, valueOfStep(step).data.length);
  if (typeof typed === "string") return say("", typed);
  const earlier = STEPS.slice(0, state.index).filter((other) => isAsked(other) && state.own[other.id])
    .map((other) => ({ name: other.equation.target, t: other.t, ...state.own[other.id] }));
  const found = judged(state.values, step.equation, step.t, typed, earlier);
  if (found.verdict === "coarse") {
    return say("", "So few digits do not show whether that is right: give more.");
  }
  state.own[step.id] = typed;
  const right = found.verdict !== "wrong";
  if (right) state.done[step.id] = "right";
  keep();
  page.renew();
  if (right) {
    say("right", found.verdict === "right" ? "✓ Right." : "✓ Right, from your own earlier values.");
    return find("#next").focus({ preventScroll: true });
  }
  say("wrong", "✗ Not right.");
  const lines = sentences(await known(), state.values, found, step.equation, step.t, typed);
  if (STEPS[state.index] !== step) return;
  say("wrong", "✗ Not right.", ...(lines.length ? lines : unknown()),
    "Try again, take a hint, or go on with your own value: Next.");
}

/** What is to be said where no mistake of the step's own equation gives the number. */
const unknown = () => ["First wrong here: no mistake in this equation that I know gives it. Copy " +
  "your answers into answers.txt; to look further:", find("#program").dataset.check];

function giveHint() {
  const step = STEPS[state.index];
  state.hints[step.id] = (state.hints[step.id] ?? 0) + 1;
  if (state.hints[step.id] >= LEADS.length) {
    state.done[step.id] = "shown";
    delete state.own[step.id];
  }
  keep();
  page.renew();
  if (state.done[step.id]) say("", "The value; it counts as shown.");
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

/** Take up what was kept, if it is such. */
function recall() {
  try {
    const { mode, own, hints, done } = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
    const whole = ([, one]) => [one.texts, one.data, one.units].every(Array.isArray);
    const kept = Object.fromEntries(Object.entries(own ?? {}).filter(whole));
    Object.assign(state, { own: kept, hints: hints ?? {}, done: done ?? {} });
    return String(mode ?? "");
  } catch {
    return "";
  }
}

/** Begin to practise, or to read. @param {string} mode */
export function enter(mode) {
  const choice = find("#mode");
  state.mode = all("option", choice).some((one) => one.value === mode) ? mode : "";
  choice.value = state.mode;
  document.body.classList.toggle("practising", Boolean(state.mode));
  find("#copied").hidden = true;
  keep();
  restore();
}

/** Return the index of the first step that is still asked for; -1 if none is. */
export const firstAsked = () => STEPS.findIndex(isHidden);

async function copyAnswers() {
  const lines = STEPS.filter((step) => state.own[step.id]).map((step) =>
    answerText(step.id, state.own[step.id].texts, valueOfStep(step).shape));
  if (!lines.length) return say("", "There is no answer yet.");
  const place = find("#copied");
  place.textContent = lines.join("\n");
  place.hidden = false;
  const done = await copyText(`${place.textContent}\n`, place);
  place.hidden = done;
  say("", `${done ? "Copied" : "Here no page may copy, but selected are"} ${lines.length} of your answers.`,
    "In a file answers.txt they are read by:", find("#program").dataset.check);
}

/** Forget all answers, once it is pressed a second time. */
function forget() {
  const { textContent, dataset } = find("#forget");
  const sure = textContent === dataset.sure || !Object.keys(state.own).length;
  find("#forget").textContent = sure ? dataset.name : dataset.sure;
  if (!sure) return;
  Object.assign(state, { own: {}, hints: {}, done: {} });
  enter(state.mode);
  page.go(firstAsked());
}

/** Let practice be begun, in the mode that a page opens in or was left in. */
export function connectPractice() {
  const kept = recall();
  enter(find("#program").dataset.quiz || kept);
  find("#ask").addEventListener("submit", (event) => {
    event.preventDefault();
    judgeAnswer();
  });
  find("#hint").addEventListener("click", giveHint);
  find("#copy-answers").addEventListener("click", copyAnswers);
  find("#mode").addEventListener("change", (event) => {
    enter(event.target.value);
    const first = firstAsked();
    page.go(state.mode && first >= 0 ? first : state.index);
  });
  find("#forget").addEventListener("click", forget);
  find("#forget").addEventListener("blur", ({ target }) => { target.textContent = target.dataset.name; });
}
