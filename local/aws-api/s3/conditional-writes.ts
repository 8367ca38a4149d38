/**
 * Conditions on writes. moto compares and writes in one step (`atomic_writes.py`); here is what happens while the body is still
 * coming: a delete that succeeds meanwhile is a conflict.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html#conditional-error-response
 */
import { AwsError } from '../aws-error.ts';
import type { HeaderValue } from './checksums.ts';
import type { S3Target } from './target.ts';

type Place = Pick<S3Target, 'bucket' | 'key'>;

interface Write {
  readonly place: Place;
  isDisturbed: boolean;
}

export interface ConditionalWrite {
  /** @throws AwsError 409 when the object was deleted since the write began */
  requireUndisturbed(): void;
  end(): void;
}

export class ConditionalWrites {
  readonly #underWay = new Set<Write>();

  /** @throws AwsError 501, as S3 answers, for an `If-None-Match` other than `*` */
  begin(place: Place, header: HeaderValue): ConditionalWrite {
    const ifNoneMatch = header('if-none-match');
    if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
      const message = 'A header you provided implies functionality that is not implemented: If-None-Match';
      throw new AwsError(501, 'NotImplemented', message);
    }
    const isConditional = ifNoneMatch !== undefined || header('if-match') !== undefined;
    const write: Write = { place, isDisturbed: false };
    if (isConditional) this.#underWay.add(write);
    return {
      requireUndisturbed: () => {
        if (!write.isDisturbed) return;
        const message =
          'The conditional request cannot succeed due to a conflicting operation against this resource.';
        throw new AwsError(409, 'ConditionalRequestConflict', message);
      },
      end: () => void this.#underWay.delete(write),
    };
  }

  /** Called when an object has been deleted. */
  deleted({ bucket, key }: Place): void {
    for (const write of this.#underWay) {
      if (write.place.bucket === bucket && write.place.key === key) write.isDisturbed = true;
    }
  }
}
