/**
 * Signatures checked by `openssl dgst -verify` and nothing else. A process for each distinct one; a few shells work through
 * them side by side, since starting ten thousand processes from Node would take longer than the checks.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-linux-openssl.html
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PublicKeys, SignatureCheck } from './world.ts';

const run = promisify(execFile);
const SHELLS = 4;

/** One line per check: number, digest, key. Prints the numbers of those that hold. */
const SCRIPT = `while read -r number digest key; do
  openssl dgst "-$digest" -verify "$key.pem" -signature "$number.sig" "$number.txt" > /dev/null 2>&1 && echo "$number"
done < "$1" > "$1.good"`;

/** A name for the check, the same for the same check. */
export function checkId({ keyPairId, hash, signedText, signature }: SignatureCheck): string {
  const digest = createHash('sha256');
  for (const part of [keyPairId, hash, signedText, signature]) digest.update(part).update('\0');
  return digest.digest('hex');
}

/** Which of the checks hold, by their ids. @throws Error when there is no openssl */
export async function verifyAll(
  checks: readonly SignatureCheck[],
  publicKeys: PublicKeys,
): Promise<ReadonlySet<string>> {
  await run('openssl', ['version']);
  const folder = mkdtempSync(join(tmpdir(), 'edge-oracle-'));
  try {
    for (const [id, pem] of publicKeys) writeFileSync(join(folder, `${id}.pem`), pem);
    const distinct = [...new Map(checks.map((check) => [checkId(check), check])).entries()];
    const lists: string[][] = Array.from({ length: SHELLS }, () => []);
    for (const [number, [, check]] of distinct.entries()) {
      writeFileSync(join(folder, `${number}.txt`), check.signedText);
      writeFileSync(join(folder, `${number}.sig`), check.signature);
      lists[number % SHELLS]?.push(`${number} ${check.hash.toLowerCase()} ${check.keyPairId}`);
    }
    const good = await Promise.all(
      lists.map(async (list, index) => {
        const file = join(folder, `list-${index}`);
        writeFileSync(file, `${list.join('\n')}\n`);
        // The loop's own status is that of its last check.
        await run('sh', ['-c', `${SCRIPT}; true`, 'sh', file], { cwd: folder });
        return readFileSync(`${file}.good`, 'utf8').split('\n').filter(Boolean).map(Number);
      }),
    );
    return new Set(good.flat().map((number) => distinct[number]?.[0] ?? ''));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
