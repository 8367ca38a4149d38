/** CreateInvalidation, GetInvalidation and ListInvalidations, by the SDK's client and by what stands on the wire. */
import {
  CreateInvalidationCommand,
  DeleteDistributionCommand,
  GetDistributionCommand,
  GetInvalidationCommand,
  ListInvalidationsCommand,
  paginateListInvalidations,
  UpdateDistributionCommand,
  waitUntilInvalidationCompleted,
} from '@aws-sdk/client-cloudfront';
import { beforeAll, describe, expect, it } from 'vitest';
import { signedFetch } from '../../support/signed-request.ts';
import { createDistribution, distributionConfig, freshName } from './cloudfront-fixtures.ts';
import { errorOf, useLocalCloud } from './start.ts';

const cloud = useLocalCloud();
let distributionId: string;

beforeAll(async () => {
  distributionId = (await createDistribution(cloud().cloudFront, distributionConfig())).id;
});

const create = (paths: readonly string[], callerReference = freshName('invalidation'), on = distributionId) =>
  cloud().cloudFront.send(
    new CreateInvalidationCommand({
      DistributionId: on,
      InvalidationBatch: {
        CallerReference: callerReference,
        Paths: { Quantity: paths.length, Items: [...paths] },
      },
    }),
  );

describe('an invalidation', () => {
  it('is created with 201, its address and what was asked for, and is complete after a while', async () => {
    const { cloudFront } = cloud();
    const created = await create(['/books/42/*', '/books/43/index.m3u8'], 'as-asked');
    const { Invalidation } = created;
    expect(created.$metadata.httpStatusCode).toBe(201);
    expect(created.Location).toBe(
      `https://cloudfront.amazonaws.com/2020-05-31/distribution/${distributionId}/invalidation/${Invalidation?.Id}`,
    );
    expect(Invalidation).toEqual({
      Id: expect.stringMatching(/^I[0-9A-Z]{13}$/),
      Status: 'InProgress',
      CreateTime: expect.any(Date),
      InvalidationBatch: {
        CallerReference: 'as-asked',
        Paths: { Quantity: 2, Items: ['/books/42/*', '/books/43/index.m3u8'] },
      },
    });

    const call = { DistributionId: distributionId, Id: Invalidation?.Id ?? '' };
    await waitUntilInvalidationCompleted(
      { client: cloudFront, minDelay: 1, maxDelay: 1, maxWaitTime: 30 },
      call,
    );
    const got = await cloudFront.send(new GetInvalidationCommand(call));
    expect(got.Invalidation).toEqual({ ...Invalidation, Status: 'Completed' });
  });

  it('stands on the wire as in the API reference', async () => {
    const batch =
      '<?xml version="1.0" encoding="UTF-8"?><InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><CallerReference>20120301090000</CallerReference><Paths><Items><Path>/image1.jpg</Path><Path>/a&amp;b*</Path></Items><Quantity>2</Quantity></Paths></InvalidationBatch>';
    const answer = await call('POST', '', batch);
    const [id, createdAt] = [textIn(answer.xml, 'Id'), textIn(answer.xml, 'CreateTime')];
    expect([answer.status, answer.type, createdAt]).toEqual([
      201,
      'text/xml',
      expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    ]);
    const whole = (status: string) =>
      `<?xml version="1.0" encoding="UTF-8"?>\n<Invalidation xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Id>${id}</Id><Status>${status}</Status><CreateTime>${createdAt}</CreateTime><InvalidationBatch><Paths><Quantity>2</Quantity><Items><Path>/image1.jpg</Path><Path>/a&#38;b*</Path></Items></Paths><CallerReference>20120301090000</CallerReference></InvalidationBatch></Invalidation>`;
    expect(answer.xml).toBe(whole('InProgress'));
    await completed(id);
    expect((await call('GET', `/${id}`)).xml).toBe(whole('Completed'));
    expect((await call('GET', '?MaxItems=1')).xml).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n<InvalidationList xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Marker></Marker><NextMarker>${id}</NextMarker><MaxItems>1</MaxItems><IsTruncated>true</IsTruncated><Quantity>1</Quantity><Items><InvalidationSummary><Id>${id}</Id><CreateTime>${createdAt}</CreateTime><Status>Completed</Status></InvalidationSummary></Items></InvalidationList>`,
    );
  });

  it('is counted by its distribution while it is in progress', async () => {
    const { cloudFront } = cloud();
    const { id } = await createDistribution(cloudFront, distributionConfig());
    const count = async () =>
      (await cloudFront.send(new GetDistributionCommand({ Id: id }))).Distribution
        ?.InProgressInvalidationBatches;
    const { Invalidation } = await create(['/a'], 'counted', id);
    await waitUntilInvalidationCompleted(
      { client: cloudFront, minDelay: 1, maxDelay: 1, maxWaitTime: 30 },
      { DistributionId: id, Id: Invalidation?.Id ?? '' },
    );
    expect(await count()).toBe(0);
    // The two calls arrive within the time that an invalidation takes, or the second is asked anew.
    await expect
      .poll(async () => {
        await create(['/a'], undefined, id);
        return count();
      })
      .toBeGreaterThan(0);
  });

  it('is the earlier one with the same reference and paths, and refused with other paths', async () => {
    const first = await create(['/a', '/b/*'], 'same');
    const again = await create(['/a', '/b/*'], 'same');
    expect([again.$metadata.httpStatusCode, again.Invalidation?.Id, again.Location]).toEqual([
      201,
      first.Invalidation?.Id,
      first.Location,
    ]);
    expect(await errorOf(create(['/a'], 'same'))).toBe('400 InvalidationBatchAlreadyExists');
    expect(await errorOf(create(['/a', '/b/*', '/c'], 'same'))).toBe('400 InvalidationBatchAlreadyExists');
  });

  it('belongs to its distribution, and ends with it', async () => {
    const { cloudFront } = cloud();
    const other = await createDistribution(cloudFront, distributionConfig());
    const { Invalidation } = await create(['/a'], 'of-another', other.id);
    const Id = Invalidation?.Id ?? '';
    const get = (on: string) => cloudFront.send(new GetInvalidationCommand({ DistributionId: on, Id }));
    expect(await errorOf(get(distributionId))).toBe('404 NoSuchInvalidation');
    expect((await get(other.id)).Invalidation?.Id).toBe(Id);
    const { ETag } = await cloudFront.send(
      new UpdateDistributionCommand({
        Id: other.id,
        IfMatch: other.etag,
        DistributionConfig: { ...other.config, Enabled: false },
      }),
    );
    await cloudFront.send(new DeleteDistributionCommand({ Id: other.id, IfMatch: ETag }));
    expect(await errorOf(get(other.id))).toBe('404 NoSuchDistribution');
  });
});

describe('an invalidation is refused', () => {
  it.each([
    ['books/42/*'],
    ['*'],
    ['https://d111111abcdef8.cloudfront.net/a'],
    ['/a b'],
    ['/café'],
    ['/a~b'],
  ])('for the path %s', async (path) => {
    expect(await errorOf(create(['/a', path]))).toBe('400 InvalidArgument');
  });

  it('without paths, and without a reference', async () => {
    expect(await errorOf(create([]))).toBe('400 InvalidArgument');
    expect(await errorOf(create(['/a'], ''))).toBe('400 InvalidArgument');
  });

  it('for a quantity that is not the number of its paths', async () => {
    const Paths = { Quantity: 3, Items: ['/a', '/b'] };
    const InvalidationBatch = { CallerReference: freshName('wrong'), Paths };
    const counted = new CreateInvalidationCommand({ DistributionId: distributionId, InvalidationBatch });
    expect(await errorOf(cloud().cloudFront.send(counted))).toBe('400 InconsistentQuantities');
  });

  it('for 3,001 files or 16 wildcards in progress', async () => {
    const { id } = await createDistribution(cloud().cloudFront, distributionConfig());
    const many = Array.from({ length: 3001 }, (_, index) => `/books/${index}.ts`);
    expect(await errorOf(create(many, 'files', id))).toBe('400 TooManyInvalidationsInProgress');
    const wildcards = Array.from({ length: 16 }, (_, index) => `/books/${index}/*`);
    expect(await errorOf(create(wildcards, 'wildcards', id))).toBe('400 TooManyInvalidationsInProgress');
    await create(many.slice(1), 'files', id);
    await create(wildcards.slice(1), 'wildcards', id);
  });

  it('for a distribution that is not there, in all three calls', async () => {
    const { cloudFront } = cloud();
    const missing = { DistributionId: 'E0000000000000' };
    expect(await errorOf(create(['/a'], 'nowhere', missing.DistributionId))).toBe('404 NoSuchDistribution');
    expect(await errorOf(cloudFront.send(new ListInvalidationsCommand(missing)))).toBe(
      '404 NoSuchDistribution',
    );
    expect(await errorOf(cloudFront.send(new GetInvalidationCommand({ ...missing, Id: 'I1' })))).toBe(
      '404 NoSuchDistribution',
    );
  });

  it('without a body, and for a body that is something else', async () => {
    const codes: (string | undefined)[] = [];
    for (const body of ['', '<Paths/>', '<InvalidationBatch>', '<InvalidationBatch/>']) {
      codes.push(textIn((await call('POST', '', body)).xml, 'Code'));
    }
    expect(codes).toEqual(['MissingBody', 'MalformedXML', 'MalformedXML', 'MalformedXML']);
  });

  it('by a tag, which is not supported here, and says so', async () => {
    expect(await errorOf(create(['#product:electronics']))).toBe('501 NotImplemented');
  });

  it('for other methods: none can be changed or taken back', async () => {
    const { Invalidation } = await create(['/a']);
    expect((await call('DELETE', `/${Invalidation?.Id}`)).status).toBe(501);
    expect((await call('PUT', `/${Invalidation?.Id}`)).status).toBe(501);
  });
});

describe('the list of invalidations', () => {
  it('has the newest first, page by page, each once', async () => {
    const { cloudFront } = cloud();
    const { id } = await createDistribution(cloudFront, distributionConfig());
    const empty = await cloudFront.send(new ListInvalidationsCommand({ DistributionId: id }));
    expect(empty.InvalidationList).toEqual({ Marker: '', MaxItems: 100, IsTruncated: false, Quantity: 0 });
    const created: (string | undefined)[] = [];
    for (const path of ['/a', '/b', '/c', '/d', '/e']) {
      created.push((await create([path], undefined, id)).Invalidation?.Id);
    }
    const pages: (string | undefined)[][] = [];
    for await (const { InvalidationList } of paginateListInvalidations(
      { client: cloudFront, pageSize: 2 },
      { DistributionId: id },
    )) {
      pages.push((InvalidationList?.Items ?? []).map((item) => item.Id));
    }
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(pages.flat()).toEqual(created.toReversed());
  });

  it('refuses a marker that names none, and a number of items that is none', async () => {
    const list = (input: { Marker?: string; MaxItems?: number }) =>
      cloud().cloudFront.send(new ListInvalidationsCommand({ DistributionId: distributionId, ...input }));
    expect(await errorOf(list({ Marker: 'I0000000000000' }))).toBe('400 InvalidArgument');
    expect(await errorOf(list({ MaxItems: 0 }))).toBe('400 InvalidArgument');
    expect(await errorOf(list({ MaxItems: -1 }))).toBe('400 InvalidArgument');
  });
});

async function call(method: string, tail: string, body = '') {
  const answer = await signedFetch(cloud().cloud.environment, {
    service: 'cloudfront',
    method,
    path: `/2020-05-31/distribution/${distributionId}/invalidation${tail}`,
    body,
    headers: body === '' ? {} : { 'content-type': 'application/xml' },
  });
  return { status: answer.status, type: answer.headers.get('content-type'), xml: await answer.text() };
}

async function completed(id: string | undefined): Promise<void> {
  await waitUntilInvalidationCompleted(
    { client: cloud().cloudFront, minDelay: 1, maxDelay: 1, maxWaitTime: 30 },
    { DistributionId: distributionId, Id: id ?? '' },
  );
}

function textIn(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}
