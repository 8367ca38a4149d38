/** What was looked at and what was found, a row each. Pure; nothing in it opens a video. */

import type { Seen } from '../../aws/account/seen.ts';
import { isOriginAllowed } from '../../aws/cloudfront/cors.ts';
import { isGeoBlocked } from '../../aws/cloudfront/judge.ts';
import type { PolicyFinding } from '../../aws/iam/cloudfront-read.ts';
import { mustBeRestored } from '../../aws/values/storage-classes.ts';
import { keyFingerprint } from '../../modules/cloudfront_hls/index.ts';
import { generationOf } from '../keys/observation.ts';
import { originFindings } from './at-origin.ts';
import { keyPairIdOf, namesSent, shownId, signedVia } from './claim.ts';
import type { Diagnosis } from './diagnose.ts';
import type { Answer, Observation } from './observation.ts';
import type { Subject } from './subject.ts';
import { shownUrl } from './viewer-url.ts';
import { committedAs, generationNamed } from './whose-key.ts';

export interface EvidenceRow {
  readonly checked: string;
  readonly found: string;
  /** Null for what could not be seen, and for what is neither good nor bad. */
  readonly ok: boolean | null;
}

export function evidenceOf(
  observation: Observation,
  { subject }: Diagnosis,
  { prefix }: { prefix: string },
): EvidenceRow[] {
  const inAccount = subject.distribution === null ? [] : ofAccount(observation, subject, prefix);
  return [
    ...harRows(observation),
    answerRow(observation, subject),
    distributionRow(observation),
    ...inAccount,
    clockRow(observation),
  ];
}

function ofAccount(observation: Observation, subject: Subject, prefix: string): EvidenceRow[] {
  return [
    hostRow(subject),
    placeRow(observation, subject),
    behaviourRow(observation, subject),
    keysRow(observation, subject, prefix),
    signatureRow(subject),
    secretRow(observation, subject),
    ...originRows(observation, subject),
    corsRow(observation),
  ];
}

/** Which request of many is diagnosed: a person can only tell from its place and its address whether that was the one. */
function harRows({ viewer: { fromHar, method } }: Observation): EvidenceRow[] {
  if (fromHar === null) return [];
  const { number, of, address, status, isSigned } = fromHar;
  const ended = status > 0 ? `status ${status}` : `status ${status} (the page could not read the answer)`;
  const unsigned = isSigned
    ? ''
    : '; the HAR has no CloudFront cookies for it; if the browser sent some, add them with --cookie';
  return [
    {
      checked: 'HAR',
      found: `request ${number} of ${of}: ${method} ${address}, ${ended}${unsigned}`,
      ok: null,
    },
  ];
}

type Maker = Extract<Answer, { kind: 'answered' }>['by'];

const MAKERS: Readonly<Record<Maker, string>> = {
  'signature-check': 'signature check',
  'cloudfront-page': 'page of CloudFront',
  s3: 'S3',
  cloudfront: 'CloudFront',
};

function answerRow({ answer, viewer }: Observation, { url }: Subject): EvidenceRow {
  const judged = shownUrl(url);
  const asked = 'address' in answer ? answer.address : judged;
  const as = asked === judged ? '' : ` (instead of ${judged})`;
  const method = ['HEAD', 'GET'].includes(viewer.method) ? '' : `; the viewer’s method was ${viewer.method}`;
  const what = `${asked}${as}${method}`;
  if (answer.kind !== 'answered') return { checked: 'HEAD', found: `${answer.why}: ${what}`, ok: null };
  const from = answer.fromCache ? ', from the cache' : '';
  return {
    checked: 'HEAD',
    found: `${answer.status} by ${MAKERS[answer.by]}${from}: ${what}`,
    ok: answer.status < 400,
  };
}

function distributionRow({ distribution }: Observation): EvidenceRow {
  return row('distribution', distribution, (found) =>
    found === null
      ? { found: 'none with this environment’s name', ok: false }
      : {
          found: `${found.id}, ${found.isDeployed ? 'Deployed' : 'InProgress'}, ${found.enabled ? 'enabled' : 'disabled'}`,
          ok: found.enabled && found.isDeployed,
        },
  );
}

function hostRow({ distribution, isOurs, url }: Subject): EvidenceRow {
  const names = distribution === null ? [] : [...distribution.aliases, distribution.domainName];
  return {
    checked: 'host',
    found: `${url.host}; served: ${names.join(', ')}`,
    ok: isOurs,
  };
}

function placeRow({ viewer }: Observation, { distribution }: Subject): EvidenceRow {
  const acl = distribution?.webAcl ? '; a web ACL is in front' : '';
  const { type, countries } = distribution?.geoRestriction ?? { type: 'none', countries: [] };
  if (type === 'none')
    return { checked: 'place', found: `every country${acl}`, ok: acl === '' ? true : null };
  const rule = `${type === 'whitelist' ? 'only' : 'all but'} ${countries.join(', ')}`;
  return {
    checked: 'place',
    found: `${rule}; viewer: ${viewer.country ?? 'unknown; add --country'}${acl}`,
    ok: viewer.country === null ? null : !isGeoBlocked({ type, countries }, viewer.country),
  };
}

function behaviourRow({ viewer }: Observation, { behaviour }: Subject): EvidenceRow {
  if (behaviour === null) return { checked: 'behaviour', found: 'none', ok: false };
  const { pathPattern, allowedMethods, viewerProtocolPolicy } = behaviour;
  return {
    checked: 'behaviour',
    found: `${pathPattern}, ${allowedMethods.join(' ')}, ${viewerProtocolPolicy}`,
    ok: allowedMethods.includes(viewer.method),
  };
}

function keysRow(observation: Observation, { behaviour, claim }: Subject, prefix: string): EvidenceRow {
  if (behaviour?.keyGroupIds === null)
    return { checked: 'key group', found: `none: ${behaviour.pathPattern} is public`, ok: null };
  return row('key group', observation.keyGroups, () =>
    row('key group', observation.publicKeys, (keys) => {
      const trusted = keys.filter(({ id }) => claim.trustedKeys.has(id));
      const sent = keyPairIdOf(claim);
      const named = trusted.map((key) => {
        const inGit = committedAs(observation, key.pem)?.removedAt === null ? '' : ', no file in envs/keys';
        return `${generationNamed(key, prefix) ?? key.name} (${key.id}${inGit})`;
      });
      return {
        found: `trusts ${named.join(', ') || 'nothing'}; sent: ${shownId(sent)}`,
        ok: sent === null ? null : claim.trustedKeys.has(sent),
      };
    }),
  );
}

function signatureRow({ claim, signature }: Subject): EvidenceRow {
  const checked = 'signature';
  if (signature === null) return { checked, found: 'not needed here', ok: null };
  const via = signedVia(claim);
  const names = via === null ? 'nothing signed' : `${via} (${namesSent(claim).join(', ')})`;
  if (!signature.allowed)
    return { checked, found: `${names}: ${signature.errorCode}, ${signature.hint}`, ok: false };
  const until = signature.policy.expiresAt.toISOString().slice(0, 19);
  return { checked, found: `${names}: valid until ${until}Z`, ok: true };
}

function secretRow({ secret, publicKeys }: Observation, { claim }: Subject): EvidenceRow {
  return row('secret', secret, (versions) => {
    const current = versions.find(({ stages }) => stages.includes('AWSCURRENT'));
    if (current === undefined) return { found: 'no AWSCURRENT', ok: false };
    const { holds } = current;
    const keyPairId = holds.kind === 'unreadable' ? null : holds.keyPairId;
    const named = `signers have ${generationOf(current) ?? 'a key'} (${keyPairId ?? 'no id'})`;
    const key = publicKeys.seen ? publicKeys.value.find(({ id }) => id === keyPairId) : undefined;
    if (key !== undefined && holds.kind === 'key' && keyFingerprint(key.pem) !== holds.fingerprint) {
      return { found: `${named}, but the private key belongs to another key`, ok: false };
    }
    return { found: named, ok: keyPairId === null ? null : claim.trustedKeys.has(keyPairId) };
  });
}

function originRows(observation: Observation, { distribution, target }: Subject): EvidenceRow[] {
  if (distribution === null || target === null) return [];
  const { bucketPolicy, keyPolicy } = originFindings(observation, distribution, target);
  return [
    row('origin access', observation.originAccess, (signs) => ({
      found: signs ? 'CloudFront signs for the bucket' : 'not signed',
      ok: signs,
    })),
    row('bucket policy', observation.bucketPolicy, () => policyRow(bucketPolicy)),
    row('object', observation.object, (object) =>
      object === 'missing'
        ? { found: 'not there', ok: false }
        : {
            found: `${object.bytes} bytes, ${object.contentType}, ${object.storageClass}`,
            ok: !mustBeRestored(object.storageClass),
          },
    ),
    ...titleRows(observation),
    ...(keyPolicy === null && observation.keyPolicy.seen
      ? []
      : [row('KMS key', observation.keyPolicy, () => policyRow(keyPolicy))]),
  ];
}

/** None for a title that is not in the catalogue: a backend may keep one of its own. */
function titleRows({ title }: Observation): EvidenceRow[] {
  if (!title.seen) return [row('title', title, () => ({ found: '', ok: null }))];
  if (title.value === null) return [];
  const { id, state, version } = title.value;
  return [
    {
      checked: 'title',
      found: `${JSON.stringify(id)}, ${state}, version ${version}`,
      ok: state === 'live',
    },
  ];
}

function policyRow(finding: PolicyFinding | null): Omit<EvidenceRow, 'checked'> {
  switch (finding?.verdict) {
    case 'allowed':
      return { found: 'allows CloudFront for this distribution', ok: true };
    case 'denied':
      return { found: `denies CloudFront ("${finding.sid}")`, ok: false };
    case 'elsewhere':
      return { found: `allows only the distribution ${finding.sourceArns.join(', ')}`, ok: false };
    case 'nobody':
      return { found: 'does not allow CloudFront', ok: false };
    default:
      return { found: finding?.why ?? 'not seen', ok: null };
  }
}

function corsRow({ viewer, cors, answer }: Observation): EvidenceRow {
  return row('CORS', cors, (policy) => {
    const allowed = policy?.allowOrigins.join(', ') || 'no other origin is allowed';
    if (viewer.origin === null) return { found: `${allowed}; add --origin to check your page`, ok: null };
    const isDenial = answer.kind === 'answered' && answer.status >= 400;
    const note = isDenial ? '; a page sees this denial as a network error, denials have no CORS headers' : '';
    return {
      found: `${allowed}; page: ${viewer.origin}${note}`,
      ok: policy !== null && isOriginAllowed(viewer.origin, policy),
    };
  });
}

function clockRow({ clockAheadSeconds: ahead }: Observation): EvidenceRow {
  if (ahead === null) return { checked: 'clock', found: 'unknown: no answer from AWS', ok: null };
  const found =
    Math.abs(ahead) <= 5
      ? 'in sync with AWS'
      : `${Math.abs(ahead)} s ${ahead > 0 ? 'ahead of' : 'behind'} AWS`;
  return { checked: 'clock', found, ok: Math.abs(ahead) <= 60 };
}

function row<T>(
  checked: string,
  seen: Seen<T>,
  read: (value: T) => Omit<EvidenceRow, 'checked'>,
): EvidenceRow {
  if (!seen.seen) return { checked, found: `not seen: ${seen.why}`, ok: null };
  const { found, ok } = read(seen.value);
  return { checked, found, ok };
}
