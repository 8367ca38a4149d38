/**
 * What a target gets instead of the event: a sentence with the event's values in it.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
import { type JsonObject, objectAt, textAt } from '../../../../local/aws-api/json-call.ts';
import { ownValue } from '../../../../local/aws-api/own.ts';

const PATH = /^\$(\.[\w-]+)+$/;

/** Whether the target's input can be made here: the event itself, or a quoted template of plain paths. */
export function isMakeable(target: JsonObject): boolean {
  if (target.Input !== undefined || target.InputPath !== undefined) return false;
  if (target.InputTransformer === undefined) return true;
  const transformer = objectAt(target, 'InputTransformer');
  const paths = Object.values(objectAt(transformer, 'InputPathsMap'));
  return (
    /^".*"$/s.test(textAt(transformer, 'InputTemplate')) && paths.every((path) => PATH.test(String(path)))
  );
}

/** The message of a target whose input can be made; quotes and all, as EventBridge sends it. */
export function messageFor(target: JsonObject, event: object): string {
  if (target.InputTransformer === undefined) return JSON.stringify(event);
  const transformer = objectAt(target, 'InputTransformer');
  const paths = objectAt(transformer, 'InputPathsMap');
  return textAt(transformer, 'InputTemplate').replace(/<([\w.-]+)>/g, (reference, name: string) =>
    Object.hasOwn(paths, name) ? insideQuotes(valueAt(event, String(paths[name]))) : reference,
  );
}

function valueAt(event: object, path: string): unknown {
  return path
    .split('.')
    .slice(1)
    .reduce<unknown>((value, name) => ownValue(Object(value) as Record<string, unknown>, name), event);
}

function insideQuotes(value: unknown): string {
  if (value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return JSON.stringify(text).slice(1, -1);
}
