"""The part that all Python drivers share: the lines, the lock, the timer, the end in neutral.

Input, one JSON object a line: {"open":true} takes the hardware, {"atMs":..,"throttle":..,"steer":..,"pan":..,"tilt":..} moves it. Output, one JSON object a line:
{"kind":"ready"}, {"kind":"open"}, {"kind":"beat"} every 20 ms, {"kind":"failed","why":"missing"|"in-use"|"open","detail":..}.
"""

import fcntl
import hashlib
import json
import math
import os
import signal
import sys
import tempfile
import threading
import time

# Silence, seconds, after which there is no throttle, and after which the steering is straight too. As in the agent and in the process above this one.
SOFT_S = 0.25
HARD_S = 0.5
# Oldest line that is obeyed: after this process was halted, the pipe is full of the past.
MAX_AGE_S = 0.25
TICK_S = 0.02
MAX_LINE_BYTES = 4096


class MissingLibrary(Exception):
    """The library of the hardware's maker is not installed."""


class InUse(Exception):
    """Another process holds the hardware."""


class Loop:
    """Runs one driver: an object with open(), apply(throttle, steer, pan, tilt) and close(). `key` names the hardware, for the lock."""

    def __init__(self, driver, key):
        self.driver = driver
        self.key = key
        # Libraries print to standard output, which belongs to the protocol here.
        self.out = os.fdopen(os.dup(1), "w", buffering=1)
        os.dup2(2, 1)
        self.guard = threading.RLock()
        self.opened = False
        self.moving = False
        self.steer = 0.0
        self.look = (0.0, 0.0)
        self.line_at = -math.inf
        self.lock_file = None

    def run(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.end)
        self.say({"kind": "ready"})
        threading.Thread(target=self.watch, daemon=True).start()
        try:
            for line in iter(lambda: sys.stdin.buffer.readline(MAX_LINE_BYTES), b""):
                self.take(line)
        except InUse as error:
            self.fail("in-use", error)
        except Exception as error:  # whatever a library throws, the vehicle has to stand
            self.fail("open", error)
        self.end()

    def take(self, line):
        try:
            message = json.loads(line)
            if message.get("open") is True:
                return self.open()
            values = [float(message[name]) for name in ("throttle", "steer", "pan", "tilt")]
            fresh = time.monotonic() - float(message["atMs"]) / 1000 <= MAX_AGE_S
        except (ValueError, KeyError, TypeError, AttributeError):
            fresh, values = False, []
        if not self.opened:
            return None
        with self.guard:
            if not fresh or not all(map(math.isfinite, values)):
                return self.move(0.0, 0.0)
            throttle, steer, pan, tilt = values
            self.line_at = time.monotonic()
            self.look = (pan, tilt)
            return self.move(clamp(throttle, -1, 1), clamp(steer, -1, 1))

    def open(self):
        path = os.path.join(tempfile.gettempdir(), "helmcast-drive-%s.lock" % hashlib.sha256(self.key.encode()).hexdigest()[:16])
        # Never followed and never truncated: the folder is open to everybody.
        self.lock_file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self.lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InUse(self.key) from error
        with self.guard:
            self.driver.open()
            self.move(0.0, 0.0)
            self.opened = True
        self.say({"kind": "open"})

    def move(self, throttle, steer):
        self.moving, self.steer = throttle != 0, steer
        self.driver.apply(throttle, steer, *self.look)

    def watch(self):
        """A timer of its own, so that a reader that hangs or an agent that is silent can't keep the wheels turning. Beats only while the hardware answers."""
        while True:
            time.sleep(TICK_S)
            with self.guard:
                silence = time.monotonic() - self.line_at
                if self.opened:
                    if silence >= SOFT_S and self.moving:
                        self.move(0.0, self.steer)
                    if silence >= HARD_S and self.steer != 0:
                        self.move(0.0, 0.0)
            self.say({"kind": "beat"})

    def end(self, *_signal):
        """Neutral and out. Also from a signal, which may interrupt a call into the library: the guard lets its own thread in again."""
        code = 0
        with self.guard:
            try:
                if self.opened:
                    self.opened = False
                    self.move(0.0, 0.0)
                    self.driver.close()
            except Exception:
                code = 1
            os._exit(code)

    def fail(self, why, error):
        self.say({"kind": "failed", "why": why, "detail": ("%s: %s" % (type(error).__name__, error))[:400]})

    def say(self, message):
        try:
            self.out.write(json.dumps(message) + "\n")
        except OSError:
            self.end()


def clamp(value, low, high):
    return max(low, min(high, value))


def main(load, key):
    """`load(settings)` imports the library and returns the driver without touching hardware; `key(settings)` names the hardware."""
    settings = json.loads(sys.argv[1])
    try:
        driver = load(settings)
    except ImportError as error:
        print(json.dumps({"kind": "failed", "why": "missing", "detail": str(error)[:400]}), flush=True)
        sys.exit(1)
    Loop(driver, key(settings)).run()
