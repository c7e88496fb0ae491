"""Stands for gpiozero's Motor."""

from call_log import note


class Motor:
    def __init__(self, forward, backward, pwm):
        self.name = "motor%d" % forward
        note("open", forward, backward, pwm)

    def __setattr__(self, name, value):
        if name == "value":
            note(self.name, round(value, 3))
        object.__setattr__(self, name, value)

    def close(self):
        note("close", self.name)
