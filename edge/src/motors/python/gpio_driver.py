"""Two motors at a bridge, one on each side, through the library `gpiozero`."""

from driver_loop import clamp, main


class GpioDriver:
    def __init__(self, settings):
        import gpiozero

        self.make_motor = gpiozero.Motor
        self.settings = settings
        self.left = None
        self.right = None

    def open(self):
        self.left = self.make_motor(forward=self.settings["left"]["forward"], backward=self.settings["left"]["backward"], pwm=True)
        self.right = self.make_motor(forward=self.settings["right"]["forward"], backward=self.settings["right"]["backward"], pwm=True)

    def apply(self, throttle, steer, _pan, _tilt):
        # Steering scales the throttle and never adds to it: without throttle both stand, also while the steering is still held over.
        self.left.value = clamp(throttle * (1 + steer), -1, 1)
        self.right.value = clamp(throttle * (1 - steer), -1, 1)

    def close(self):
        # gpiozero releases the pins, which turns the bridge off.
        self.left.close()
        self.right.close()


if __name__ == "__main__":
    main(GpioDriver, lambda _settings: "gpio")
