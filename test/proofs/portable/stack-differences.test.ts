/** A comparison that finds nothing proves nothing unless it can find something. */
import { describe, expect, it } from 'vitest';
import { stackDifferences } from './stack-differences.ts';

const stack = {
  '//': { metadata: { version: '0.21.0', backend: 's3' } },
  resource: { aws_s3_bucket: { masters: { bucket: 'masters', tags: ['a', 'b'] } } },
};
const changed = (change: (copy: typeof stack) => void): string => {
  const copy = structuredClone(stack);
  change(copy);
  return JSON.stringify(copy);
};
const differencesTo = (other: string) => stackDifferences(JSON.stringify(stack), other);

describe('stackDifferences', () => {
  it('finds nothing between stacks that only their writer’s version and the order of keys tell apart', () => {
    const { resource, ...rest } = stack;
    const turned = { resource, ...rest, '//': { metadata: { backend: 's3', version: '0.24.0' } } };
    expect(differencesTo(JSON.stringify(turned))).toEqual([]);
  });

  it('names the place and both values of a value that changed', () => {
    const other = changed(({ resource }) => {
      resource.aws_s3_bucket.masters.bucket = 'other';
    });
    expect(differencesTo(other)).toEqual(['$.resource.aws_s3_bucket.masters.bucket: "masters" / "other"']);
  });

  it('finds a resource that one stack lacks', () => {
    const other = changed(({ resource }) => Reflect.deleteProperty(resource, 'aws_s3_bucket'));
    expect(differencesTo(other)).toEqual([
      expect.stringMatching(/^\$\.resource\.aws_s3_bucket: \{.*\} \/ nothing$/),
    ]);
  });

  it('finds a list in another order, a number that became a string, and metadata other than the version', () => {
    const reordered = changed(({ resource }) => resource.aws_s3_bucket.masters.tags.reverse());
    expect(differencesTo(reordered)).toHaveLength(2);
    expect(stackDifferences('{"ttl":1}', '{"ttl":"1"}')).toEqual(['$.ttl: 1 / "1"']);
    const elsewhere = changed((copy) => {
      copy['//'].metadata.backend = 'local';
    });
    expect(differencesTo(elsewhere)).toEqual(['$["//"].metadata.backend: "s3" / "local"']);
  });

  it('tells an empty list from an empty object', () => {
    expect(stackDifferences('{"a":[]}', '{"a":{}}')).toEqual(['$.a: [] / {}']);
  });
});
