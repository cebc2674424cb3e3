"""Entries that share a guid: which are one item, at every fetch the same."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from streams.sources.feeds.identity import Known, Named, keys_for, link_mark


class Feed:
    """What is kept between fetches."""

    def __init__(self) -> None:
        self.known: dict[str, Known] = {}
        self.more: dict[str, list[str]] = {}
        self.versions: list[tuple[str, str]] = []

    def fetch(self, *entries: Named) -> list[str]:
        keys = keys_for(entries, self.known, self.more)
        for key, entry in zip(keys, entries, strict=True):
            if key in self.known and self.known[key].print == entry.print:
                continue
            self.known[key] = Known(link_mark(entry.link), entry.print)
            self.versions.append((key, entry.print))
            if key != entry.guid and key not in (more := self.more.setdefault(entry.guid, [])):
                more.append(key)
        return keys


def entry(link: str = "http://n.cn/1", said: str = "甲", guid: str = "g") -> Named:
    return Named(guid, link, said)


def test_one_guid_with_several_links_is_several_items():
    feed = Feed()
    keys = feed.fetch(entry("http://n.cn/1"), entry("http://n.cn/2"), entry("http://n.cn/3"))
    assert keys[0] == "g"
    assert len(set(keys)) == 3
    # In another order, and alone, they are the same.
    assert feed.fetch(entry("http://n.cn/3"), entry("http://n.cn/1")) == [keys[2], "g"]
    assert feed.fetch(entry("http://n.cn/2")) == [keys[1]]
    assert len(feed.versions) == 3


def test_one_guid_with_another_link_later_is_another_item():
    feed = Feed()
    feed.fetch(entry("http://n.cn/1"))
    assert feed.fetch(entry("http://n.cn/2", "乙")) != ["g"]
    assert feed.fetch(entry("http://n.cn/1")) == ["g"]


def test_guid_and_link_the_same_with_other_contents_in_one_document_are_two_items():
    feed = Feed()
    first, second = feed.fetch(entry(said="甲"), entry(said="乙"))
    assert first == "g" != second
    assert feed.fetch(entry(said="乙"), entry(said="甲")) == [second, "g"]


def test_an_edited_entry_is_a_version():
    feed = Feed()
    for said in "甲乙甲乙":
        assert feed.fetch(entry(said=said)) == ["g"]
    assert [said for _, said in feed.versions] == list("甲乙甲乙")


def test_one_of_two_edited_keeps_both_apart():
    feed = Feed()
    first, second = feed.fetch(entry(said="甲"), entry(said="乙"))
    assert feed.fetch(entry(said="乙（更正）"), entry(said="甲")) == [second, first]


def test_the_same_entry_twice_in_one_document_is_one_item():
    assert Feed().fetch(entry(), entry(), entry()) == ["g", "g", "g"]


def test_a_link_that_changes_its_scheme_or_tracking_is_the_same():
    feed = Feed()
    feed.fetch(entry("http://N.cn/1/?id=3"))
    for link in (
        "https://n.cn/1?id=3",
        "https://n.cn/1?id=3&utm_source=rss",
        "http://n.cn/1?id=3#a",
    ):
        assert feed.fetch(entry(link)) == ["g"]
    assert feed.fetch(entry("http://n.cn/1?id=4")) != ["g"]


def test_what_an_older_version_stored_keeps_its_number():
    feed = Feed()
    feed.known["g"] = Known("", "甲")
    assert feed.fetch(entry("http://n.cn/1", "甲（更正）")) == ["g"]


_entries = st.lists(
    st.builds(
        Named,
        st.sampled_from(["g", "h"]),
        st.sampled_from(["", "http://n.cn/1", "http://n.cn/2"]),
        st.sampled_from("甲乙丙"),
    ),
    min_size=1,
    max_size=8,
)


@given(_entries, st.randoms(use_true_random=False))
def test_reading_again_is_silent_in_any_order(entries: Sequence[Named], random: object):
    feed = Feed()
    keys = feed.fetch(*entries)
    # As many items as there are different entries, and none is named twice.
    assert len(set(keys)) == len(set(entries))
    said = len(feed.versions)
    shuffled = list(entries)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for document in (entries, shuffled, shuffled[: len(shuffled) // 2], entries):
        feed.fetch(*document)
    assert len(feed.versions) == said


@given(st.lists(_entries, min_size=1, max_size=4))
def test_no_entry_is_lost_over_many_fetches(documents: Sequence[Sequence[Named]]):
    feed = Feed()
    for document in documents:
        keys = feed.fetch(*document)
        # What differs within one document is never one item.
        assert len(set(keys)) == len(set(document))
        shown = {key: feed.known[key].print for key in keys}
        assert all(shown[key] == one.print for key, one in zip(keys, document, strict=True))
