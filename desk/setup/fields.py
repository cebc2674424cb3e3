"""What people call the fields of a message, for those who say what a column is."""

from __future__ import annotations

from typing import Final

FIELD_WORDS: Final = {
    "id": "编号（必选）",
    "received_at": "受理时间（必选）",
    "title": "标题",
    "body": "正文",
    "author": "来件人",
    "phone": "电话",
    "email": "电子邮箱",
    "address": "来件人住址",
    "place": "事发地点",
    "named_unit": "承办单位",
    "category": "事项分类",
    "kind": "诉求类型",
    "urgency": "紧急程度",
    "state": "办理状态",
    "due_at": "办理期限",
    "closed_at": "办结时间",
    "reply": "答复内容",
    "replied_at": "答复时间",
    "reply_unit": "答复单位",
    "resolved": "是否解决",
    "satisfied": "是否满意",
    "confidential": "是否保密",
    "public": "是否公开",
    "disclosure": "是否依申请公开",
    "withdrawn": "是否撤回",
    "parent_id": "原工单编号",
    "url": "网址",
    "attachments": "附件",
    "likes": "点赞数",
    "dislikes": "反对数",
}
