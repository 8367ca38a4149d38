/** Keys of objects, as records name them. */
import { z } from 'zod';

/** Nothing that leads out of its folder, or that a signature or a URL would take for something else. */
export const objectKey = z
  .string()
  .refine(
    (text) =>
      /^[^/*?#%\\\p{C}]+(?:\/[^/*?#%\\\p{C}]+)*$/u.test(text) && !/(?:^|\/)\.{1,2}(?:\/|$)/.test(text),
    'expected the key of a file, without a slash before it',
  );
