/** Tags of distributions, the only CloudFront resource kept here that has them. */
import { AwsError } from '../aws-error.ts';
import { childrenOf, element, textOf, textsOf, type XmlNode } from '../xml.ts';

export class Tags {
  readonly #byArn = new Map<string, Map<string, string>>();

  /** Starts a resource with the tags of a `Tags` element. */
  start(arn: string, tags: XmlNode | undefined): void {
    this.#byArn.set(arn, new Map());
    this.add(arn, tags);
  }

  add(arn: string, tags: XmlNode | undefined): void {
    const own = this.#of(arn);
    for (const tag of childrenOf(tags, 'Items', 'Tag')) own.set(textOf(tag, 'Key'), textOf(tag, 'Value'));
  }

  /** Takes away the keys of a `TagKeys` element. */
  remove(arn: string, keys: XmlNode | undefined): void {
    const own = this.#of(arn);
    for (const key of textsOf(keys, 'Items', 'Key')) own.delete(key);
  }

  end(arn: string): void {
    this.#byArn.delete(arn);
  }

  /** The `Items` element of a `Tags` answer. */
  itemsXml(arn: string): string {
    const tags = [...this.#of(arn)].map(
      ([key, value]) => `<Tag>${element('Key', key)}${element('Value', value)}</Tag>`,
    );
    return `<Items>${tags.join('')}</Items>`;
  }

  #of(arn: string): Map<string, string> {
    const tags = this.#byArn.get(arn);
    if (tags === undefined) throw new AwsError(404, 'NoSuchResource', `no resource has the ARN ${arn}`);
    return tags;
  }
}
