"""What city mailboxes call things.

Fifty city mailboxes of one survey use some two hundred labels for twenty things; the
common ones are known here, others are added in the configuration.
"""

from __future__ import annotations

from typing import Final

from streams.sources.values.secrecy import PUBLIC_NAMES, SECRET_NAMES


def _words(names: tuple[str, ...]) -> tuple[str, ...]:
    """Without the names of interfaces, which no page shows, and the bare words 保密 and 公开,
    which are values there."""
    return tuple(name for name in names if not name.isascii() and len(name) > 2)


# fmt: off
_USUAL: Final[dict[str, tuple[str, ...]]] = {
    "id": (
        "信件编号", "编号", "留言编号", "受理编号", "办件编号", "业务编号", "办理编号", "来信编号",
        "来电来信编号", "信件编码", "信件号", "工单号", "工单编号", "受理号", "流水号",
        "统一申办号",
    ),
    "title": (
        "标题", "信件标题", "来信标题", "信件主题", "来信主题", "主题", "办件标题", "留言标题",
        "反映标题", "受理件标题", "咨询主题", "咨询标题", "诉求主题", "诉求标题", "问题标题",
        "建议标题", "投诉标题", "办件名称", "受理事项",
    ),
    "body": (
        "内容", "来信内容", "信件内容", "留言内容", "反映内容", "受理件内容", "咨询内容", "正文",
        "问题描述", "网友提问", "发言内容", "诉求内容", "诉求详情", "问题内容", "建议内容",
        "投诉内容", "求助内容", "问政内容", "信件正文", "咨询问题", "详细内容",
    ),
    "received_at": (
        "来信时间", "写信时间", "提交时间", "留言时间", "咨询时间", "反映时间", "申请日期",
        "提交日期", "来信日期", "写信日期", "提问时间", "发表时间", "发起时间", "发言时间",
        "咨询日期", "留言日期", "发言日期", "诉求时间", "提问日期", "收信时间", "收信日期",
        "投诉时间", "建议时间",
    ),
    "published_at": (
        "发布时间", "对外公开时间", "公开时间", "审核时间", "发布日期", "公开日期",
    ),
    "author": (
        "来信人", "写信人", "姓名", "网友", "提交人", "申请人", "发送人", "发表人", "提交者",
        "留言人", "问政人", "昵称", "咨询人", "留言者", "发布人", "写信者", "来信者", "咨询者",
        "提问者", "提问人", "投诉人", "反映人", "诉求人", "建议人", "网民", "网友昵称",
        "留言人姓名", "来信人姓名",
    ),
    "phone": (
        "联系电话", "手机号码", "手机号", "移动电话",
    ),
    "address": (
        "联系地址", "住址", "通讯地址", "家庭住址", "来信地址", "来信人地址",
    ),
    "place": (
        "事发地点", "发生地点", "详细区域", "发生地区", "事发地", "事发区域", "诉求地点",
        "问题地点", "所属区域",
    ),
    "kind": (
        "类型", "信件类型", "来信类型", "诉求类型", "信访目的", "类别", "信件类别", "问政类型",
        "诉求目的", "诉求类别", "咨询类型", "咨询类别", "留言类型", "留言类别", "写信目的",
        "来信目的", "办件类型", "受理件类型",
    ),
    "category": (
        "问题类别", "问题分类", "所属类型", "分类", "内容分类", "信件分类", "事项分类", "问题类型",
        "诉求分类", "工单分类",
    ),
    "state": (
        "状态", "信件状态", "处理状态", "办理状态", "受理状态", "当前状态", "办理环节", "办事状态",
        "处理进度", "办理进度", "回复状态", "答复状态", "留言状态", "处理进展", "办理进展",
    ),
    "named_unit": (
        "受理单位", "受理部门", "承办单位", "转办单位", "办理单位", "办理部门", "受文单位",
        "收信单位", "收件单位", "收信部门", "接收单位", "主办单位", "责任单位", "交办单位",
        "留言对象", "咨询部门", "咨询单位",
    ),
    "reply_unit": (
        "回复单位", "答复单位", "回复部门", "答复部门", "处理单位", "回文单位", "发布部门",
        "回复人", "答复人", "处理部门", "回复机构", "答复机构", "回信单位", "解答单位", "回复者",
        "答复者",
    ),
    "reply_text": (
        "回复内容", "答复内容", "处理结果", "办理结果", "信件回复", "回复意见", "答复情况",
        "办理内容", "答复意见", "部门答复", "回复", "处理情况", "受理意见", "办理情况", "处理意见",
        "办理意见", "回复情况", "答复", "办结回复", "单位回复", "部门回复", "官方回复", "官方答复",
        "部门回复内容", "回信内容", "反馈内容", "反馈意见", "解答内容", "答复结果", "回复结果",
        "处理答复",
    ),
    "reply_at": (
        "回复时间", "答复时间", "回复日期", "办理时间", "处理时间", "反馈时间", "回信时间",
        "答复日期", "处理日期", "办理日期", "反馈日期", "回信日期", "解答时间",
    ),
    "closed_at": (
        "办结时间", "办结日期", "结案时间", "完成时间",
    ),
    "satisfied": (
        "满意度", "用户满意度评价", "回复满意度", "来信人评议", "满意程度", "评价结果",
    ),
    "email": (
        "电子邮箱", "电子邮件", "邮箱地址", "Email", "E-mail",
    ),
    "due_at": (
        "回复期限", "答复期限", "办理期限", "处理期限", "办结期限", "办理时限", "回复时限",
        "答复时限", "截止时间", "截止日期", "到期时间", "到期日期", "限办日期", "应回复时间",
        "应办结时间", "要求答复时间", "要求回复时间", "要求办结时间", "要求反馈时间",
        "承诺办结时间",
    ),
    "public": (
        *_words(PUBLIC_NAMES), "是否同意公开信件", "公开方式", "公开程度", "信件公开", "内容公开",
    ),
    "confidential": (*_words(SECRET_NAMES), "是否隐藏"),
    "attachments": (
        "附件", "相关附件", "附件下载", "来信附件", "信件附件", "上传附件",
    ),
}
# fmt: on
_ASKING: Final = (
    *("来信", "信件", "写信", "留言", "咨询", "诉求", "投诉", "建议", "求助", "举报", "反映"),
    *("问题", "问政", "提问", "发言", "信访"),
)
_ANSWERING: Final = ("回复", "答复", "回信", "解答", "反馈", "办理", "处理", "回应")
_BUILT: Final = (
    ("title", _ASKING, ("标题", "主题")),
    ("body", _ASKING, ("内容", "描述", "详情", "正文")),
    ("received_at", _ASKING, ("时间", "日期")),
    ("author", _ASKING, ("人", "者", "人姓名")),
    ("reply_text", _ANSWERING, ("内容", "意见", "情况", "结果", "正文")),
    ("reply_at", _ANSWERING, ("时间", "日期")),
    ("reply_unit", _ANSWERING, ("单位", "部门", "机构", "人", "者")),
    ("due_at", _ANSWERING, ("期限", "时限", "截止时间", "截止日期")),
)
"""Platforms put a label together from what they call the letter or the answer and what they
say of it."""


def _with_built() -> dict[str, tuple[str, ...]]:
    """The usual labels, and the built ones that are not among them."""
    known = {label for labels in _USUAL.values() for label in labels}
    found = dict(_USUAL)
    for field, of, said in _BUILT:
        built = (f"{one}{other}" for one in of for other in said)
        found[field] += tuple(label for label in built if label not in known)
    return found


LABELS: Final = _with_built()
"""Field to the labels that stand for it."""

UNUSED: Final = frozenset(
    {
        # They grow with every reader, and a letter that was looked at is no other letter.
        *(
            "浏览次数",
            "浏览量",
            "浏览数",
            "浏览",
            "访问量",
            "访问次数",
            "点击数",
            "点击次数",
            "点击量",
        ),
        *("点击率", "阅读量", "阅读数", "阅读次数", "查看次数", "查看", "人气", "关注度", "热度"),
        *("评价人数", "满意数", "不满意数", "满意率", "评论数", "收藏", "分享", "分享到", "序号"),
        *("赞", "踩", "点赞", "点赞数", "打印", "操作", "字号", "字体"),
        # It opens the citizen's letter.
        *("查询密码", "查询码", "密码", "验证码"),
    }
)
"""Labels whose values are not kept."""
