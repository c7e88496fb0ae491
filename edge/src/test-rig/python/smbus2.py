"""Stands for smbus2 with a PCA9685 that has just been switched on: asleep, prescaler 30 (200 Hz)."""

from call_log import note

REGISTERS = {0x00: 0x11, 0xFE: 30}


class SMBus:
    def __init__(self, bus):
        note("bus", bus)

    def read_byte_data(self, address, register):
        return REGISTERS.get(register, 0)

    def write_i2c_block_data(self, address, register, values):
        note("write", address, register, values)
        REGISTERS[register] = values[0]

    def close(self):
        note("close")
