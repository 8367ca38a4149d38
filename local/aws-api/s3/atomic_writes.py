"""S3's conditional writes and deletes as S3 has them: the comparison and the change are one step.

moto answers each request in a thread of its own and compares before it changes anything, so of two requests that arrive
together both can pass the comparison. Here one request at a time changes objects. Its body has been received by then, so
a slow upload holds nobody up.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
"""

import threading
from functools import wraps

import xmltodict
from moto.s3.exceptions import MissingKey, PreconditionFailed, S3ClientError
from moto.s3.responses import S3Response
from werkzeug.datastructures import Headers

# Every handler that creates, replaces or deletes an object; `_key_response_post` completes multipart uploads.
CHANGES = (
    "put_object",
    "copy_object",
    "delete_object",
    "_key_response_post",
    "_bucket_response_delete_keys",
)


def install() -> None:
    """Changes moto's S3 for good, before it serves."""
    S3Response.delete_object = _with_any_etag(S3Response.delete_object)
    S3Response._bucket_response_delete_keys = _without_conditions(
        S3Response._bucket_response_delete_keys
    )
    # moto lacks these conditions, and looks at those of `put_object` itself.
    S3Response._key_response_post = _with_conditions(S3Response._key_response_post)
    S3Response.copy_object = _with_conditions(S3Response.copy_object)
    one_at_a_time = threading.RLock()
    for name in CHANGES:
        setattr(S3Response, name, _holding(one_at_a_time, getattr(S3Response, name)))


def _holding(lock, handler):
    @wraps(handler)
    def held(*args, **kwargs):
        with lock:
            return handler(*args, **kwargs)

    return held


def _with_conditions(write):
    """Those of a copy and of an upload that is completed."""

    @wraps(write)
    def written(self, *args, **kwargs):
        if_match = self.headers.get("If-Match")
        if_none_match = self.headers.get("If-None-Match")
        if if_match or if_none_match:
            existing = self.backend.get_object(self.bucket_name, self.parse_key_name())
            if if_none_match and existing is not None:
                raise PreconditionFailed("If-None-Match")
            if if_match and existing is None:
                raise MissingKey
            if if_match and if_match.replace('"', "") != existing.etag.replace('"', ""):
                raise PreconditionFailed("If-Match")
        return write(self, *args, **kwargs)

    return written


def _with_any_etag(delete_object):
    """`If-Match: *` asks for an object, whichever; moto compares the asterisk with its ETag."""

    @wraps(delete_object)
    def deleted(self):
        if self.headers.get("If-Match") == "*":
            existing = self.backend.get_object(self.bucket_name, self.parse_key_name())
            if existing is None:
                raise MissingKey
            self.headers = Headers(self.headers)
            self.headers["If-Match"] = existing.etag
        return delete_object(self)

    return deleted


def _without_conditions(delete_keys):
    @wraps(delete_keys)
    def deleted(self, *args, **kwargs):
        objects = xmltodict.parse(self.body).get("Delete", {}).get("Object", [])
        for each in objects if isinstance(objects, list) else [objects]:
            if {"ETag", "LastModifiedTime", "Size"} & set(each):
                # A condition that is ignored deletes what it was to protect.
                raise S3ClientError(
                    "NotImplemented",
                    "the local AWS API does not support S3 DeleteObjects with conditions (local/aws-api/README.md)",
                )
        return delete_keys(self, *args, **kwargs)

    return deleted
