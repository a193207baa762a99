// Runs a program, as docs/program.schema.json describes it: forwards, the loss, backwards
// through time, gradients, update and new loss, one sequence of a batch after the other.

import { FUNCTIONS, OVER_TIME, each, matmul, pairs, scalar, transposed } from "./functions.js";

const OPERATORS = {
  "+": (x, y) => pairs(x, y, (a, b) => a + b),
  "-": (x, y) => pairs(x, y, (a, b) => a - b),
  "*": (x, y) => pairs(x, y, (a, b) => a * b),
  "/": (x, y) => pairs(x, y, (a, b) => a / b),
  "**": (x, y) => pairs(x, y, (a, b) => a ** b),
  "@": matmul,
};

/** Return the value of a formula.
 * @param {any[]} node a tree: its kind, then its parts
 * @param {(node: any[]) => import("./functions.js").Value} lookup the value of a symbol */
export function evaluate(node, lookup) {
  const kind = node[0];
  if (kind === "signal" || kind === "parameter") return lookup(node);
  if (kind === "number") return scalar(node[1]);
  if (kind === "call") {
    return FUNCTIONS[node[1]](...node.slice(2).map((part) => evaluate(part, lookup)));
  }
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

/** The values of a program: signals by id and sequence, the rest by name. */
export class Values {
  /** @param {any} program @param {any} given its series, initial values and parameters */
  constructor(program, given) {
    this.program = program;
    this.count = program.sequences ?? 1;
    /** @type {Map<string, any[]>} */
    this.signals = new Map();
    /** @type {Map<string, any>} */
    this.parameters = new Map();
    for (const [name, value] of Object.entries(given.constants ?? program.constants)) {
      this.parameters.set(name, scalar(/** @type {number} */ (value)));
    }
    for (const [name, rows] of Object.entries(given.parameters)) {
      this.parameters.set(name, valueOf(rows));
    }
    for (const [name, rows] of Object.entries(given.series)) {
      rows.forEach((row, t) => this.signals.set(idOf(name, t), this.split(valueOf(row))));
    }
    for (const [id, rows] of Object.entries(given.initial)) {
      this.signals.set(id, this.split(valueOf(rows)));
    }
  }

  /** Return the same values, to be changed without changing these. @returns {Values} */
  copied() {
    const found = Object.assign(Object.create(Values.prototype), this);
    found.signals = new Map(this.signals);
    found.parameters = new Map(this.parameters);
    return found;
  }

  /** Return a value, whose last axis is that of sequences in a batch, for each sequence. */
  split(value) {
    if (this.program.sequences === null) return [value];
    const shape = value.shape.slice(0, -1);
    return Array.from({ length: this.count }, (_, s) =>
      ({ shape, data: value.data.filter((_entry, n) => n % this.count === s) }));
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
      if (node[0] === "parameter") return this.parameters.get(node[1]);
      const time = node[3] ? node[2] : t + node[2];
      return this.signals.get(idOf(node[1], time))?.[s] ?? this.zero(node[1]);
    };
  }

  /** Return zeros in the shape of a symbol. */
  zero(name) {
    const shape = this.program.symbols[name].shape;
    return { shape, data: new Array(shape.reduce((a, b) => a * b, 1)).fill(0) };
  }

  /** Return the value of a step by its symbol and time step, as Python has it. */
  value(name, t) {
    if (t === null) return this.parameters.get(name);
    return this.joined(this.signals.get(idOf(name, t)) ?? this.zeros(name));
  }

  /** Return a value in the shape of a symbol, of which it may be one entry. */
  shaped(name, value) {
    return pairs(this.zero(name), value, (a, b) => a + b);
  }

  zeros(name) {
    return Array.from({ length: this.count }, () => this.zero(name));
  }

  /** Return the value of one term of a gradient at a time step, for each sequence. */
  term(equation, term, t) {
    return Array.from({ length: this.count }, (_, s) => {
      const why = term.missing[t];
      const gone = typeof why === "string" || (why && why[s]);
      if (gone) return this.zero(equation.target);
      return this.shaped(equation.target, evaluate(term.right, this.lookup(t, s)));
    });
  }

  /** Return the terms of a sum over time. */
  summands(equation) {
    const inner = OVER_TIME.includes(equation.right[1]) ? equation.right[2] : equation.right;
    const { labelled, steps } = this.program;
    const times = [];
    for (let t = 0; t < steps; t++) {
      if (equation.terms || [labelled[t]].flat().some(Boolean)) times.push(t);
    }
    return times.map((t) => ({ t, value: this.summed(inner, t) }));
  }

  /** Return a formula's value at a time step, added up over the sequences. */
  summed(node, t) {
    const parts = Array.from({ length: timed(node) ? this.count : 1 }, (_, s) =>
      evaluate(node, this.lookup(t, s)));
    return parts.reduce((x, y) => pairs(x, y, (a, b) => a + b));
  }

  /** Compute one equation at a time step and keep its value.
   * @param {any} equation @param {number|null} t
   * @param {(term: any, t: number) => boolean} [counts] which terms of a gradient count */
  compute(equation, t, counts = () => true) {
    const { target, right, terms, role } = equation;
    if (!right) return;
    if (role === "sum over time") {
      const parts = this.summands(equation).map((part) => part.value);
      const found = parts.reduce((x, y) => pairs(x, y, (a, b) => a + b), this.zero(target));
      this.parameters.set(target, found);
    } else if (t === null) {
      this.parameters.set(target, this.shaped(target, evaluate(right, this.lookup(0, 0))));
    } else if (terms) {
      const found = terms.filter((term) => counts(term, t)).map((term) => this.term(equation, term, t));
      const sum = found.reduce(
        (x, y) => x.map((value, s) => pairs(value, y[s], (a, b) => a + b)), this.zeros(target));
      this.signals.set(idOf(target, t), sum);
    } else {
      const loss = equation.phase === "loss" || equation.phase === "update";
      const found = Array.from({ length: this.count }, (_, s) => {
        const there = !loss || [this.program.labelled[t]].flat()[s] !== 0;
        return there ? this.shaped(target, evaluate(right, this.lookup(t, s))) : this.zero(target);
      });
      this.signals.set(idOf(target, t), found);
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
 * @param {any} program @param {any} [given] other numbers to start from @returns {Values} */
export function run(program, given = program.given) {
  const values = new Values(program, given);
  let renewed = false;
  for (const [equation, t] of evaluations(program)) {
    if (equation.phase === "update" && t !== null && !renewed) {
      renewed = true;
      renew(program, given, values);
    }
    values.compute(equation, t);
  }
  return values;
}

/** Put the outputs that the new parameters give beside the others. */
function renew(program, given, values) {
  const parameters = { ...given.parameters };
  const others = new Values(program, given);
  for (const name of Object.keys(parameters)) {
    const renewed = values.parameters.get(`${name}'`);
    if (renewed) others.parameters.set(name, renewed);
  }
  for (const [equation, t] of evaluations(program)) {
    if (equation.phase === "forward") others.compute(equation, t);
  }
  for (let t = 0; t < program.steps; t++) {
    const output = others.signals.get(idOf(program.output, t));
    values.signals.set(idOf(`${program.output}'`, t), output);
  }
}

/** Return how much of a gradient comes from each time step's loss, and on which way.
 * @param {any} program @param {Values} values @param {any} equation @param {number} t
 * @returns {{loss: number, through: string, value: import("./functions.js").Value}[]} */
export function shares(program, values, equation, t) {
  const starts = (term) => term.gradient === null;
  const lossOf = (term, time) => time + (term.links[0]?.shift ?? 0);
  const ways = ["", ...program.states];
  const found = [];
  for (let loss = 0; loss < program.steps; loss++) {
    const lane = values.copied();
    const own = (term, time) => !starts(term) || lossOf(term, time) === loss;
    const backward = [...evaluations(program)].filter(([one]) => one.phase === "backward" && one.of);
    for (const [one, time] of backward) lane.compute(one, time, own);
    for (const through of ways) {
      const way = lane.copied();
      const here = backward.filter(([, time]) => time === t);
      for (const [one, time] of here) {
        way.compute(one, time, (term) => own(term, time) &&
          (starts(term) ? !through : !term.shift || one.of === through));
      }
      const value = way.value(equation.target, t);
      if (value.data.some((entry) => entry !== 0)) found.push({ loss, through, value });
    }
  }
  return found.sort((a, b) => ways.indexOf(a.through) - ways.indexOf(b.through) || a.loss - b.loss);
}
