"""Prints when a restored copy expires: arguments are the time of the restore and its days."""

import datetime
import sys

sys.path.insert(0, sys.argv[1])
from s3.storage_classes import expiry_of  # noqa: E402

print(expiry_of(datetime.datetime.fromisoformat(sys.argv[2]), int(sys.argv[3])).isoformat())
