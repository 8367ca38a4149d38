/** Public keys and key groups of an account: whose signatures CloudFront can accept. */
import {
  type CloudFrontClient,
  type KeyGroup as CloudFrontKeyGroup,
  GetKeyGroupCommand,
  GetPublicKeyCommand,
  ListKeyGroupsCommand,
  paginateListPublicKeys,
} from '@aws-sdk/client-cloudfront';

export interface PublicKey {
  /** The key pair id. */
  readonly id: string;
  readonly name: string;
  readonly pem: string;
  readonly createdAt: Date;
}

export interface KeyGroup {
  readonly id: string;
  readonly name: string;
  readonly keyPairIds: readonly string[];
  readonly modifiedAt: Date;
}

/** Every public key of the account: those of other environments too. */
export async function listPublicKeys(client: CloudFrontClient): Promise<PublicKey[]> {
  const found: PublicKey[] = [];
  for await (const page of paginateListPublicKeys({ client }, {})) {
    for (const { Id, Name = '', EncodedKey, CreatedTime } of page.PublicKeyList?.Items ?? []) {
      if (Id === undefined || !EncodedKey || !CreatedTime) continue;
      found.push({ id: Id, name: Name, pem: EncodedKey, createdAt: CreatedTime });
    }
  }
  return found;
}

/** Every key group of the account. The SDK has no paginator for them. */
export async function listKeyGroups(client: CloudFrontClient): Promise<KeyGroup[]> {
  const found: KeyGroup[] = [];
  let marker: string | undefined;
  do {
    const { KeyGroupList: list } = await client.send(
      new ListKeyGroupsCommand(marker === undefined ? {} : { Marker: marker }),
    );
    found.push(...(list?.Items ?? []).flatMap(({ KeyGroup: group }) => keyGroupOf(group)));
    marker = list?.NextMarker || undefined;
  } while (marker !== undefined);
  return found;
}

/** The public keys that one group trusts: PEM by key pair id. */
export async function readGroupKeys(
  client: CloudFrontClient,
  keyGroupId: string,
): Promise<ReadonlyMap<string, string>> {
  const { KeyGroup: answer } = await client.send(new GetKeyGroupCommand({ Id: keyGroupId }));
  const [group] = keyGroupOf(answer);
  const keys = (group?.keyPairIds ?? []).map(async (id): Promise<[string, string]> => {
    const { PublicKey: publicKey } = await client.send(new GetPublicKeyCommand({ Id: id }));
    return [id, publicKey?.PublicKeyConfig?.EncodedKey ?? ''];
  });
  return new Map(await Promise.all(keys));
}

function keyGroupOf(group: CloudFrontKeyGroup | undefined): KeyGroup[] {
  if (!group?.Id || !group.LastModifiedTime) return [];
  const { Name = '', Items = [] } = group.KeyGroupConfig ?? {};
  return [{ id: group.Id, name: Name, keyPairIds: Items, modifiedAt: group.LastModifiedTime }];
}
