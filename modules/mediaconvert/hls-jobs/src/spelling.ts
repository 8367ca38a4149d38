/** The same input in the spelling of other clients: the REST API's camelCase, Ruby's snake_case. */

/** `pascal`: AWS CLI and most SDKs; `rest`: the API itself; `ruby`: `Aws::MediaConvert::Client#create_job`. */
export type Spelling = 'pascal' | 'rest' | 'ruby';

/** Objects whose keys are names that the caller chose; they have no other spelling. */
const MAPS = new Set(['AudioSelectors', 'CaptionSelectors', 'UserMetadata', 'Tags']);

/** A copy of `value` with every setting's name spelled so; values, and keys that the caller chose, stay. */
export function spelled(value: unknown, spelling: Spelling): unknown {
  if (Array.isArray(value)) return value.map((one) => spelled(one, spelling));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [
      RENAMED[spelling](name),
      MAPS.has(name) ? eachValue(child, spelling) : spelled(child, spelling),
    ]),
  );
}

const RENAMED: Readonly<Record<Spelling, (name: string) => string>> = {
  pascal: (name) => name,
  rest: (name) => name.charAt(0).toLowerCase() + name.slice(1),
  // As in aws-sdk-mediaconvert's client_api.rb: IFrame is two words, H264 is one, Ac3 and M3u8 are two.
  // https://docs.aws.amazon.com/sdk-for-ruby/v3/api/Aws/MediaConvert/Types.html
  ruby: (name) =>
    name
      .replace(/([A-Z])(?=[A-Z][a-z])/g, '$1_')
      .replace(/([a-z0-9])(?=[A-Z])/g, '$1_')
      .replace(/([a-z])(?=\d)/g, '$1_')
      .toLowerCase(),
};

function eachValue(map: object, spelling: Spelling): object {
  return Object.fromEntries(Object.entries(map).map(([key, child]) => [key, spelled(child, spelling)]));
}
