/** The demo page in Chromium: opened as a newcomer opens it, and read as a viewer, a keyboard and a meter of contrast see it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { findChromium } from '../../local/preflight/tools.ts';

export interface Chromium {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly close: () => Promise<void>;
}

/**
 * @param args - further arguments of its command line
 * @param options - `recordHar`: the file that gets the HAR of everything, when it is closed
 */
export async function openChromium(
  args: readonly string[] = [],
  { recordHar }: { readonly recordHar?: string } = {},
): Promise<Chromium> {
  const profile = await mkdtemp(join(tmpdir(), 'storytime-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: (await findChromium()) ?? 'chromium',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--no-first-run',
      ...args,
    ],
    viewport: { width: 1280, height: 1000 },
    ...(recordHar !== undefined && { recordHar: { path: recordHar } }),
  });
  return {
    context,
    page: context.pages()[0] ?? (await context.newPage()),
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

export interface Seen {
  readonly engine: string;
  readonly playback: string;
  readonly currentTime: number;
  readonly decodedFrames: number;
}

/** What is evaluated in the page is a string: the tests are compiled without the browser's types. */
export function playback(page: Page): Promise<Seen> {
  return page.evaluate<Seen>(`(() => {
    const video = document.querySelector('video');
    return {
      engine: document.documentElement.dataset.engine,
      playback: document.documentElement.dataset.playback,
      currentTime: video.currentTime,
      decodedFrames: video.getVideoPlaybackQuality().totalVideoFrames,
    };
  })()`);
}

export async function textOf(page: Page, id: string): Promise<string> {
  return (await page.locator(`#${id}`).textContent())?.trim() ?? '';
}

/** Rows of the panel, newest first; the reason of a denial stands after its row. */
export function rows(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(
    `[...document.querySelectorAll('#rows tr')].map((row) => [...row.cells].map((cell) => cell.textContent).join(' ').trim())`,
  );
}

/** Where the focus is: an id, or else a name. */
export function focused(page: Page): Promise<{ name: string; hasOutline: boolean }> {
  return page.evaluate(`(() => {
    const element = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return {
      name: element.id || element.dataset.how || element.className || element.textContent.trim(),
      hasOutline: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
    };
  })()`);
}

/** Names in the order of Tab, from a page just loaded until the focus leaves it; a video's own controls are one name. */
export async function tabOrder(page: Page): Promise<{ name: string; hasOutline: boolean }[]> {
  const order: { name: string; hasOutline: boolean }[] = [];
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate('document.activeElement === document.body')) break;
    const here = await focused(page);
    if (here.name !== order.at(-1)?.name) order.push(here);
  }
  return order;
}

/** What can be operated or read by itself and has no name that would be read out. */
export function unnamed(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const named = (element) =>
      element.getAttribute('aria-label') ||
      (element.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent).join('') ||
      [...(element.labels ?? [])].map((label) => label.textContent).join('') ||
      (['BUTTON', 'A'].includes(element.tagName) ? element.textContent : '') ||
      (element.tagName === 'IMG' ? element.hasAttribute('alt') : '');
    return [...document.querySelectorAll('button, a, input, video, img, progress, main section, ol, [role=region]')]
      .filter((element) => !named(element))
      .map((element) => element.outerHTML.slice(0, 120));
  })()`);
}

/**
 * Texts and control borders that are seen and have too little contrast: 4.5 for text, 3 for large text and for borders of
 * controls that can be used. What lies over a picture is measured over black and over white.
 *
 * @see https://www.w3.org/TR/WCAG22/#contrast-minimum
 * @see https://www.w3.org/TR/WCAG22/#non-text-contrast
 */
export function poorContrast(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const parse = (text) => {
      const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
      return { r, g, b, a };
    };
    const over = (top, below) => ({
      r: top.r * top.a + below.r * (1 - top.a),
      g: top.g * top.a + below.g * (1 - top.a),
      b: top.b * top.a + below.b * (1 - top.a),
      a: 1,
    });
    const luminance = ({ r, g, b }) => {
      const [x, y, z] = [r, g, b].map((value) => {
        const c = value / 255;
        return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const contrast = (one, other) => {
      const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
      return (light + 0.05) / (dark + 0.05);
    };
    const backgrounds = (element) => {
      const layers = [];
      let bases = null;
      for (let each = element; each !== null; each = each.parentElement) {
        if (each.classList.contains('stage')) bases = [{ r: 0, g: 0, b: 0, a: 1 }, { r: 255, g: 255, b: 255, a: 1 }];
        if (bases !== null) break;
        layers.unshift(parse(getComputedStyle(each).backgroundColor));
      }
      return (bases ?? [{ r: 255, g: 255, b: 255, a: 1 }]).map((base) =>
        layers.reduce((below, layer) => over(layer, below), base),
      );
    };
    const least = (color, element) =>
      Math.min(...backgrounds(element).map((background) => contrast(over(color, background), background)));
    const poor = [];
    for (const element of document.querySelectorAll('body *')) {
      if (!element.checkVisibility() || element.closest('.visually-hidden, noscript, option')) continue;
      const style = getComputedStyle(element);
      const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join('');
      if (text !== '') {
        const size = parseFloat(style.fontSize);
        const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        const ratio = least(parse(style.color), element);
        if (ratio < (isLarge ? 3 : 4.5)) poor.push('text ' + ratio.toFixed(2) + ': ' + text.slice(0, 60));
      }
      const isUsable = element.tagName === 'BUTTON' && !element.disabled && element.getAttribute('aria-disabled') !== 'true';
      const border = parse(style.borderTopColor);
      if (isUsable && border.a > 0) {
        const ratio = least(border, element.parentElement);
        if (ratio < 3) poor.push('border ' + ratio.toFixed(2) + ': ' + text.slice(0, 60));
      }
    }
    return poor;
  })()`);
}
