/** The diagnosis as a person reads it, cause and fix first, and as a program does. Pure. */

import { printableJson, printableLine } from '../../envs/printable.ts';
import { alignedTable } from '../text/aligned-table.ts';
import type { Diagnosis } from './diagnose.ts';
import type { EvidenceRow } from './evidence.ts';
import { shownUrl } from './viewer-url.ts';

/** 0 allowed, 1 denied with a cause found, 3 inconclusive; 2 is a mistake on the command line. */
export function exitCodeOf({ verdict }: Pick<Diagnosis, 'verdict'>): 0 | 1 | 3 {
  switch (verdict) {
    case 'allowed':
      return 0;
    case 'denied':
      return 1;
    case 'inconclusive':
      return 3;
  }
}

export function diagnosisText(diagnosis: Diagnosis, evidence: readonly EvidenceRow[]): string {
  return [...headline(diagnosis), '', ...table(evidence)].map(printableLine).join('\n');
}

export function diagnosisJson(
  { verdict, causes, subject }: Diagnosis,
  evidence: readonly EvidenceRow[],
): string {
  return printableJson({ verdict, url: shownUrl(subject.url), causes, evidence }, 2);
}

function headline({ verdict, causes, unchecked, subject: { behaviour } }: Diagnosis): string[] {
  if (verdict === 'allowed') {
    const behind = causes.flatMap(({ id, found, fix }) => [`but: ${id}: ${found}`, `  fix: ${fix}`]);
    const isPublic = behaviour?.keyGroupIds === null;
    const unsigned = isPublic ? `: ${behaviour.pathPattern} is public, no signature is needed` : '';
    return [`allowed: CloudFront allows this request${unsigned}`, ...behind];
  }
  if (verdict === 'inconclusive') {
    const against = causes.map(({ id, found }) => `possible reason: ${id}: ${found}`);
    if (unchecked !== null) {
      return [
        `inconclusive: neither the distribution nor the answer of CloudFront could be checked (${unchecked})`,
        'fix: sign in, or set AWS_PROFILE to a profile of the environment’s account, then run it again',
        ...against,
      ];
    }
    const first =
      causes.length > 0
        ? 'inconclusive: CloudFront allowed the request, but the configuration says it should be denied'
        : 'inconclusive: CloudFront did not allow the request, and nothing that could be checked explains why';
    return [
      first,
      'fix: run it again from a network from which viewers may play, with rights to read what the table calls "not seen"',
      ...against,
    ];
  }
  const [first, ...others] = causes;
  return [
    `${first?.certainty === 'likely' ? 'likely cause' : 'cause'}: ${first?.id}: ${first?.found}`,
    `fix: ${first?.fix}`,
    ...others.flatMap(({ id, found, fix }) => [`also: ${id}: ${found}`, `  fix: ${fix}`]),
  ];
}

function table(rows: readonly EvidenceRow[]): string[] {
  return alignedTable([
    ['checked', 'ok?', 'found'],
    ...rows.map(({ checked, ok, found }) => [checked, ok === null ? '–' : ok ? 'yes' : 'NO', found]),
  ]);
}
