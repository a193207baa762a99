// Numbers as text, as numbers/numeral.py writes them.

export const FULL = 17;

/** Write a number at so many significant digits; 17 is the shortest exact text.
 * @param {number} value @param {number} digits */
export function significant(value, digits) {
  const number = value + 0;
  if (digits >= FULL) return number === 0 ? "0" : exponent(String(number));
  if (number === 0) return "0";
  const [mantissa, power] = number.toExponential(digits - 1).split("e");
  const place = Number(power);
  if (place >= -4 && place < digits) return trimmed(number.toFixed(digits - 1 - place));
  return exponent(`${trimmed(mantissa)}e${power}`);
}

const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
const exponent = (text) => text.replace(/e([+-])(\d)$/, "e$10$2");

/** Write texts in nested brackets, a single one without. @param {string[]} texts in row order
 * @param {number[]} shape @returns {string} */
export function bracketed(texts, shape) {
  let place = 0;
  /** @type {(sizes: number[]) => string} */
  const level = ([size, ...inner]) => (size === undefined ? texts[place++]
    : `[${Array.from({ length: size }, () => level(inner)).join(", ")}]`);
  return texts.length === 1 ? texts[0] : level(shape);
}

/** Write an array, a matrix of one row as a flat row.
 * @param {import("./functions.js").Value} value @param {number} digits */
export function arrayText({ shape, data }, digits) {
  const outer = shape.findIndex((size, n) => size !== 1 || n === shape.length - 1);
  return bracketed(data.map((entry) => significant(entry, digits)), shape.slice(Math.max(0, outer)));
}

/** Write a value in the room of a box: at most two entries. @param {{data: number[]}} value */
export function shortText(value) {
  const digits = value.data.length > 1 ? 2 : 3;
  const shown = value.data.slice(0, 2).map((entry) => significant(entry, digits));
  return shown.join(", ") + (value.data.length > 2 ? "…" : "");
}

/** Whether all entries are equal but for the last bits of their storage.
 * @param {number[]} left @param {number[]} right */
export const alike = (left, right) =>
  left.every((entry, n) => entry === right[n] || entry.toPrecision(15) === right[n].toPrecision(15));
