"""Writes each call of a fake library as one JSON line into the file named by FAKE_HARDWARE_LOG, with the machine's monotonic clock."""

import json
import os
import time


def note(name, *values):
    with open(os.environ["FAKE_HARDWARE_LOG"], "a", encoding="utf8") as log:
        log.write(json.dumps({"atMs": time.monotonic() * 1000, "call": name, "values": values}) + "\n")
