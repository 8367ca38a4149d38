import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CaptionsRefusedError, type Cue } from '../../../local/transcoder/captions/cue.ts';
import { type CaptionsKind, readCaptions } from '../../../local/transcoder/captions/read-captions.ts';
import { readWebvtt } from '../../../local/transcoder/captions/read-webvtt.ts';
import { renderCaptionsPlaylist, segmentsOfCues } from '../../../local/transcoder/captions/segments.ts';
import { segmentsOf } from '../../../local/transcoder/master-playlist.ts';

const ADDRESS = 's3://masters/captions';
const read = (kind: CaptionsKind, text: string) =>
  readCaptions(Buffer.from(text), kind, ADDRESS).map(({ startMs, endMs, settings, text: cue }) => [
    startMs,
    endMs,
    cue,
    ...(settings ? [settings] : []),
  ]);
const tt = (body: string, attributes = '', head = '') =>
  `<?xml version="1.0"?><tt xmlns="http://www.w3.org/ns/ttml" ${attributes}><head>${head}</head><body>${body}</body></tt>`;

describe('WebVTT', () => {
  it.each<[string, string, unknown[]]>([
    ['minutes alone', 'WEBVTT\n\n01:02.003 --> 01:03.000\na', [[62_003, 63_000, 'a']]],
    ['many hours', 'WEBVTT\n\n100:00:00.000 --> 100:00:01.000\na', [[360_000_000, 360_001_000, 'a']]],
    ['Windows line breaks', 'WEBVTT\r\n\r\n00:01.000 --> 00:02.000\r\na\r\nb\r\n', [[1000, 2000, 'a\nb']]],
    ['a byte order mark', '\uFEFFWEBVTT - x\n\n00:01.000 --> 00:02.000\na', [[1000, 2000, 'a']]],
    ['names of cues', 'WEBVTT\n\nintro 1\n00:01.000 --> 00:02.000\na', [[1000, 2000, 'a']]],
    [
      'comments, styles and regions',
      'WEBVTT\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:r\n\nNOTE no cue\n\n00:01.000 --> 00:02.000 region:r align:start\n<v Ann>a',
      [[1000, 2000, '<v Ann>a', 'align:start']],
    ],
    ['a cue that ends before it begins', 'WEBVTT\n\n00:02.000 --> 00:01.000\na', []],
    ['no cue', 'WEBVTT', []],
  ])('is read with %s', (_, text, cues) => {
    expect(read('WEBVTT', text)).toEqual(cues);
  });
});

describe('SRT', () => {
  it.each<[string, string, unknown[]]>([
    ['commas and dots', '1\n00:00:01,5 --> 00:00:02.050\na\n', [[1500, 2050, 'a']]],
    [
      'cues that no empty line parts',
      '1\n00:00:01,000 --> 00:00:02,000\n7 o’clock\n2\n00:00:02,000 --> 00:00:03,000\n1984\n',
      [
        [1000, 2000, '7 o’clock'],
        [2000, 3000, '1984'],
      ],
    ],
    [
      'fonts and placing, which WebVTT does not have',
      '1\n00:00:01,000 --> 00:00:02,000 X1:1 X2:2\n{\\an8}<font color="red"><I>a</I></font>\n',
      [[1000, 2000, '<i>a</i>']],
    ],
    [
      'text that WebVTT would read as a tag',
      '1\n00:00:01,000 --> 00:00:02,000\n1 < 2 & <x> &amp; --> end\n',
      [[1000, 2000, '1 &lt; 2 &amp; &lt;x&gt; &amp; --&gt; end']],
    ],
  ])('is read with %s', (_, text, cues) => {
    expect(read('SRT', text)).toEqual(cues);
  });
});

describe('TTML and IMSC', () => {
  it.each<[string, string, unknown[]]>([
    ['clock times', tt('<div><p begin="00:00:01.5" end="00:00:02">a</p></div>'), [[1500, 2000, 'a']]],
    ['frames', tt('<p begin="00:00:01:12" dur="25f">a</p>', 'ttp:frameRate="25"'), [[1480, 2480, 'a']]],
    [
      'a rate of NTSC',
      tt('<p begin="30f" end="60f">a</p>', 'ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001"'),
      [[1001, 2002, 'a']],
    ],
    [
      'ticks',
      tt('<p begin="15000000t" end="20000000t">a</p>', 'ttp:tickRate="10000000"'),
      [[1500, 2000, 'a']],
    ],
    [
      'times that are counted from the element around',
      tt('<div begin="10s" end="12s"><p begin="1s" end="9s">a</p></div>'),
      [[11_000, 12_000, 'a']],
    ],
    [
      'spans that have times of their own',
      tt('<p begin="1s" end="9s"><span begin="0s" end="1s">a</span> <span begin="1s">b</span></p>'),
      [
        [1000, 2000, 'a'],
        [2000, 9000, 'b'],
      ],
    ],
    [
      'line breaks, spaces and characters of XML',
      tt('<p begin="0s" end="1s">\n  a &amp; b<br/>  &lt;c&gt; &#233; \n</p>'),
      [[0, 1000, 'a &amp; b\n&lt;c&gt; é']],
    ],
    [
      'italic text, said by a style or by itself',
      tt(
        '<p begin="0s" end="1s"><span style="i">a</span> <span tts:fontWeight="bold">b</span></p>',
        '',
        '<styling><style xml:id="i" tts:fontStyle="italic"/></styling>',
      ),
      [[0, 1000, '<i>a</i> <b>b</b>']],
    ],
    [
      'names that have a prefix',
      '<tt:tt xmlns:tt="http://www.w3.org/ns/ttml"><tt:body><tt:div><tt:p begin="0s" end="1s">a</tt:p></tt:div></tt:body></tt:tt>',
      [[0, 1000, 'a']],
    ],
    ['a paragraph without an end', tt('<p begin="0s">a</p>'), []],
  ])('are read with %s', (_, text, cues) => {
    expect(read('TTML', text)).toEqual(cues);
    expect(read('IMSC', text)).toEqual(cues);
  });
});

describe('a captions file', () => {
  it.each<[string, CaptionsKind, string | Buffer, string]>([
    ['of another format', 'WEBVTT', '1\n00:00:01,000 --> 00:00:02,000\na', 'expected WEBVTT'],
    ['without a cue', 'SRT', 'WEBVTT', 'expected SRT'],
    ['that is no XML', 'TTML', '<tt><body></tt>', 'expected TTML'],
    ['that is other XML', 'IMSC', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'expected IMSC'],
    [
      'that grows by its document type',
      'TTML',
      `<!DOCTYPE tt [<!ENTITY a "${'x'.repeat(100)}">]>${tt('<p begin="0s" end="1s">&a;</p>')}`,
      'expected TTML',
    ],
    [
      'that is nested without end',
      'TTML',
      tt(`${'<div>'.repeat(5000)}${'</div>'.repeat(5000)}`),
      'expected TTML',
    ],
    ['in Latin-1', 'SRT', Buffer.from('1\n00:00:01,000 --> 00:00:02,000\n\xe9', 'latin1'), 'expected UTF-8'],
  ])('is refused %s', (_, kind, content, message) => {
    const call = () => readCaptions(Buffer.from(content), kind, ADDRESS);
    expect(call).toThrow(CaptionsRefusedError);
    expect(call).toThrow(`captions [${ADDRESS}]: ${message}`);
  });

  it('never breaks the reader, whatever is in it', () => {
    const lines = fc.constantFrom(
      'WEBVTT',
      '',
      '1',
      '00:00:01,000 --> 00:00:02,000',
      '00:01.000 --> 00:02.000',
      '<i>',
      'a-->b',
      '<tt>',
      '</p>',
      '\0',
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(lines, fc.string()), { maxLength: 12 }),
        fc.constantFrom<CaptionsKind>('SRT', 'WEBVTT', 'TTML', 'IMSC'),
        (parts, kind) => {
          try {
            expect(Array.isArray(read(kind, parts.join('\n')))).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(CaptionsRefusedError);
          }
        },
      ),
    );
  });
});

describe('segments of captions', () => {
  const cue = (startMs: number, endMs: number, text = 'a'): Cue => ({ startMs, endMs, text, settings: '' });

  it('are of 300 seconds, as MediaConvert makes them, over the whole video', () => {
    const segments = segmentsOfCues([], { durationSeconds: 650.5, startSeconds: 0 });
    expect(segments.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
      [0, 300_000],
      [300_000, 600_000],
      [600_000, 650_500],
    ]);
    const playlist = renderCaptionsPlaylist(segments, { nameOf: (index) => `c_${index}.vtt`, version: 3 });
    expect(playlist).toContain('#EXT-X-TARGETDURATION:300\n');
    expect(segmentsOf(playlist)).toEqual([
      { name: 'c_0.vtt', seconds: 300 },
      { name: 'c_1.vtt', seconds: 300 },
      { name: 'c_2.vtt', seconds: 50.5 },
    ]);
  });

  it('end with the one before where the last is too short, and keep what is shown in it', () => {
    const made = [cue(1000, 2000), cue(300_200, 300_400)];
    const options = { durationSeconds: 300.5, startSeconds: 0 };
    expect(segmentsOfCues(made, options)).toHaveLength(2);
    const segments = segmentsOfCues(made, { ...options, minFinalSegmentSeconds: 1 });
    expect(segments).toMatchObject([{ startMs: 0, endMs: 300_500 }]);
    expect(segments[0]?.text.match(/-->/g)).toHaveLength(2);
    const short = { ...options, durationSeconds: 0.5, minFinalSegmentSeconds: 1 };
    expect(segmentsOfCues(made, short)).toMatchObject([{ startMs: 0, endMs: 500 }]);
  });

  it('map the times of cues to the clock of MPEG-TS', () => {
    const [segment] = segmentsOfCues([cue(1000, 2000)], { durationSeconds: 10, startSeconds: 1.48 });
    expect(segment?.text).toBe(
      'WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:133200\n\n00:00:01.000 --> 00:00:02.000\na\n',
    );
  });

  it('hold each cue wherever it is shown, and read back as what they were made of', () => {
    const cues = fc.array(
      fc.tuple(
        fc.nat(1_000_000),
        fc.integer({ min: 1, max: 400_000 }),
        fc.constantFrom('a', 'x --> y', 'é\nb'),
      ),
    );
    fc.assert(
      fc.property(cues, fc.double({ min: 0.1, max: 1000, noNaN: true }), (given, durationSeconds) => {
        const made = given.map(([startMs, length, text]) => cue(startMs, startMs + length, text));
        const segments = segmentsOfCues(made, { durationSeconds, startSeconds: 0 });
        for (const { startMs, endMs, text } of segments) {
          const shown = made.filter((one) => one.startMs < endMs && one.endMs > startMs);
          const found = readWebvtt(text) ?? [];
          // Of a last, shorter segment there may be cues that begin after the video's end, within 300 s.
          const within = found.filter((one) => one.startMs < endMs);
          expect(within.length).toBe(shown.length);
          expect(within.map(({ text: inside }) => inside.replace('--&gt;', '-->')).sort()).toEqual(
            shown.map(({ text: inside }) => inside).sort(),
          );
        }
      }),
    );
  });

  it('are refused where few cues would fill a disk', () => {
    const long = Array.from({ length: 4000 }, () => cue(0, 86_400_000, 'x'.repeat(200)));
    const make = () => segmentsOfCues(long, { durationSeconds: 86_400, startSeconds: 0 });
    expect(make).toThrow(CaptionsRefusedError);
    expect(make).toThrow('captions: expected less than 100 MiB of segments');
  });
});
