"""Stands for SunFounder's library, generation 2.0. It keeps the power after stop() and sends it again with the steering, as the later generation does."""

import os
import time

from call_log import note


class Picarx:
    def __init__(self):
        note("open")
        self.power = 0
        print("calibration: 0", flush=True)

    def forward(self, power):
        self.power = power
        note("power", power)
        if os.environ.get("FAKE_HARDWARE_HANGS") and power:
            time.sleep(60)

    def backward(self, power):
        self.power = -power
        note("power", -power)

    def stop(self):
        note("power", 0)

    def set_dir_servo_angle(self, degrees):
        note("steer", degrees)
        note("power", self.power)

    def set_cam_pan_angle(self, degrees):
        note("pan", degrees)

    def set_cam_tilt_angle(self, degrees):
        note("tilt", degrees)
