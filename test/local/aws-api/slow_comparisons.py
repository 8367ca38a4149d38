"""Runs a moto server whose S3 waits after each look at an object: requests that arrive together all look before one writes."""

import runpy
import sys
import time

import moto.s3.models as models

get_object = models.S3Backend.get_object


def look(self, *args, **kwargs):
    found = get_object(self, *args, **kwargs)
    time.sleep(0.2)
    return found


models.S3Backend.get_object = look
sys.path.insert(0, sys.argv[1].rpartition("/")[0])
runpy.run_path(sys.argv[1], run_name="__main__")
