/** A claim in every state in which it can be found, and what publishing makes of it. */
import { describe, expect, it } from 'vitest';
import type { Claim } from '../../../../ops/library/claim.ts';
import { claimKey, claimPlace, idKey, titleKey } from '../../../../ops/library/places.ts';
import type { FileEvent } from '../../../../ops/upload/publish/ensure-job.ts';
import { PublishFailed } from '../../../../ops/upload/publish/failed.ts';
import { publishWork } from '../../../../ops/upload/publish/publish-work.ts';
import { jobToken } from '../../../../ops/upload/publish/work.ts';
import { Memory, STREAM, workOf } from './memory.ts';

const work = workOf('a', 'intro');
const key = claimKey(work.hashes);

function publisher(memory: Memory, of = work) {
  const events: FileEvent[] = [];
  const calls: string[] = [];
  const pass = <T>(name: string, call: () => Promise<T>) => {
    calls.push(name);
    return call();
  };
  return {
    events,
    calls,
    published: publishWork(
      memory.ports((event) => events.push(event), pass),
      of,
    ),
  };
}

/** The claim as an earlier run left it. */
function leave(memory: Memory, state: Partial<Claim>, of = work): void {
  const claim: Claim = {
    schemaVersion: 1,
    titleId: 'intro',
    title: 'intro',
    state: 'claimed',
    attempt: 1,
    jobId: null,
    failure: null,
    inputs: of.inputs,
    upload: null,
    createdAt: '2026-11-29T10:00:00.000Z',
    ...state,
  };
  memory.objects.set(claimKey(of.hashes), { text: JSON.stringify(claim), etag: '"left"' });
}

async function failureOf(call: Promise<unknown>): Promise<{ code: string; id: string | null; text: string }> {
  const error = await call.then(
    () => null,
    (one: unknown) => one,
  );
  expect(error).toBeInstanceOf(PublishFailed);
  const { code, id, message: text } = error as PublishFailed;
  return { code, id, text };
}

const submittedJob = async (memory: Memory, attempt: number) => {
  const claim = { titleId: 'intro' } as Claim;
  const metadata = { claim: `${work.hashes.sha256}-${work.hashes.settingsHash}`, attempt: String(attempt) };
  const input = {
    ...(await work.job.input(claim, metadata)),
    ClientRequestToken: jobToken({ place: claimPlace(work.hashes), masterUri: work.job.masterUri, attempt }),
  };
  const created = await memory.transcoder.create(input, new Date(memory.clock + 1));
  if (typeof created === 'string') throw new Error(created);
  return created.jobId;
};

describe('a master that nobody claimed', () => {
  it('becomes a title, whose record has what the playlist, the probe and the configuration say', async () => {
    const memory = new Memory();
    const { events, published } = publisher(memory);

    expect(await published).toEqual({
      isNew: true,
      title: {
        schemaVersion: 1,
        id: 'intro',
        title: 'intro',
        version: 1,
        state: 'live',
        playlistPath: 'books/intro/index.m3u8',
        durationSeconds: 12.5,
        renditions: STREAM.renditions,
        captions: STREAM.captions,
        posterPath: 'books/intro/poster.jpg',
        storyboardPath: 'books/intro/storyboard/storyboard.vtt',
        createdAt: '2026-11-30T00:00:00.000Z',
      },
    });
    expect(memory.json(titleKey('intro'))).toEqual((await published).title);
    expect(memory.json(key)).toMatchObject({ state: 'complete', jobId: 'job-1', titleId: 'intro' });
    expect(memory.json(idKey('intro'))).toEqual({ schemaVersion: 1, claim: key });
    expect(events).toEqual([{ event: 'job-submitted', id: 'intro', jobId: 'job-1' }]);
  });

  it('names the work in the job’s metadata, in what MediaConvert takes there', async () => {
    const memory = new Memory();
    await publisher(memory).published;

    const [{ input } = expect.fail('no job')] = memory.jobs;
    expect(input.UserMetadata).toEqual({
      book_id: 'intro',
      claim: `${'a'.repeat(64)}-${'0'.repeat(64)}`,
      attempt: '1',
    });
    for (const value of Object.values(input.UserMetadata ?? {})) {
      expect(value).toMatch(/^[\p{L}\p{N} _.:/=+\-@]{1,256}$/u);
    }
    expect(input.ClientRequestToken).toMatch(/^[!-~]{1,64}$/);
  });
});

describe('an id', () => {
  it.each<[string, (memory: Memory) => void]>([
    ['another master reserved', (memory) => memory.objects.set(idKey('intro'), held('claims/other.json'))],
    ['is in the catalogue', (memory) => memory.objects.set(titleKey('intro'), title('intro'))],
    ['has files in the outputs bucket', (memory) => memory.files.add('books/intro/index.m3u8')],
  ])(
    'that %s gets a number where it comes from the name, and is refused where it was given',
    async (_, take) => {
      const memory = new Memory();
      take(memory);
      expect((await publisher(memory).published).title.id).toBe('intro-2');

      const another = workOf('b', 'intro', { given: true });
      expect(await failureOf(publisher(memory, another).published)).toEqual({
        code: 'ID_TAKEN',
        id: null,
        text: 'the id "intro" belongs to another title: choose another one with --id',
      });
      expect(memory.objects.has(claimKey(another.hashes))).toBe(false);
    },
  );

  it('whose folder only begins alike is free', async () => {
    const memory = new Memory();
    memory.files.add('books/intro-old/index.m3u8');

    expect((await publisher(memory).published).title.id).toBe('intro');
  });

  it('gets the next number that is free', async () => {
    const memory = new Memory();
    for (const id of ['intro', 'intro-2', 'intro-3']) memory.objects.set(titleKey(id), title(id));

    expect((await publisher(memory).published).title.id).toBe('intro-4');
  });

  it('of the most characters that an id may have stays as short with a number', async () => {
    const memory = new Memory();
    const longest = 'x'.repeat(64);
    memory.objects.set(titleKey(longest), title(longest));

    expect((await publisher(memory, workOf('a', longest)).published).title.id).toBe(`${'x'.repeat(62)}-2`);
  });

  it('that a claim reserved and did not take is free, and one that it may still take is not', async () => {
    const memory = new Memory();
    const other = workOf('b', 'other');
    memory.objects.set(idKey('intro'), held(claimKey(other.hashes)));
    expect((await publisher(memory).published).title.id).toBe('intro-2');

    const third = workOf('c', 'intro');
    leave(memory, { titleId: 'other', title: 'other' }, other);
    expect((await publisher(memory, third).published).title.id).toBe('intro');
    expect(memory.json(idKey('intro'))).toMatchObject({ claim: claimKey(third.hashes) });
  });

  it('that was given and that the same master has already is no refusal', async () => {
    const memory = new Memory();
    await publisher(memory).published;
    const again = publisher(memory, workOf('a', 'intro', { given: true }));

    expect((await again.published).isNew).toBe(false);
    expect(again.events).toEqual([]);
  });
});

describe('a claim that is there', () => {
  it('without a job: the job that was begun before is found, however long ago, and no other is begun', async () => {
    const memory = new Memory();
    leave(memory, {});
    await submittedJob(memory, 1);
    memory.clock += 40 * 86_400_000;
    const { events, published } = publisher(memory);

    expect((await published).isNew).toBe(true);
    expect(memory.jobs).toHaveLength(1);
    expect(events).toEqual([{ event: 'job-found', id: 'intro', jobId: 'job-1' }]);
  });

  it('without a job: a job of another attempt or another claim is none of its jobs', async () => {
    const memory = new Memory();
    leave(memory, { attempt: 2 });
    await submittedJob(memory, 1);
    await publisher(memory).published;

    expect(memory.jobs.map(({ input }) => input.UserMetadata?.attempt)).toEqual(['1', '2']);
  });

  it('submitted: nothing is sent, and its job is followed', async () => {
    const memory = new Memory();
    leave(memory, { state: 'submitted', jobId: await submittedJob(memory, 1) });
    const { calls, published } = publisher(memory);

    expect((await published).isNew).toBe(true);
    expect(calls).not.toContain('send');
    expect(memory.jobs).toHaveLength(1);
  });

  it('complete, and its title live: it is said under which name it is there', async () => {
    const memory = new Memory();
    const first = (await publisher(memory).published).title;
    const again = publisher(memory, workOf('a', 'another'));

    expect(await again.published).toEqual({ title: first, isNew: false });
    expect(again.events).toEqual([{ event: 'same-master', id: 'intro', title: 'intro' }]);
    for (const call of ['send', 'poster', 'createJob', 'getJob']) expect(again.calls).not.toContain(call);
  });

  it('complete, its title renamed, and the file another: it is said under which name it is there now', async () => {
    const memory = new Memory();
    await publisher(memory).published;
    memory.objects.set(titleKey('intro'), title('intro', { title: 'The beginning' }));
    const again = publisher(memory, workOf('a', 'another'));

    await again.published;
    expect(again.events).toEqual([{ event: 'same-master', id: 'intro', title: 'The beginning' }]);
    const named = publisher(memory, workOf('a', 'The beginning'));
    await named.published;
    expect(named.events).toEqual([]);
  });

  it('complete, its title renamed: the title keeps its name, and nobody is told of another one', async () => {
    const memory = new Memory();
    await publisher(memory).published;
    memory.objects.set(titleKey('intro'), title('intro', { title: 'The beginning' }));
    const again = publisher(memory);

    expect((await again.published).title.title).toBe('The beginning');
    expect(again.events).toEqual([]);
  });

  it('submitted, and its title live: the claim is completed, without asking for the job', async () => {
    const memory = new Memory();
    leave(memory, { state: 'submitted', jobId: 'job-gone' });
    memory.objects.set(titleKey('intro'), title('intro'));
    const { calls, published } = publisher(memory);

    expect((await published).isNew).toBe(false);
    expect(memory.json(key)).toMatchObject({ state: 'complete' });
    expect(calls).not.toContain('getJob');
  });

  it('complete, and its record gone: the record is made again of what was written', async () => {
    const memory = new Memory();
    await publisher(memory).published;
    memory.objects.delete(titleKey('intro'));
    const { calls, published } = publisher(memory);

    expect(await published).toMatchObject({ isNew: true, title: { id: 'intro' } });
    expect(calls).not.toContain('createJob');
  });

  it('complete, and its record and files gone: the next attempt is begun', async () => {
    const memory = new Memory();
    await publisher(memory).published;
    memory.objects.delete(titleKey('intro'));
    memory.files.clear();

    expect(await publisher(memory).published).toMatchObject({ isNew: true, title: { id: 'intro' } });
    expect(memory.jobs.map(({ input }) => input.UserMetadata?.attempt)).toEqual(['1', '2']);
  });

  it('withdrawn: nothing is changed, and it is said', async () => {
    const memory = new Memory();
    await publisher(memory).published;
    memory.objects.set(titleKey('intro'), title('intro', { state: 'withdrawn', title: 'Old' }));
    const before = new Map(memory.objects);

    expect(await failureOf(publisher(memory).published)).toMatchObject({ code: 'WITHDRAWN', id: 'intro' });
    expect(memory.objects).toEqual(before);
    expect(memory.jobs).toHaveLength(1);
  });

  it('that does not parse is named, and is left as it is', async () => {
    const memory = new Memory();
    const text = '{"schemaVersion":1,"titleId":"intro"}';
    memory.objects.set(key, { text, etag: '"1"' });

    await expect(publisher(memory).published).rejects.toThrow(
      `${key} in the masters bucket is not a valid record (title: invalid input`,
    );
    expect(memory.objects.get(key)?.text).toBe(text);
  });

  it('keeps fields that this version does not know', async () => {
    const memory = new Memory();
    leave(memory, { note: 'of a later version' });
    await publisher(memory).published;

    expect(memory.json(key)).toMatchObject({ state: 'complete', note: 'of a later version' });
  });
});

describe('a job that fails', () => {
  const errors = { status: 'error', code: 1076, message: 'Unexpected end of file' } as const;

  it('is told with its code, and only a later run begins the next attempt', async () => {
    const memory = new Memory();
    memory.ending = () => errors;
    expect(await failureOf(publisher(memory).published)).toEqual({
      code: '1076',
      id: 'intro',
      text: 'the master ends too early (error 1076: Unexpected end of file): copy or export it again, then upload that file',
    });
    expect(memory.json(key)).toMatchObject({ state: 'failed', attempt: 1, failure: { code: '1076' } });
    expect(memory.jobs).toHaveLength(1);

    memory.ending = () => ({ status: 'complete' });
    expect((await publisher(memory).published).isNew).toBe(true);
    expect(memory.json(key)).toMatchObject({ state: 'complete', attempt: 2, failure: null, jobId: 'job-2' });
    expect(memory.jobs[0]?.input.ClientRequestToken).not.toBe(memory.jobs[1]?.input.ClientRequestToken);
  });

  it.each([
    ['was canceled', { status: 'canceled' }, 'JOB_CANCELED'],
    ['is not known any more', { status: 'unknown' }, 'JOB_UNKNOWN'],
    ['has no code', { status: 'error', code: null, message: 'x' }, 'JOB_FAILED'],
  ] as const)('because it %s leaves a claim that can be begun anew', async (_, state, code) => {
    const memory = new Memory();
    memory.ending = () => state;
    expect(await failureOf(publisher(memory).published)).toMatchObject({ code });

    memory.ending = () => ({ status: 'complete' });
    expect((await publisher(memory).published).isNew).toBe(true);
  });

  it('also does when it is complete and wrote no master playlist', async () => {
    const memory = new Memory();
    const ports = { ...memory.ports(), readStream: async () => null };
    expect(await failureOf(publishWork(ports, work))).toMatchObject({ code: 'OUTPUTS_MISSING', id: 'intro' });
    expect(memory.json(key)).toMatchObject({ state: 'failed' });
    expect(memory.objects.has(titleKey('intro'))).toBe(false);
  });

  it('of another person, begun since, is told and not begun again', async () => {
    const memory = new Memory();
    leave(memory, { state: 'failed', jobId: 'job-0', attempt: 1 });
    memory.ending = () => errors;
    const ports = memory.ports();
    // Somebody else begins the second attempt between our look and our write.
    let isFirst = true;
    const records = {
      ...ports.records,
      replace: async (at: string, record: object, etag: string) => {
        if (isFirst) {
          isFirst = false;
          leave(memory, { state: 'submitted', attempt: 2, jobId: await submittedJob(memory, 2) });
        }
        return ports.records.replace(at, record, etag);
      },
    };

    expect(await failureOf(publishWork({ ...ports, records }, work))).toMatchObject({ code: '1076' });
    expect(memory.jobs).toHaveLength(1);
    expect(memory.json(key)).toMatchObject({ state: 'failed', attempt: 2 });
  });
});

describe('a publisher whose job failed before its claim says so', () => {
  it('goes on with the attempt that somebody else has begun since', async () => {
    const memory = new Memory();
    const ports = memory.ports();
    let isFirst = true;
    const jobs = {
      ...ports.jobs,
      create: async (...job: Parameters<typeof ports.jobs.create>) => {
        const created = await ports.jobs.create(...job);
        if (isFirst) leave(memory, { attempt: 2 });
        isFirst = false;
        return created;
      },
    };

    expect((await publishWork({ ...ports, jobs }, work)).isNew).toBe(true);
    expect(memory.json(key)).toMatchObject({ state: 'complete', attempt: 2, jobId: 'job-2' });
  });
});

describe('a publisher that sleeps between its search and its CreateJob', () => {
  it('looks again, and finds the job that was begun meanwhile', async () => {
    const memory = new Memory();
    const ports = memory.ports();
    let sleeps = 0;
    const jobs = {
      ...ports.jobs,
      find: async (uri: string, metadata: Readonly<Record<string, string>>) => {
        const found = await ports.jobs.find(uri, metadata);
        if (sleeps++ === 0) {
          await submittedJob(memory, 1);
          memory.clock += 10 * 60_000;
        }
        return found;
      },
    };

    await publishWork({ ...ports, jobs }, work);

    expect(sleeps).toBe(2);
    expect(memory.jobs).toHaveLength(1);
  });

  it('with another configuration that makes the same output gets the job of the first', async () => {
    const memory = new Memory();
    memory.searchLagMs = 30_000;
    leave(memory, {});
    await submittedJob(memory, 1);

    await publishWork(memory.ports(), workOf('a', 'intro', { priority: 5 }));

    expect(memory.jobs).toHaveLength(1);
    expect(memory.json(key)).toMatchObject({ state: 'complete', jobId: 'job-1' });
  });

  it('gives up where the other job never shows', async () => {
    const memory = new Memory();
    const ports = memory.ports();
    const jobs = { ...ports.jobs, create: async () => 'conflict' as const };

    expect(await failureOf(publishWork({ ...ports, jobs }, work))).toMatchObject({
      code: 'JOB_CONFLICT',
      id: 'intro',
    });
  });
});

function held(claim: string) {
  return { text: JSON.stringify({ schemaVersion: 1, claim }), etag: '"held"' };
}

function title(id: string, fields: object = {}) {
  const record = {
    schemaVersion: 1,
    id,
    title: id,
    version: 1,
    state: 'live',
    playlistPath: `books/${id}/index.m3u8`,
    durationSeconds: null,
    renditions: [],
    captions: [],
    posterPath: null,
    storyboardPath: null,
    createdAt: '2026-11-01T00:00:00.000Z',
    ...fields,
  };
  return { text: JSON.stringify(record), etag: `"${id}"` };
}
