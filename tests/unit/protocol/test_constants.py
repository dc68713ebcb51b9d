"""The numbers of the protocol exist twice, for Python and for compiled code: they are the same."""

import re
from pathlib import Path

from aiocql.protocol import constants
from aiocql.testing.server.frames import Flag, Opcode


def test_both_files_say_the_same() -> None:
    """Every number of the .pxd is that of the .py, and none is missing."""
    text = Path(constants.__file__).with_suffix(".pxd").read_text()
    compiled = {
        name: int(number, 0) for name, number in re.findall(r"^    ([A-Z_0-9]+) = (-?\w+)$", text, re.M)
    }
    plain = {
        name: value for name, value in vars(constants).items() if name.isupper() and isinstance(value, int)
    }
    assert compiled == plain


def test_opcodes_and_flags_are_the_scripted_servers() -> None:
    """That one has them from the specification on its own."""
    assert {f"OP_{code.name}": code.value for code in Opcode} == {
        name: value for name, value in vars(constants).items() if name.startswith("OP_")
    }
    ours = {constants.FLAG_COMPRESSION, constants.FLAG_TRACING, constants.FLAG_CUSTOM_PAYLOAD}
    assert {flag.value for flag in Flag} == ours | {constants.FLAG_WARNING, constants.FLAG_BETA}
    assert constants.OPCODE_NAMES[0x10] == "AUTH_SUCCESS"
