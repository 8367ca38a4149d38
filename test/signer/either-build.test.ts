/** Two classes of one name, as the two builds have them. */
import { inspect } from 'node:util';
import { SignerError, SignerTypeError } from '@storytime/signer';
import { describe, expect, it } from 'vitest';
import { acceptEitherBuild } from '../../signer/src/either-build.ts';

/** The class of errors of another build, by what a build knows of it: the name. */
function classOfAnotherBuild(name: string) {
  class OtherError extends Error {}
  acceptEitherBuild(OtherError, name);
  return OtherError;
}
const OtherSignerError = classOfAnotherBuild('SignerError');
const OtherTypeError = classOfAnotherBuild('SignerTypeError');
class OwnError extends SignerError {}

const error = new SignerError('ERR_KEY_STALE', 'stale');
const typeError = new SignerTypeError('ERR_ARGUMENT_TYPE', 'wrong type');
const own = new OwnError('ERR_KEY_STALE', 'stale');

describe('instanceof', () => {
  it('is true for an error of either build, both ways', () => {
    expect(new OtherSignerError() instanceof SignerError).toBe(true);
    expect(error instanceof OtherSignerError).toBe(true);
    expect(new OtherTypeError() instanceof SignerTypeError).toBe(true);
    expect(typeError instanceof OtherTypeError).toBe(true);
  });

  it('is true for an error of a subclass of the other build', () => {
    class Derived extends OtherSignerError {}
    expect(new Derived() instanceof SignerError).toBe(true);
    expect(own instanceof OtherSignerError).toBe(true);
  });

  it('is false for an error of the other name', () => {
    expect(typeError instanceof SignerError).toBe(false);
    expect(error instanceof SignerTypeError).toBe(false);
    expect(new OtherTypeError() instanceof SignerError).toBe(false);
  });

  it('is true for a subclass only where the error is one of it', () => {
    expect(own instanceof OwnError).toBe(true);
    expect(own instanceof SignerError).toBe(true);
    expect(error instanceof OwnError).toBe(false);
    expect(new OtherSignerError() instanceof OwnError).toBe(false);
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['text', 'SignerError'],
    ['a plain error', new Error('x')],
    ['an object with the same properties', { ...error, message: error.message }],
    ['an object without prototype', Object.create(null)],
    ['the class', SignerError],
    ['its prototype, which no constructor made', SignerError.prototype],
  ])('is false for %s', (_, value: unknown) => {
    expect(value instanceof SignerError).toBe(false);
  });

  it('stays true for the classes of JavaScript', () => {
    expect(error instanceof Error).toBe(true);
    expect(typeError instanceof TypeError).toBe(true);
  });
});

describe('an error', () => {
  it('has no property for it that is printed, copied or listed', () => {
    expect(Reflect.ownKeys(error).sort()).toEqual(['code', 'message', 'name', 'stack']);
    expect(Object.keys(error).sort()).toEqual(['code', 'name']);
    const listed: string[] = [];
    for (const key in error) listed.push(key);
    expect(listed.sort()).toEqual(['code', 'name']);
    expect(inspect(error)).not.toContain('Symbol(');
    expect(inspect(typeError)).not.toContain('Symbol(');
  });
});
