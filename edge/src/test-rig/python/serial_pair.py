"""A pseudo-terminal that stands for a serial port: prints the port's path, then each line that is written to it. Ends with its standard input, as a pulled cable does."""

import os
import pty
import sys
import threading
import tty

ours, port = pty.openpty()
tty.setraw(port)
print(os.ttyname(port), flush=True)


def read():
    while True:
        os.write(1, os.read(ours, 1024))


threading.Thread(target=read, daemon=True).start()
# Closed here so that only the program under test holds it; the pair hangs up when `ours` goes.
sys.stdin.read()
