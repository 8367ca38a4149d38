"""An object's checksum as S3 tells it.

moto tells the type of a checksum to GET alone, omits the number of parts from HEAD, keeps what an upload was created with as
the object's metadata, gives it to a copy as it was, and keeps a checksum of no algorithm for an upload without one.
GetObjectAttributes finds only the first of the names that the JavaScript SDK sends, and writes a date that it does not read.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

from functools import wraps

from moto.s3.models import FakeKey, S3Backend
from moto.s3.responses import S3Response
from moto.s3.utils import compute_checksum

OF_THE_UPLOAD = {"x-amz-checksum-algorithm", "x-amz-checksum-type"}


def install() -> None:
    """Changes moto's S3 for good, before it serves."""
    FakeKey.__init__ = _of_the_full_object(FakeKey.__init__)
    FakeKey.set_metadata = _without_mode(FakeKey.set_metadata)
    S3Backend.complete_multipart_upload = _with_chosen_alone(
        S3Backend.complete_multipart_upload
    )
    S3Backend.copy_object = _of_the_copy(S3Backend.copy_object)
    S3Backend.get_object_attributes = _of_every_name(S3Backend.get_object_attributes)
    S3Response.get_object_attributes = _with_date(S3Response.get_object_attributes)
    S3Response.head_object = _with_type(S3Response.head_object)


def _of_the_full_object(initialize):
    """Of an object that is put in one piece; an upload has its own type when it is complete."""

    @wraps(initialize)
    def initialized(self, *args, **kwargs):
        initialize(self, *args, **kwargs)
        self.checksum_type = self.checksum_type or "FULL_OBJECT"

    return initialized


def _without_mode(set_metadata):
    @wraps(set_metadata)
    def kept(self, metadata, *args, **kwargs):
        of_object = type(metadata)(
            {name: value for name, value in metadata.items() if name.lower() not in OF_THE_UPLOAD}
        )
        set_metadata(self, of_object, *args, **kwargs)

    return kept


def _with_chosen_alone(complete):
    @wraps(complete)
    def completed(self, *args, **kwargs):
        key = complete(self, *args, **kwargs)
        if key is not None and key.checksum_algorithm is None:
            key.checksum_value = None
        return key

    return completed


def _of_the_copy(copy_object):
    """A copy has one part, so a checksum of parts is none of it."""

    @wraps(copy_object)
    def copied(self, src_key, dest_bucket_name, dest_key_name, *args, **kwargs):
        copy_object(self, src_key, dest_bucket_name, dest_key_name, *args, **kwargs)
        copy = self.get_object(dest_bucket_name, dest_key_name)
        if copy.checksum_algorithm and src_key.checksum_type == "COMPOSITE":
            copy.checksum_value = compute_checksum(copy.value, copy.checksum_algorithm).decode()

    return copied


def _of_every_name(get_object_attributes):
    @wraps(get_object_attributes)
    def found(self, key, attributes_to_get):
        return get_object_attributes(self, key, [name.strip() for name in attributes_to_get])

    return found


def _with_date(get_object_attributes):
    @wraps(get_object_attributes)
    def answer(self):
        status, headers, body = get_object_attributes(self)
        key, _ = self._get_key(validate_storage_class=False)
        return status, {**headers, "Last-Modified": key.last_modified_RFC1123}, body

    return answer


def _with_type(head_object):
    @wraps(head_object)
    def answer(self, bucket_name, query, key_name, headers):
        status, answered, body = head_object(self, bucket_name, query, key_name, headers)
        names = [name for name in answered if name.startswith("x-amz-checksum-")]
        if names:
            version_id = query.get("versionId", [None])[0]
            key = self.backend.get_object(bucket_name, key_name, version_id=version_id)
            if key.checksum_type == "COMPOSITE":
                answered[names[0]] = f"{key.checksum_value}-{key.checksum_parts}"
            answered["x-amz-checksum-type"] = key.checksum_type
        return status, answered, body

    return answer
