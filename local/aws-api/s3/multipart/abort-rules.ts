/**
 * When a bucket's lifecycle rules end an upload that nobody completes. Pure.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html
 */
import { childrenOf, parseXml, textOf, type XmlNode } from '../../xml.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export interface AbortRule {
  readonly id: string;
  readonly prefix: string;
  readonly days: number;
}

/** What ends an upload, and when. */
export interface Abortion {
  readonly at: Date;
  readonly ruleId: string;
}

/** The rules of a stored `LifecycleConfiguration` that are enabled and end uploads. */
export function parseAbortRules(xml: string): readonly AbortRule[] {
  return childrenOf(parseXml(xml), 'LifecycleConfiguration', 'Rule').flatMap((rule) => {
    const days = Number(textOf(rule, 'AbortIncompleteMultipartUpload', 'DaysAfterInitiation'));
    if (textOf(rule, 'Status') !== 'Enabled' || !(days > 0)) return [];
    return [{ id: textOf(rule, 'ID'), prefix: prefixOf(rule), days }];
  });
}

/**
 * The rule that ends an upload of this key first; null when none does. Days end at midnight UTC.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html#intro-lifecycle-rules-number-of-days
 */
export function abortionOf(
  rules: readonly AbortRule[],
  { key, initiatedAt }: { readonly key: string; readonly initiatedAt: Date },
): Abortion | null {
  const [first] = rules
    .filter(({ prefix }) => key.startsWith(prefix))
    .sort((ruleA, ruleB) => ruleA.days - ruleB.days);
  if (first === undefined) return null;
  const day = Math.ceil((initiatedAt.getTime() + first.days * DAY_MS) / DAY_MS);
  return { at: new Date(day * DAY_MS), ruleId: first.id };
}

/** In the filter, in what the filter joins, or in the rule itself, as it used to be. */
function prefixOf(rule: XmlNode): string {
  return (
    textOf(rule, 'Filter', 'Prefix') || textOf(rule, 'Filter', 'And', 'Prefix') || textOf(rule, 'Prefix')
  );
}
