import { describe, expect, it } from 'vitest';
import { readDocument } from '../../../aws/iam/document.ts';
import { hasExactly, type Statement } from '../../../envs/guardrails/policies.ts';

function denialWith(condition: Readonly<Record<string, Readonly<Record<string, unknown>>>>): Statement {
  const statement = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: '*', Condition: condition };
  const { statements } = readDocument({ Version: '2012-10-17', Statement: [statement] });
  return statements[0] as Statement;
}

describe('the conditions of a denial', () => {
  it('are exactly those that are wanted', () => {
    const denial = denialWith({ StringNotEquals: { 's3:TlsVersion': '1.2' } });
    expect(hasExactly(denial, ['StringNotEquals', 's3:TlsVersion', '1.2'])).toBe(true);
  });

  it('are others when one value holds what joins two', () => {
    const denial = denialWith({ StringNotEquals: { 'aws:SourceAccount': ['1', '2'] } });
    expect(hasExactly(denial, ['StringNotEquals', 'aws:SourceAccount', '1,2'])).toBe(false);
  });

  it('are others when one more narrows the denial', () => {
    const denial = denialWith({
      Bool: { 'aws:SecureTransport': 'false' },
      Null: { 'aws:PrincipalArn': 'true' },
    });
    expect(hasExactly(denial, ['Bool', 'aws:SecureTransport', 'false'])).toBe(false);
  });
});
