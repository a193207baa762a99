// Runs a program, as docs/program.schema.json describes it: forwards, the loss, backwards
// through time, gradients, update and new loss, one sequence of a batch after the other.

import { FUNCTIONS, OVER_TIME, each, matmul, pairs, plus, scalar, transposed } from "./functions.js";

const OPERATORS = {
  "+": plus,
  "-": (x, y) => pairs(x, y, (a, b) => a - b),
  "*": (x, y) => pairs(x, y, (a, b) => a * b),
  "/": (x, y) => pairs(x, y, (a, b) => a / b),
  "**": (x, y) => pairs(x, y, (a, b) => a ** b),
  "@": matmul,
};

/** @typedef {import("./functions.js").Value} Value */
/** @typedef {Record<string, Value>} Given */

/** Return the value of a formula.
 * @param {any[]} node a tree: its kind, then its parts
 * @param {(node: any[]) => Value} lookup the value of a symbol */
export function evaluate(node, lookup) {
  const kind = node[0];
  if (kind === "signal" || kind === "parameter") return lookup(node);
  if (kind === "number") return scalar(node[1]);
  if (kind === "call") return FUNCTIONS[node[1]](...node.slice(2).map((part) => evaluate(part, lookup)));
  if (kind === "literal") return valueOf(node[1]);
  if (kind === "T") return transposed(evaluate(node[1], lookup));
  if (kind === "-" && node.length === 2) return each(evaluate(node[1], lookup), (x) => -x);
  return OPERATORS[kind](evaluate(node[1], lookup), evaluate(node[2], lookup));
}

/** Return nested lists of numbers as a value. @param {any} rows */
export function valueOf(rows) {
  const shape = [];
  for (let inner = rows; Array.isArray(inner); inner = inner[0]) shape.push(inner.length);
  return { shape, data: [rows].flat(Infinity) };
}

/** Whether a formula has a signal in it, and so is one of each sequence. */
const timed = (node) => node[0] === "signal" || node.some((part) => Array.isArray(part) && timed(part));

/** Return the id of a step. @param {string} name @param {number|null} t */
export const idOf = (name, t) => (t === null ? name : `${name}@${t}`);

/** Return what a program starts from, by the ids of steps; constants by their names.
 * @returns {Given} */
export const givenOf = (program) => Object.fromEntries(
  Object.entries({ ...program.constants, ...program.given }).map(([id, rows]) => [id, valueOf(rows)]));

/** Return what is given in the next epoch. @param {Given} given @param {Values} values
 * @returns {Given} */
export function updated(given, values) {
  const renewed = ([id, value]) => [id, values.held.get(`${id}'`)?.[0] ?? value];
  const found = Object.fromEntries(Object.entries(given).map(renewed));
  if (found.epoch) found.epoch = scalar(found.epoch.data[0] + 1);
  return found;
}

/** The values of a program, by the ids of steps. */
export class Values {
  /** @param {any} program @param {Given} given */
  constructor(program, given) {
    this.program = program;
    this.count = program.sequences ?? 1;
    /** For each sequence; of what has no time step alone. @type {Map<string, Value[]>} */
    this.held = new Map();
    for (const [id, value] of Object.entries(given)) this.put(id, value);
  }

  /** Return the same values, to be changed without changing these. @returns {Values} */
  copied() {
    return Object.assign(Object.create(Values.prototype), this, { held: new Map(this.held) });
  }

  /** Return what a function gives for each sequence. @template T @param {(s: number) => T} f */
  each(f) {
    return Array.from({ length: this.count }, (_, s) => f(s));
  }

  /** Keep a value; in a batch its last axis is that of sequences.
   * @param {string} id @param {Value} value */
  put(id, value) {
    const { shape, data } = value;
    const alone = this.program.sequences === null || !id.includes("@");
    this.held.set(id, alone ? [value] : this.each((s) =>
      ({ shape: shape.slice(0, -1), data: data.filter((_, n) => n % this.count === s) })));
  }

  /** Return the values of all sequences as one, the last axis that of sequences. */
  joined(values) {
    if (this.program.sequences === null) return values[0];
    const data = values[0].data.flatMap((_, n) => values.map((value) => value.data[n]));
    return { shape: [...values[0].shape, this.count], data };
  }

  /** Return what looks up symbols for a formula at a time step, in one sequence. */
  lookup(t, s) {
    return (node) => {
      if (node[0] === "parameter") return this.held.get(node[1])[0];
      const time = node[3] ? node[2] : t + node[2];
      return this.held.get(idOf(node[1], time))?.[s] ?? this.zero(node[1]);
    };
  }

  /** Return zeros in the shape of a symbol. */
  zero(name) {
    const { shape } = this.program.symbols[name];
    return { shape, data: new Array(shape.reduce((a, b) => a * b, 1)).fill(0) };
  }

  /** Return the value of a step by its symbol and time step, as Python has it. */
  value(name, t) {
    const values = this.held.get(idOf(name, t)) ?? this.each(() => this.zero(name));
    return t === null ? values[0] : this.joined(values);
  }

  /** Return what a formula gives in one sequence, in the shape of a symbol. */
  worked(name, node, t, s) {
    return plus(this.zero(name), evaluate(node, this.lookup(t, s)));
  }

  /** Return the value of one term of a gradient at a time step, for each sequence. */
  term({ target }, { right, missing }, t) {
    const why = missing[t] ?? {};
    return this.each((s) =>
      (typeof why === "string" || why[s] ? this.zero(target) : this.worked(target, right, t, s)));
  }

  /** Return the terms of a sum over time, each added up over the sequences. @returns {Value[]} */
  summands({ right, terms }) {
    const inner = OVER_TIME.includes(right[1]) ? right[2] : right;
    const times = [...Array(this.program.steps).keys()]
      .filter((t) => terms || [this.program.labelled[t]].flat().some(Boolean));
    const parts = (t) => this.each((s) => evaluate(inner, this.lookup(t, s)));
    return times.map((t) => (timed(inner) ? parts(t).reduce(plus) : parts(t)[0]));
  }

  /** Compute one equation at a time step and keep its value.
   * @param {any} equation @param {number|null} t
   * @param {(term: any, t: number) => boolean} [counts] which terms of a gradient count */
  compute(equation, t, counts = () => true) {
    const { target, right, terms, role, phase } = equation;
    if (!right) return;
    const keep = (found) => this.held.set(idOf(target, t), found);
    if (role === "sum over time") {
      keep([this.summands(equation).reduce(plus, this.zero(target))]);
    } else if (t === null) {
      keep([this.worked(target, right, 0, 0)]);
    } else if (terms) {
      const parts = terms.filter((term) => counts(term, t)).map((term) => this.term(equation, term, t));
      keep(this.each((s) => parts.reduce((sum, part) => plus(sum, part[s]), this.zero(target))));
    } else {
      const labels = ["loss", "update"].includes(phase) ? [this.program.labelled[t]].flat() : [];
      keep(this.each((s) => (labels[s] === 0 ? this.zero(target) : this.worked(target, right, t, s))));
    }
  }
}

/** Yield each equation of a program with its time steps, in order. */
export function* evaluations(program) {
  for (const section of program.sections) {
    for (const t of section.times) {
      for (const number of section.equations) yield [program.equations[number], t];
    }
  }
}

/** Run a program.
 * @param {any} program @param {Given} [given] other numbers to start from @returns {Values} */
export function run(program, given = givenOf(program)) {
  const values = new Values(program, given);
  const renewed = `${program.output}'`;
  for (const [equation, t] of evaluations(program)) {
    const late = equation.phase === "update" && t !== null;
    if (late && !values.held.has(idOf(renewed, 0))) renew(program, given, values, renewed);
    values.compute(equation, t);
  }
  return values;
}

/** Put the outputs that the new parameters give beside the others, under a name. */
function renew(program, given, values, name) {
  const others = new Values(program, updated(given, values));
  for (const [equation, t] of evaluations(program)) {
    if (equation.phase === "forward") others.compute(equation, t);
  }
  for (let t = 0; t < program.steps; t++) {
    values.held.set(idOf(name, t), others.held.get(idOf(program.output, t)));
  }
}

/** Return how much of a gradient comes from each time step's loss, and on which way.
 * @param {any} program @param {Values} values @param {any} equation @param {number} t
 * @returns {{loss: number, through: string, value: Value}[]} */
export function shares(program, values, equation, t) {
  const backward = [...evaluations(program)].filter(([one]) => one.phase === "backward" && one.of);
  const times = [...Array(program.steps).keys()];
  const own = (loss) => (term, time) => term.gradient || time + term.shift === loss;
  const lanes = times.map((loss) => {
    const lane = values.copied();
    for (const [one, time] of backward) lane.compute(one, time, own(loss));
    return lane;
  });
  const every = ["", ...program.states].flatMap((through) => times.map((loss) => {
    const way = lanes[loss].copied();
    for (const [one, time] of backward.filter(([, at]) => at === t)) {
      way.compute(one, time, (term) => own(loss)(term, t)
        && (term.gradient ? !term.shift || one.of === through : !through));
    }
    return { loss, through, value: way.value(equation.target, t) };
  }));
  return every.filter(({ value }) => value.data.some((entry) => entry !== 0));
}
