"""Settings of 领导留言板."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from streams.sources.lists.list_source import ReachOptions
from streams.sources.seam.http_options import HttpOptions


class LiuyanOptions(ReachOptions):
    """`[source.NAME.options]` of the adapter `liuyan`."""

    base_url: str
    """Address of the site, without a path behind the interface's own."""
    http: HttpOptions
    mode: Literal["signed", "signed-bw", "unsigned", "search"] = "signed"
    """`signed` and `signed-bw`: list/df and list/bw; `unsigned`: queryThreadsList;
    `search`: v2/threads/search with `keywords`."""
    fids: list[str] = Field(default_factory=list)
    """Numbers of the leaders' boards (the fid in the address of a board)."""
    keywords: list[str] = Field(default_factory=list)
    app_code_secret: str = ""
    """Name of the secret that holds the app code; needed for everything signed."""
    token_secret: str = ""
    type_id: int = 5
    show_unanswered: int = 1
    order_type: int = 2
    rows: int = Field(default=10, ge=1, le=100)
    state: str = ""
    """`unsigned` only: 1 all, 2 待回复, 3 办理中, 4 已办理."""

    @model_validator(mode="after")
    def _complete(self) -> LiuyanOptions:
        if self.mode == "search" and not self.keywords:
            raise ValueError('mode = "search" 时应填写 keywords（至少一个检索词）')
        if self.mode != "search" and not self.fids:
            raise ValueError("应填写 fids（留言对象页面地址中的 fid，可以有多个）")
        if self.mode != "unsigned" and not self.app_code_secret:
            raise ValueError("签名接口需要 app_code_secret（存放 appCode 的密钥名）")
        return self
