"""Archived objects as S3 has them: a copy is there when a restore has taken its time, and until its days are over.

moto restores at once, for a time that is no whole day and never ends, and only the newest version; it takes any number of days
and any tier, takes a second request while the first is under way, tells another reason why an object cannot be restored, and
copies parts of an object that is archived.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html
"""

import datetime
import time
from functools import wraps
from urllib.parse import unquote
from xml.parsers.expat import ExpatError
from xml.sax.saxutils import escape

import xmltodict
from moto.core.utils import utcnow
from moto.s3 import notifications
from moto.s3.exceptions import MissingKey, MissingVersion, ObjectNotInActiveTierError
from moto.s3.models import FakeKey, s3_backends
from moto.s3.responses import S3Response
from moto.s3.utils import ARCHIVE_STORAGE_CLASSES

TIERS = ("Standard", "Bulk", "Expedited")
MALFORMED = (
    400,
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema",
)


def install(restore_seconds: float) -> None:
    """Changes moto's S3 for good, before it serves. A restore takes so many seconds."""
    FakeKey.restore = _taking(restore_seconds, FakeKey.restore)
    FakeKey.status = property(_status, FakeKey.status.fset)
    FakeKey.response_dict = property(_until_expiry(FakeKey.response_dict.fget))
    S3Response._key_response_post = _with_restore(S3Response._key_response_post)
    S3Response.upload_part_copy = _of_active_objects(S3Response.upload_part_copy)


def expiry_of(now: datetime.datetime, days: int) -> datetime.datetime:
    """The midnight after the days are over."""
    end = now + datetime.timedelta(days=days)
    return end.replace(hour=0, minute=0, second=0, microsecond=0) + datetime.timedelta(days=1)


def _taking(seconds, restore):
    @wraps(restore)
    def begun(self, days):
        is_restored = self._expiry is not None
        restore(self, days)
        self._expiry = expiry_of(utcnow(), days)
        if not is_restored:
            self._status = None
            self._restored_at = time.monotonic() + seconds

    return begun


def _status(self):
    if self._status == "RESTORED":
        return self._status
    restored_at = getattr(self, "_restored_at", None)
    if restored_at is None:
        return None
    if time.monotonic() < restored_at:
        return "IN_PROGRESS"
    self._status = "RESTORED"
    bucket = s3_backends[self.account_id][self.partition].get_bucket(self.bucket_name)
    event = notifications.S3NotificationEvent.OBJECT_RESTORE_COMPLETED_EVENT
    notifications.send_event(self.account_id, event, bucket, key=self)
    return self._status


def _until_expiry(response_dict):
    @wraps(response_dict)
    def told(self):
        if self._expiry is not None and utcnow() >= self._expiry:
            self._expiry = self._status = self._restored_at = None
        return response_dict(self)

    return told


def _is_readable(key) -> bool:
    if key.storage_class not in ARCHIVE_STORAGE_CLASSES:
        return True
    return 'ongoing-request="false"' in key.response_dict.get("x-amz-restore", "")


def _with_restore(post):
    @wraps(post)
    def answer(self, request, body, bucket_name, query, key_name):
        if "restore" not in query or query.get("uploadId"):
            return post(self, request, body, bucket_name, query, key_name)
        version_id = query.get("versionId", [None])[0]
        key = self.backend.get_object(bucket_name, key_name, version_id=version_id)
        if not isinstance(key, FakeKey):
            raise MissingVersion() if version_id else MissingKey(key=key_name)
        return _restored(key, body)

    return answer


def _restored(key, body):
    if key.storage_class not in ARCHIVE_STORAGE_CLASSES:
        message = "Restore is not allowed for the object's current storage class"
        return _refused(403, "InvalidObjectState", message, StorageClass=key.storage_class)
    try:
        wanted = xmltodict.parse(body)["RestoreRequest"] or {}
        tier = (wanted.get("GlacierJobParameters") or wanted).get("Tier", "Standard")
        days = int(wanted.get("Days"))
    except (ExpatError, KeyError, TypeError, ValueError, AttributeError):
        return _refused(*MALFORMED)
    if {"Type", "SelectParameters", "OutputLocation"} & set(wanted):
        message = "the local AWS API does not support S3 RestoreObject with a query (local/aws-api/README.md)"
        return _refused(501, "NotImplemented", message)
    if tier not in TIERS:
        return _refused(*MALFORMED)
    if days < 1:
        return _refused(400, "InvalidArgument", "Days must be a positive integer")
    if tier == "Expedited" and key.storage_class == "DEEP_ARCHIVE":
        message = "Retrieval option is not supported by this storage class"
        return _refused(400, "InvalidArgument", message)
    is_restored = _is_readable(key)
    if key._expiry is not None and not is_restored:
        return _refused(409, "RestoreAlreadyInProgress", "Object restore is already in progress")
    key.restore(days)
    return 200 if is_restored else 202, {}, ""


def _of_active_objects(upload_part_copy):
    @wraps(upload_part_copy)
    def answer(self):
        path, _, version = self.headers["x-amz-copy-source"].partition("?versionId=")
        bucket, _, name = unquote(path).lstrip("/").partition("/")
        key = self.backend.get_object(bucket, name, version_id=version or None)
        if isinstance(key, FakeKey) and not _is_readable(key):
            raise ObjectNotInActiveTierError(key)
        return upload_part_copy(self)

    return answer


def _refused(status, code, message, **details):
    elements = {"Code": code, "Message": message, **details}
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in elements.items())
    return status, {"content-type": "application/xml"}, f"<Error>{inner}</Error>"
