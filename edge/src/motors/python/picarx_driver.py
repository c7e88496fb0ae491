"""SunFounder's PiCar-X through the library `picarx`: throttle -1..1 is power -100..100, steer -1..1 is -30..30 degrees, pan -90..90, tilt -35..65."""

from driver_loop import clamp, main

STEER_DEG = 30


class PicarxDriver:
    def __init__(self, settings):
        import picarx

        # The library's class and its setters were renamed between its generations 2.0 and 2.1.
        self.make = getattr(picarx, "Picarx", None) or picarx.PiCarX
        self.car = None
        self.sent = {}

    def open(self):
        self.car = self.make()
        self.sent = {}

    def apply(self, throttle, steer, pan, tilt):
        power = round(abs(throttle) * 100)
        if power == 0:
            # stop() leaves self.power as it was, and the next change of the steering would send that power again: so the power itself is set to 0.
            if self.sent.get("power") != 0:
                self.car.forward(0)
                self.car.stop()
                self.sent["power"] = 0
            self.angle("steer", clamp(steer, -1, 1) * STEER_DEG, "set_dir_servo_angle", "set_steering_angle")
        else:
            self.angle("steer", clamp(steer, -1, 1) * STEER_DEG, "set_dir_servo_angle", "set_steering_angle")
            (self.car.forward if throttle > 0 else self.car.backward)(power)
            self.sent["power"] = power
        self.angle("pan", clamp(pan, -90, 90), "set_cam_pan_angle", "set_camera_pan_angle")
        self.angle("tilt", clamp(tilt, -35, 65), "set_cam_tilt_angle", "set_camera_tilt_angle")

    def angle(self, name, degrees, *setters):
        # Each write to a servo is traffic on a slow bus, and servos hold their angle.
        if self.sent.get(name) != degrees:
            getattr(self.car, next(each for each in setters if hasattr(self.car, each)))(degrees)
            self.sent[name] = degrees

    def close(self):
        self.car.stop()


if __name__ == "__main__":
    main(PicarxDriver, lambda _settings: "picarx")
