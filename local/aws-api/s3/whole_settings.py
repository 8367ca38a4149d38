"""A bucket's notifications and replication as they were put.

moto keeps both whole and tells a part: neither that notifications go to EventBridge, nor of a replication rule what it
replicates. Terraform would set them anew at every apply.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html
"""

from functools import wraps

import xmltodict
from moto.s3.responses import S3Response

END = "</NotificationConfiguration>"


def install() -> None:
    """Changes moto's S3 for good, before it serves."""
    S3Response.get_bucket_notification = _with_event_bridge(
        S3Response.get_bucket_notification
    )
    S3Response.get_bucket_replication = _as_put(S3Response.get_bucket_replication)


def _with_event_bridge(handler):
    @wraps(handler)
    def answer(self):
        status, headers, body = handler(self)
        kept = self.backend.get_bucket_notification_configuration(self.bucket_name)
        if kept is None or kept.event_bridge is None:
            return status, headers, body
        # Without another target the element is empty, and closes itself.
        start = body.removesuffix(END) if body.endswith(END) else body.removesuffix("/>") + ">"
        return status, headers, start + "<EventBridgeConfiguration/>" + END

    return answer


def _as_put(handler):
    @wraps(handler)
    def answer(self):
        status, headers, _ = handler(self)
        kept = self.backend.get_bucket_replication(self.bucket_name)
        return status, headers, xmltodict.unparse({"ReplicationConfiguration": kept})

    return answer
