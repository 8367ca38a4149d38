// @ts-check
/** One row for each file that is added: its name, how far it is, and what can be done. */

import { byId, make, say } from './dom.js';

/** @typedef {{ label: string, action: () => void }} Choice */

/**
 * @param {string} name of the file
 * @param {{ onCancel?: () => void }} [options]
 */
export function showCard(name, { onCancel } = {}) {
  const bar = /** @type {HTMLProgressElement} */ (make('progress'));
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute('aria-label', `Progress of ${name}`);
  const text = make('p', { className: 'small muted', text: 'Waiting for other uploads…' });
  const choices = make('div', { className: 'row' });
  const card = make('li', {
    className: 'upload',
    children: [make('p', { className: 'upload-title', text: name }), bar, text, choices],
  });
  byId('uploads').append(card);
  say('library-status', `Adding ${name}.`);
  const dismiss = { label: 'Dismiss', action: remove };
  if (onCancel !== undefined) offer([{ label: 'Cancel', action: onCancel }]);

  return {
    name,
    /**
     * @param {number} percent
     * @param {string} line
     */
    progress(percent, line) {
      bar.value = percent;
      bar.setAttribute('aria-valuetext', line);
      if (text.textContent !== line) text.textContent = line;
    },
    /** What is done now goes on without this page. */
    cannotCancel() {
      offer([]);
    },
    /**
     * @param {string} line
     * @param {Choice} [again]
     */
    fail(line, again) {
      end(line, 'small denied-text', again);
      say('library-status', `${name} was not added. ${sentence(line)}`);
    },
    /**
     * Not a failure: somebody wanted it.
     *
     * @param {string} line
     * @param {Choice} [again]
     */
    stop(line, again) {
      end(line, 'small muted', again);
      say('library-status', `${name}: ${sentence(line)}`);
    },
    remove() {
      if (card.contains(document.activeElement)) byId('add-video').focus();
      card.remove();
    },
  };

  function remove() {
    card.remove();
    byId('add-video').focus();
  }

  /**
   * @param {string} line
   * @param {string} className
   * @param {Choice} [again]
   */
  function end(line, className, again) {
    bar.remove();
    text.className = className;
    text.textContent = sentence(line);
    offer(again === undefined ? [dismiss] : [withRemoval(again), dismiss]);
  }

  /** @param {Choice} choice */
  function withRemoval({ label, action }) {
    return {
      label,
      action: () => {
        remove();
        action();
      },
    };
  }

  /** @param {Choice[]} offered */
  function offer(offered) {
    const hadFocus = choices.contains(document.activeElement);
    const buttons = offered.map(({ label, action }) => {
      const button = /** @type {HTMLButtonElement} */ (make('button', { text: label }));
      button.type = 'button';
      button.setAttribute('aria-label', `${label} ${name}`);
      button.addEventListener('click', action);
      return button;
    });
    choices.replaceChildren(...buttons);
    if (hadFocus) (buttons[0] ?? byId('add-video')).focus();
  }
}

/** @param {string} line */
export function sentence(line) {
  const text = line.charAt(0).toUpperCase() + line.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
