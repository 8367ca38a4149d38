/** What consoles write into every job although it changes nothing: taken as it is, and refused as anything else. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { NEUTRAL_DEFAULTS } from '../../../local/transcoder/neutral-defaults.ts';
import { parseSettings, UnsupportedSettingError } from '../../../local/transcoder/supported-settings.ts';
import { type WireSettings, wireSettings } from './settings.ts';

type Name = keyof typeof NEUTRAL_DEFAULTS;

const ts = () => wireSettings({ audio: 'group', iFramePlaylists: true });
const cmaf = () => wireSettings({ packaging: 'cmaf' });
const outputs = (settings: WireSettings) => settings.outputGroups[0].outputs;

/** Every object of its kind in a job's settings. */
const PLACES: Readonly<
  Record<Name, readonly [job: () => WireSettings, find: (s: WireSettings) => object[]]>
> = {
  settings: [ts, (s) => [s]],
  input: [ts, (s) => s.inputs],
  videoSelector: [ts, (s) => [s.inputs[0].videoSelector]],
  audioSelector: [ts, (s) => Object.values(s.inputs[0].audioSelectors)],
  videoDescription: [
    ts,
    (s) => [outputs(s)[0].videoDescription, s.outputGroups[1].outputs[0].videoDescription],
  ],
  h264Settings: [ts, (s) => [outputs(s)[0].videoDescription.codecSettings.h264Settings]],
  h264Encoder: [cmaf, (s) => [outputs(s)[0].videoDescription.codecSettings.h264Settings]],
  audioDescription: [ts, (s) => outputs(s)[2].audioDescriptions],
  aacSettings: [cmaf, (s) => [outputs(s)[2].audioDescriptions[0].codecSettings.aacSettings]],
  m3u8Settings: [ts, (s) => [0, 2].map((index) => outputs(s)[index].containerSettings.m3u8Settings)],
  transportStream: [ts, (s) => [0, 2].map((index) => outputs(s)[index].containerSettings.m3u8Settings)],
  cmfcSettings: [cmaf, (s) => [0, 2].map((index) => outputs(s)[index].containerSettings.cmfcSettings)],
  hlsSettings: [ts, (s) => [0, 2].map((index) => outputs(s)[index].outputSettings.hlsSettings)],
  hlsGroupSettings: [ts, (s) => [s.outputGroups[0].outputGroupSettings.hlsGroupSettings]],
  hlsPlaylists: [ts, (s) => [s.outputGroups[0].outputGroupSettings.hlsGroupSettings]],
  cmafGroupSettings: [cmaf, (s) => [s.outputGroups[0].outputGroupSettings.cmafGroupSettings]],
};

const settingsOf = (name: Name) =>
  Object.entries(NEUTRAL_DEFAULTS[name].defaults as Record<string, unknown>).map(([setting, value]) => ({
    name,
    setting,
    value,
  }));
const all = (Object.keys(NEUTRAL_DEFAULTS) as Name[]).flatMap(settingsOf);

/** One job for each object that has the setting. */
function jobsWith(name: Name, setting: string, value: unknown): WireSettings[] {
  const [job, find] = PLACES[name];
  return find(job()).map((_, index) => {
    const settings = job();
    Object.assign(find(settings)[index] ?? {}, { [setting]: value });
    return settings;
  });
}

describe('a setting that changes nothing', () => {
  it.each(all)('is taken as $value: $setting of $name', ({ name, setting, value }) => {
    const jobs = jobsWith(name, setting, value);
    expect(jobs.length).toBeGreaterThan(0);
    for (const job of jobs) expect(() => parseSettings(job)).not.toThrow();
  });

  it.each(all)('is refused by its path as anything else: $setting of $name', ({ name, setting, value }) => {
    const others = [typeof value === 'number' ? value + 1 : 'OTHER', null, [], `${value} `];
    for (const other of others) {
      for (const job of jobsWith(name, setting, other)) {
        expect(() => parseSettings(job)).toThrow(UnsupportedSettingError);
        expect(() => parseSettings(job)).toThrow(
          `${setting}: not supported by the local transcoder, except as ${JSON.stringify(value)}`,
        );
      }
    }
  });

  it('is carried out as without it: a job from the console is the same job', () => {
    for (const make of [ts, cmaf]) {
      const settings = make();
      for (const { name, setting, value } of all) {
        const [job, find] = PLACES[name];
        if (job === make) for (const object of find(settings)) Object.assign(object, { [setting]: value });
      }
      const plain = parseSettings(make());
      expect(parseSettings(settings)).toMatchObject(plain);
    }
  });

  it('is listed in the README with the page of AWS that says so', () => {
    const rows = Object.values(NEUTRAL_DEFAULTS).map(({ place, page, defaults }) => {
      const values = Object.entries(defaults).map(([setting, value]) => `\`${setting}\` ${shown(value)}`);
      return `| \`${place}\` | ${values.join(', ')} | [${page.includes('apireference') ? 'API' : 'examples'}](${page}) |`;
    });
    const readme = readFileSync(new URL('../../../local/transcoder/README.md', import.meta.url), 'utf8');
    expect(readme.split('\n').filter((line) => /\| \[(?:API|examples)\]\(/.test(line))).toEqual(rows);
  });
});

/** As the console of 2026 writes a job with one rendition of Apple HLS. */
describe('what else the console writes', () => {
  it('is taken: the name that the group has there, timecodes and shapes of the input, automatic containers', () => {
    const settings = ts();
    const [group] = settings.outputGroups;
    Object.assign(group, { name: 'Apple HLS', customName: 'My title' });
    settings.timecodeConfig.source = 'EMBEDDED';
    settings.inputs[0].timecodeSource = 'EMBEDDED';
    for (const selector of Object.values<WireSettings>(settings.inputs[0].audioSelectors)) {
      selector.defaultSelection = 'NOT_DEFAULT';
    }
    group.outputs[0].outputSettings.hlsSettings.audioOnlyContainer = 'AUTOMATIC';
    group.outputs[0].videoDescription.codecSettings.h264Settings.parControl = 'INITIALIZE_FROM_SOURCE';
    expect(() => parseSettings(settings)).not.toThrow();
  });
});

function shown(value: unknown): string {
  return value === '' ? 'empty' : [value].flat().join(' ');
}
