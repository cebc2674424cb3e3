"""The door a reply went through, in words.

What a delivery records is the door's name in config/delivery.toml ("by-hand:demo") or what a
person wrote ("邮寄"). Papers and pages name offices and channels, never the program's names.
"""

from __future__ import annotations

import re
from typing import Final

_NAME_OF_PROGRAM: Final = re.compile(r"[!-~]*")
"""No word of a person's: printable ASCII without a space."""


def door_word(via: str, channel: str = "") -> str:
    """What a person wrote, else the channel the message came by."""
    return (channel or "来信渠道") if _NAME_OF_PROGRAM.fullmatch(via) else via
