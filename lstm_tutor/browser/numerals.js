// Numbers as text, as numbers/numeral.py writes them.

const FULL = 17;

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

/** Write an array in nested brackets, a one-element array as a plain number.
 * @param {{shape: number[], data: number[]}} value @param {number} digits */
export function arrayText(value, digits) {
  if (value.data.length === 1) return significant(value.data[0], digits);
  let place = 0;
  const level = (shape) => (shape.length
    ? `[${Array.from({ length: shape[0] }, () => level(shape.slice(1))).join(", ")}]`
    : significant(value.data[place++], digits));
  const outer = value.shape.findIndex((size, n) => size !== 1 || n === value.shape.length - 1);
  return level(value.shape.slice(outer));
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
