// What each function of the formula language computes: a row for each row of the table in
// algebra/functions.py, which the tests compare by name and at many points.
// An array is {shape, data}: data in row order, shape [] for a plain number.

/** @typedef {{shape: number[], data: number[]}} Value */

/** @param {number} x @returns {Value} */
export const scalar = (x) => ({ shape: [], data: [x] });

/** @param {Value} x @param {(entry: number) => number} f @returns {Value} */
export const each = (x, f) => ({ shape: x.shape, data: x.data.map(f) });

/** Return two shapes' common one: a size of 1, or a missing axis, goes with any.
 * @param {number[]} a @param {number[]} b @returns {number[]} */
function broadcast(a, b) {
  const length = Math.max(a.length, b.length);
  const found = [];
  for (let n = 0; n < length; n++) {
    const one = a[a.length - length + n] ?? 1;
    const other = b[b.length - length + n] ?? 1;
    if (one !== other && one !== 1 && other !== 1) throw new Error("shapes do not fit");
    found.push(one === 1 ? other : one);
  }
  return found;
}

/** Return the place in x of an entry of a value of a shape.
 * @param {Value} x @param {number[]} shape @param {number} place */
function placeIn(x, shape, place) {
  let found = 0, step = 1;
  for (let n = shape.length - 1; n >= 0; n--) {
    const own = x.shape[x.shape.length - shape.length + n] ?? 1;
    if (own > 1) found += (place % shape[n]) * step;
    place = Math.floor(place / shape[n]);
    step *= own;
  }
  return found;
}

const same = (a, b) => a.length === b.length && a.every((size, n) => size === b[n]);

/** @param {Value} x @param {Value} y @param {(a: number, b: number) => number} f @returns {Value} */
export function pairs(x, y, f) {
  if (same(x.shape, y.shape)) return { shape: x.shape, data: x.data.map((a, n) => f(a, y.data[n])) };
  if (!x.shape.length) return each(y, (b) => f(x.data[0], b));
  if (!y.shape.length) return each(x, (a) => f(a, y.data[0]));
  const shape = broadcast(x.shape, y.shape);
  const count = shape.reduce((a, b) => a * b, 1);
  const data = Array.from({ length: count }, (_, n) =>
    f(x.data[placeIn(x, shape, n)], y.data[placeIn(y, shape, n)]));
  return { shape, data };
}

/** Return the matrix product; a plain number stands for a one-element array.
 * @param {Value} x @param {Value} y @returns {Value} */
export function matmul(x, y) {
  if (!x.shape.length || !y.shape.length) {
    const [number, other] = x.shape.length ? [y, x] : [x, y];
    const shape = other.shape.length === 2 ? [other.shape[x.shape.length ? 0 : 1]] : other.shape;
    return { shape, data: other.data.map((entry) => entry * number.data[0]) };
  }
  const rows = x.shape.length === 2 ? x.shape[0] : 1;
  const inner = x.shape[x.shape.length - 1];
  const columns = y.shape.length === 2 ? y.shape[1] : 1;
  if (y.shape[0] !== inner) throw new Error("shapes do not fit");
  const data = new Array(rows * columns).fill(0);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) {
    let total = 0;
    for (let n = 0; n < inner; n++) total += x.data[r * inner + n] * y.data[n * columns + c];
    data[r * columns + c] = total;
  }
  const shape = [];
  if (x.shape.length === 2) shape.push(rows);
  if (y.shape.length === 2) shape.push(columns);
  return { shape, data };
}

/** @param {Value} x @returns {Value} */
export function transposed(x) {
  if (x.shape.length < 2) return x;
  const [rows, columns] = x.shape;
  const data = x.data.map((_, n) => x.data[(n % rows) * columns + Math.floor(n / rows)]);
  return { shape: [columns, rows], data };
}

const total = (x) => x.data.reduce((a, b) => a + b, 0);
const sigmoid = (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
const elementwise = (f) => (x) => each(x, f);
const part = (x, start, size) => ({ shape: [size], data: x.data.slice(start, start + size) });

/** @type {Record<string, (...values: Value[]) => Value>} */
export const FUNCTIONS = {
  tanh: elementwise(Math.tanh),
  sigmoid: elementwise(sigmoid),
  relu: elementwise((x) => (x <= 0 ? 0 : x)),
  hard_sigmoid: elementwise((x) => (x <= -3 ? 0 : x >= 3 ? 1 : x / 6 + 0.5)),
  exp: elementwise(Math.exp),
  log: elementwise(Math.log),
  sqrt: elementwise(Math.sqrt),
  abs: elementwise(Math.abs),
  max: (x, y) => pairs(x, y, Math.max),
  min: (x, y) => pairs(x, y, Math.min),
  softmax: (x) => {
    const highest = Math.max(...x.data);
    const small = each(x, (entry) => Math.exp(entry - highest));
    const sum = total(small);
    return each(small, (entry) => entry / sum);
  },
  concat: (x, y) => ({ shape: [x.data.length + y.data.length], data: [...x.data, ...y.data] }),
  sum: (x) => scalar(total(x)),
  mean: (x) => scalar(total(x) / x.data.length),
  step: elementwise((x) => (x > 0 ? 1 : 0)),
  sign: elementwise((x) => (x > 0 ? 1 : x < 0 ? -1 : 0)),
  size: (x) => scalar(x.data.length),
  head: (x, y) => part(x, 0, y.data.length),
  tail: (x, y) => part(x, x.data.length - y.data.length, y.data.length),
  outer: (x, y) => ({
    shape: [x.data.length, y.data.length],
    data: x.data.flatMap((a) => y.data.map((b) => a * b)),
  }),
  diag: (x) => {
    const size = x.data.length;
    const data = new Array(size * size).fill(0);
    x.data.forEach((entry, n) => { data[n * size + n] = entry; });
    return { shape: [size, size], data };
  },
  log0: elementwise((x) => (x === 0 ? 0 : Math.log(x))),
  fill: (x, like) => ({ shape: like.shape, data: like.data.map(() => x.data[0]) }),
};

/** Written out over time before they are evaluated. */
export const OVER_TIME = ["sum_t", "sum_ts", "sum_s"];
