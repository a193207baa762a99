// What each function of the formula language computes: a row for each row of the table in
// algebra/functions.py, which the tests compare by name and at many points.
// An array is {shape, data}: data in row order, shape [] for a plain number.

/** @typedef {{shape: number[], data: number[]}} Value */

/** @param {number} x @returns {Value} */
export const scalar = (x) => ({ shape: [], data: [x] });

/** @param {Value} x @param {(entry: number) => number} f @returns {Value} */
export const each = (x, f) => ({ shape: x.shape, data: x.data.map(f) });

/** Return the place of an entry in an array of a shape that another is spread over.
 * @param {number[]} own @param {number[]} shape the other's, as long @param {number} place */
const placeIn = (own, shape, place) => own.reduce((found, size, n) => {
  const step = (sizes) => sizes.slice(n + 1).reduce((a, b) => a * b, 1);
  return found + (Math.floor(place / step(shape)) % size) * step(own);
}, 0);

const same = (a, b) => a.length === b.length && a.every((size, n) => size === b[n]);

/** Return what a function gives entry by entry; a size of 1, or a missing axis, goes with any.
 * @param {Value} x @param {Value} y @param {(a: number, b: number) => number} f @returns {Value} */
export function pairs(x, y, f) {
  if (same(x.shape, y.shape)) return { shape: x.shape, data: x.data.map((a, n) => f(a, y.data[n])) };
  if (!x.shape.length) return each(y, (b) => f(x.data[0], b));
  if (!y.shape.length) return each(x, (a) => f(a, y.data[0]));
  const axes = Math.max(x.shape.length, y.shape.length);
  const [a, b] = [x, y].map(({ shape }) => [...Array(axes - shape.length).fill(1), ...shape]);
  const shape = a.map((size, n) => (size === 1 ? b[n] : size));
  if (b.some((size, n) => size !== 1 && size !== shape[n])) throw new Error("shapes do not fit");
  const data = Array.from({ length: shape.reduce((m, n) => m * n, 1) }, (_, n) =>
    f(x.data[placeIn(a, shape, n)], y.data[placeIn(b, shape, n)]));
  return { shape, data };
}

/** @param {Value} x @param {Value} y */
export const plus = (x, y) => pairs(x, y, (a, b) => a + b);

/** Return the matrix product; a plain number stands for a one-element array.
 * @param {Value} x @param {Value} y @returns {Value} */
export function matmul(x, y) {
  if (!x.shape.length || !y.shape.length) {
    const [number, other] = x.shape.length ? [y, x] : [x, y];
    const shape = other.shape.length === 2 ? [other.shape[x.shape.length ? 0 : 1]] : other.shape;
    return { shape, data: other.data.map((entry) => entry * number.data[0]) };
  }
  const inner = y.shape[0];
  if (x.shape[x.shape.length - 1] !== inner) throw new Error("shapes do not fit");
  const columns = y.data.length / inner;
  const data = Array.from({ length: (x.data.length / inner) * columns }, (_, place) => {
    const [row, column] = [Math.floor(place / columns) * inner, place % columns];
    let sum = 0;
    for (let n = 0; n < inner; n++) sum += x.data[row + n] * y.data[n * columns + column];
    return sum;
  });
  return { shape: [...x.shape.slice(0, -1), ...y.shape.slice(1)], data };
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
  diag: (x) => ({
    shape: [x.data.length, x.data.length],
    data: x.data.flatMap((entry, n) => x.data.map((_, m) => (n === m ? entry : 0))),
  }),
  log0: elementwise((x) => (x === 0 ? 0 : Math.log(x))),
  fill: (x, like) => ({ shape: like.shape, data: like.data.map(() => x.data[0]) }),
};

/** Written out over time before they are evaluated. */
export const OVER_TIME = ["sum_t", "sum_ts", "sum_s"];
