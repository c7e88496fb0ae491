"""Speed controller and servos at a PCA9685 through the library `smbus2`. Registers and formulas: NXP's data sheet PCA9685, revision 4, sections 7.3.1 to 7.3.5."""

import time

from driver_loop import clamp, main

MODE1, LED0_ON_L, PRE_SCALE = 0x00, 0x06, 0xFE
SLEEP, AUTO_INCREMENT, RESTART = 0x10, 0x20, 0x80
OSCILLATOR_HZ = 25_000_000
STEPS = 4096


class Pca9685Driver:
    def __init__(self, settings):
        import smbus2

        self.make_bus = smbus2.SMBus
        self.settings = settings
        look = settings.get("look") or {"panMin": -90, "panMax": 90, "tiltMin": -35, "tiltMax": 65}
        self.pan_deg = max(-look["panMin"], look["panMax"]) or 1
        self.tilt_deg = max(-look["tiltMin"], look["tiltMax"]) or 1
        self.look = look
        self.bus = None
        self.sent = {}

    def open(self):
        settings = self.settings
        self.bus = self.make_bus(settings["bus"])
        self.sent = {}
        prescale = clamp(round(OSCILLATOR_HZ / (STEPS * settings["frequencyHz"])) - 1, 3, 255)
        if self.read(PRE_SCALE) != prescale or self.read(MODE1) & SLEEP:
            # The prescaler takes a new value only while the oscillator sleeps; it needs 500 us to come back.
            self.write(MODE1, [SLEEP | AUTO_INCREMENT])
            self.write(PRE_SCALE, [prescale])
            self.pulse("throttleChannel", 0)
            self.pulse("steerChannel", 0)
        self.write(MODE1, [AUTO_INCREMENT])
        time.sleep(0.0005)

    def apply(self, throttle, steer, pan, tilt):
        self.pulse("throttleChannel", throttle)
        self.pulse("steerChannel", steer)
        self.pulse("panChannel", clamp(pan, self.look["panMin"], self.look["panMax"]) / self.pan_deg)
        self.pulse("tiltChannel", clamp(tilt, self.look["tiltMin"], self.look["tiltMax"]) / self.tilt_deg)

    def pulse(self, name, share):
        """-1..1 to a pulse from the shortest to the longest; 0 is the middle, which a speed controller takes as standing."""
        channel = self.settings.get(name)
        if channel is None:
            return
        low, high = self.settings["minPulseUs"], self.settings["maxPulseUs"]
        micros = (low + high) / 2 + clamp(share, -1, 1) * (high - low) / 2
        off = clamp(round(micros * self.settings["frequencyHz"] * STEPS / 1_000_000), 0, STEPS - 1)
        if self.sent.get(channel) != off:
            self.write(LED0_ON_L + 4 * channel, [0, 0, off & 0xFF, off >> 8])
            self.sent[channel] = off

    def read(self, register):
        return self.bus.read_byte_data(self.settings["address"], register)

    def write(self, register, values):
        self.bus.write_i2c_block_data(self.settings["address"], register, values)

    def close(self):
        # The chip goes on with the neutral pulse by itself, which is what a speed controller wants to see.
        self.bus.close()


if __name__ == "__main__":
    main(Pca9685Driver, lambda settings: "pca9685-%d-%d" % (settings["bus"], settings["address"]))
