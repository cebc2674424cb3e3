"""The files of WeChat messages, fetched through the platform's own interface.

A message names its picture, voice or video by MediaId; the platform gives the bytes for
three days to every holder of an access token of the account. The token is the "stable" one:
asking for it takes nobody else's away.
"""

from __future__ import annotations

import mimetypes
from typing import Annotated, Final

import msgspec
from msgspec import Struct
from pydantic import Field

from streams.sources.seam.base import SourceError
from streams.sources.seam.config import Settings
from streams.sources.seam.http import Answer, Ask, BadAnswer, PoliteClient
from streams.sources.seam.http_options import HttpOptions
from streams.sources.seam.secrets import Secrets

_TOKEN_OVER: Final = frozenset({40001, 40014, 42001})
_FILE_OVER: Final = frozenset({40007, 41006})
"""invalid media_id: it never was, or its three days are over."""


class MediaOptions(Settings):
    """`[source.NAME.options.media]`: how the files of messages are fetched."""

    api: Annotated[str, Field(pattern=r"^https?://[^/]+$")]
    """Scheme and host of the platform's interface, as its documentation gives it."""
    app_id: Annotated[str, Field(min_length=1)]
    app_secret: str = "WECHAT_APP_SECRET"  # noqa: S105  the secret's name
    http: HttpOptions
    """`hosts` has the host of `api`, and for videos the one that the platform names."""


class Gone(SourceError):
    """The platform does not have this file any more."""


class MediaFile(Struct, frozen=True):
    data: bytes
    media_type: str
    """As the platform says, "" where it does not."""

    @property
    def ending(self) -> str:
        return mimetypes.guess_extension(self.media_type) or ""


class _Said(Struct, frozen=True):
    """What the platform answers in place of a file."""

    errcode: int = 0
    errmsg: str = ""
    access_token: str = ""
    video_url: str = ""


class WechatMedia:
    """For one thread."""

    def __init__(
        self, source: str, options: MediaOptions, client: PoliteClient, secrets: Secrets
    ) -> None:
        self._source = source
        self._options = options
        self._client = client
        self._secrets = secrets
        self._token = ""

    def fetch(self, media_id: str) -> MediaFile:
        """Raises `Gone`; `TooLarge`, `TryLater` and `SourceError` as the client does, and what
        the platform's error says."""
        found = self._asked(media_id)
        if isinstance(found, _Said) and found.errcode in _TOKEN_OVER:
            self._token = ""
            found = self._asked(media_id)
        if isinstance(found, MediaFile):
            return found
        if found.errcode in _FILE_OVER:
            raise Gone(f"来源 {self._source}：平台上已没有这个文件（{found.errcode}）")
        if found.video_url:
            return self._client.ask(Ask(url=found.video_url), _file)
        raise self._refused(found)

    def close(self) -> None:
        self._client.close()

    def _asked(self, media_id: str) -> MediaFile | _Said:
        self._token = self._token or self._new_token()
        params = {"access_token": self._token, "media_id": media_id}
        ask = Ask(url=f"{self._options.api}/cgi-bin/media/get", params=params)
        return self._client.ask(ask, lambda answer: _said(answer) or _file(answer))

    def _new_token(self) -> str:
        body = {
            "grant_type": "client_credential",
            "appid": self._options.app_id,
            "secret": self._secrets.require(self._options.app_secret),
        }
        ask = Ask(
            url=f"{self._options.api}/cgi-bin/stable_token",
            method="POST",
            body=msgspec.json.encode(body),
            headers={"content-type": "application/json"},
        )
        said = self._client.ask(ask, _must_say)
        if not said.access_token:
            raise self._refused(said)
        return said.access_token

    def _refused(self, said: _Said) -> SourceError:
        return SourceError(
            f"来源 {self._source}：平台拒绝取附件：{said.errcode} {said.errmsg[:200]}。"
            "请核对 app_id、密钥，以及公众号后台的 IP 白名单"
        )


def _said(answer: Answer) -> _Said | None:
    """None for a file. The platform gives its errors as JSON under several types."""
    if answer.body[:1] != b"{":
        return None
    try:
        return msgspec.json.decode(answer.body, type=_Said)
    except msgspec.DecodeError:
        return None


def _must_say(answer: Answer) -> _Said:
    said = _said(answer)
    if said is None:
        raise BadAnswer("应返回 JSON，实际不是")
    return said


def _file(answer: Answer) -> MediaFile:
    return MediaFile(answer.body, answer.content_type.partition(";")[0].strip().lower())
