/** docs/runbooks/403.md: every row of its table is brought about on the local cloud, and the doctor names its cause first. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CAUSES } from '../../ops/doctor/causes.ts';
import { symptomOf } from '../ops/doctor/ask-edge.ts';
import { type Clinic, openClinic } from '../ops/doctor/clinic.ts';
import { type Diagnosed, runDoctor } from '../ops/doctor/run-doctor.ts';
import { SCENARIOS, type Scenario } from '../ops/doctor/scenarios.ts';

const page = await readFile(fileURLToPath(new URL('../../docs/runbooks/403.md', import.meta.url)), 'utf8');
const [onThisMachine = '', elsewhere = ''] = page.split('The local CloudFront has no web ACL');
const rows = rowsOf(onThisMachine);

let clinic: Clinic;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'storytime-403-'));
  clinic = await openClinic();
}, 600_000);

afterAll(async () => {
  await clinic?.close();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

describe('the 403 runbook', () => {
  it('has a row for every cause that the doctor knows, and a scenario for every row of `local`', () => {
    const named = [...rows, ...rowsOf(elsewhere)].map(({ cause }) => cause);

    expect([...new Set(named)].sort()).toEqual(Object.keys(CAUSES).sort());
    expect(rows.map(({ because }) => because).sort()).toEqual(Object.keys(SCENARIOS).sort());
  });

  it.each(rows)('$symptom, $because: $cause', async ({ symptom, because, cause }) => {
    let got: (Diagnosed & { symptom: string | null }) | undefined;
    await SCENARIOS[because]?.(clinic, async (scenario) => {
      const answer =
        scenario.symptom === undefined ? await symptomOf(clinic.edge.url, scenario.asks) : scenario.symptom;
      got = { ...(await diagnosed(scenario)), symptom: answer ?? 'no answer' };
    });

    expect(got?.symptom).toBe(symptom);
    expect(got?.said.split('\n')[0]).toMatch(new RegExp(`^cause: ${cause}: `));
    expect(got?.exitCode).toBe(1);
  });

  it('shows what the doctor prints', async () => {
    let said = '';
    await SCENARIOS['it has expired']?.(clinic, async (scenario) => {
      said = (await diagnosed(scenario)).said;
    });

    expect(masked(said)).toBe(masked(/```text\n(cause: [\s\S]*?)```/.exec(page)?.[1] ?? ''));
  });
});

/** As on-call does it: cookies go in by a file, never by the command line. */
function diagnosed({ asks, args = [], pasted, config }: Scenario): Promise<Diagnosed> {
  const file = join(directory, 'pasted');
  const text = pasted ?? (asks.cookies === undefined ? '' : `Cookie: ${asks.cookies}`);
  writeFileSync(file, text);
  const from = text === '' ? [] : ['--cookies-from', file];
  return runDoctor([asks.url, ...from, ...args], { clinic, ...(config && { config }) });
}

function rowsOf(text: string): { symptom: string; because: string; cause: string }[] {
  return [...text.matchAll(/^\| (`(?:\d{3})[^|]*`|no answer) \| ([^|]+) \| `([\w-]+)` \| [^|]+ \|$/gm)].map(
    ([, symptom = '', because = '', cause = '']) => ({
      symptom: symptom.replaceAll('`', ''),
      because,
      cause,
    }),
  );
}

/** Without what is another at each run. */
function masked(text: string): string {
  return text
    .trim()
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '<instant>')
    .replace(/127\.0\.0\.1:\d+/g, '<edge>')
    .replace(/\b[KE][0-9A-Z]{13}\b/g, '<id>')
    .replace(/\bd[0-9a-z]{13}\.cloudfront\.net/g, '<domain>');
}
