// @ts-check
/** What every part of the page does with its elements and words. */

/**
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`no element #${id}`);
  return /** @type {T} */ (element);
}

/**
 * An element with text or children; what comes from outside is only ever text.
 *
 * @param {string} name
 * @param {{ className?: string, text?: string, children?: Node[] }} [options]
 */
export function make(name, { className = '', text = '', children = [] } = {}) {
  const element = document.createElement(name);
  if (className !== '') element.className = className;
  if (text !== '') element.textContent = text;
  element.append(...children);
  return element;
}

/**
 * Changes a live region only when there is something new, so that nothing is read out twice.
 *
 * @param {string} id
 * @param {string} text
 */
export function say(id, text) {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @param {number} count
 * @param {string} noun in the singular
 */
export function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** @param {number} bytes */
export function readableSize(bytes) {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes >= 1e6) return `${Math.round(bytes / 1e6)} MB`;
  return `${Math.ceil(bytes / 1e3)} kB`;
}

/**
 * @param {number} seconds
 * @returns {string} as a whole number of the largest unit that allows it
 */
export function readableLength(seconds) {
  for (const [unit, size] of /** @type {const} */ ([
    ['hour', 3600],
    ['minute', 60],
  ])) {
    const count = seconds / size;
    if (Number.isInteger(count)) return counted(count, unit);
  }
  return `${seconds} seconds`;
}

/** @param {number} seconds of something that is estimated */
export function readableRest(seconds) {
  if (seconds < 90) return counted(Math.ceil(seconds), 'second');
  if (seconds < 5400) return counted(Math.round(seconds / 60), 'minute');
  return counted(Math.round(seconds / 3600), 'hour');
}
