// Practice: a value is asked for before it is shown; an answer is judged at the digits typed,
// a wrong one traced to its mistake. What was typed is kept, and copied for `check`.

import { answerText, judged, readAnswer } from "./practice.js";
import { sentences } from "./mistakes.js";
import { PROGRAM, STEPS, all, element, find, isAsked, isHidden, page, restore, state, valueOfStep }
  from "./steps.js";
import { showValues } from "./drawing.js";
import { copied, leading, showAsked, withNumbers } from "./card.js";

const MOST_HINTS = 5;
const KEPT = `lstm-tutor ${PROGRAM.scenario}`;
const LEADS = ["what it is", "what leads into it", "the formula", "the numbers put in", "the value"];

/** @type {Promise<any>|undefined} */
let mistakes;

/** Return the mistakes of the program; they are packed, for there are many. */
function known() {
  mistakes ??= (async () => {
    const packed = Uint8Array.from(atob(find("#mistakes").textContent), (letter) => letter.charCodeAt(0));
    /** @type {any} TypeScript before 5.1 does not know it */
    const { DecompressionStream } = globalThis;
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).json();
  })();
  return mistakes;
}

/** Ask for a step. @param {import("./steps.js").Step} step */
export function showQuestion(step) {
  const hints = state.hints[step.id] ?? 0;
  const lines = [];
  if (hints) lines.push(element("p", "rung", `Hint ${hints} of ${MOST_HINTS}: ${LEADS[hints - 1]}.`));
  find("#card h2 small").hidden = !hints;
  if (hints > 2) lines.push(copied(find(".f", step.section), "f"));
  if (hints > 3 && step.equation.role !== "sum over time") lines.push(withNumbers(step));
  showAsked(step, lines, hints > 1 ? leading(step) : []);
  const answer = find("#answer");
  answer.value = state.own[step.id]?.texts.join(" ") ?? "";
  const { length } = valueOfStep(step).data;
  find("#ask label").textContent = length === 1 ? "Its value" : `Its ${length} values, row by row`;
  find("#hint").textContent = hints === MOST_HINTS - 1 ? "Show it" : "Hint";
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
  if (typeof typed === "string") {
    say("", typed);
    return;
  }
  const earlier = STEPS.slice(0, state.index).filter((other) => isAsked(other) && state.own[other.id])
    .map((other) => ({ name: other.equation.target, t: other.t, ...state.own[other.id] }));
  const found = judged(state.values, step.equation, step.t, typed, earlier);
  if (found.verdict === "coarse") {
    say("", "So few digits do not show whether that is right: give more.");
    return;
  }
  state.own[step.id] = typed;
  const right = found.verdict !== "wrong";
  if (right) state.done[step.id] = "right";
  keep();
  showValues();
  page.show();
  if (right) {
    say("right", found.verdict === "right" ? "✓ Right." : "✓ Right, from your own earlier values.");
    find("#next").focus({ preventScroll: true });
    return;
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
  if (state.hints[step.id] >= MOST_HINTS) {
    state.done[step.id] = "shown";
    delete state.own[step.id];
  }
  keep();
  showValues();
  page.show();
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
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
    const own = Object.entries(kept.own ?? {}).filter(([, one]) =>
      [one.texts, one.data, one.units].every(Array.isArray));
    Object.assign(state, { own: Object.fromEntries(own), hints: kept.hints ?? {}, done: kept.done ?? {} });
    return String(kept.mode ?? "");
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
  if (state.mode) restore();
  keep();
  showValues();
}

/** Return the index of the first step that is still asked for; -1 if none is. */
export const firstAsked = () => STEPS.findIndex(isHidden);

async function copyAnswers() {
  const lines = STEPS.filter((step) => state.own[step.id]).map((step) =>
    answerText(step.id, state.own[step.id].texts, valueOfStep(step).shape));
  if (!lines.length) {
    say("", "There is no answer yet.");
    return;
  }
  try {
    await navigator.clipboard.writeText(`${lines.join("\n")}\n`);
    say("", `Copied ${lines.length} of your answers. In a file answers.txt they are read by:`,
      find("#program").dataset.check);
  } catch {
    const text = element("pre", "", lines.join("\n"));
    text.tabIndex = 0;
    say("", "Here no page may copy; your answers are selected. In a file answers.txt they are read by:",
      find("#program").dataset.check);
    find(".why").replaceChildren(text);
    getSelection()?.selectAllChildren(text);
  }
}

/** Let practice be begun, in the mode that a page opens in or was left in. */
export function connectPractice() {
  const kept = recall();
  enter(find("#program").dataset.quiz || kept);
  find("#judge").addEventListener("click", judgeAnswer);
  find("#hint").addEventListener("click", giveHint);
  find("#copy-answers").addEventListener("click", copyAnswers);
  find("#answer").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // or the key presses Next, which gets the focus
    judgeAnswer();
  });
  find("#mode").addEventListener("change", (event) => {
    enter(event.target.value);
    const first = firstAsked();
    page.go(state.mode && first >= 0 ? first : state.index);
  });
  const forget = find("#forget");
  const again = forget.textContent;
  forget.addEventListener("blur", () => { forget.textContent = again; });
  forget.addEventListener("click", () => {
    if (forget.textContent === again && Object.keys(state.own).length) {
      forget.textContent = "Delete all my answers?"; // done when it is pressed once more
      return;
    }
    forget.textContent = again;
    Object.assign(state, { own: {}, hints: {}, done: {} });
    enter(state.mode);
    page.go(firstAsked());
  });
}
