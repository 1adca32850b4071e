"""A Modbus/TCP device on stdin and stdout: registers 0 to 99, read by function 3 and written by function 6.

raccord listen 1502 --frame len:u16be@4+6 -x -e 'python3 examples/modbus.py'
"""

import struct
import sys

registers = list(range(100))

while header := sys.stdin.buffer.read(7):
    number, _, length, unit = struct.unpack(">HHHB", header)
    function, address, value = struct.unpack(">BHH", sys.stdin.buffer.read(length - 1)[:5])
    if function == 3 and address + value <= len(registers):
        body = struct.pack(f">BB{value}H", function, 2 * value, *registers[address : address + value])
    elif function == 6 and address < len(registers):
        registers[address] = value
        body = struct.pack(">BHH", function, address, value)
    else:
        # an exception: the function is not known (1), or the address is not (2)
        body = struct.pack(">BB", function | 0x80, 2 if function in (3, 6) else 1)
    sys.stdout.buffer.write(struct.pack(">HHHB", number, 0, len(body) + 1, unit) + body)
    sys.stdout.buffer.flush()
