"""The beginning of what another program answers: enough to judge, and never more than fits."""

from __future__ import annotations

import httpx2

_PIECE = 16 * 1024


def beginning(response: httpx2.Response, most: int) -> bytes:
    """At most `most` bytes of a streamed answer. Raises what httpx2 raises."""
    answer = b""
    for chunk in response.iter_bytes(_PIECE):
        answer += chunk
        if len(answer) > most:
            break
    return answer[:most]
