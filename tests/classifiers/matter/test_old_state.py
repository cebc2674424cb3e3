"""What an earlier version saved is still read."""

from __future__ import annotations

import msgspec

from classifiers.matter.linker import decode


def test_a_state_with_heat_and_likes_is_read() -> None:
    """Fields that went are left aside; members without what was added have no heading."""
    member = {"signature": b"", "features": b"", "weights": b"", "places": ["青禾花园"]}
    matter = {
        "matter_id": "board:1", "title": "停水", "district": "", "place_names": {},
        "place_counts": {}, "members": [member], "cases": {"board:1": 3}, "case_count": 1,
        "people": {"p": 1.0}, "people_count": 1, "likes": 3,
        "heat": {"fast": 1.0, "slow": 1.0, "at": 1.0}, "first_at": 1.0, "last_at": 1.0,
    }  # fmt: skip
    (found,) = decode(msgspec.msgpack.encode({"matters": [matter]})).matters
    assert (found.matter_id, list(found.cases)) == ("board:1", ["board:1"])
    assert (found.members[0].heading, found.members[0].policies) == (b"", [])
