"""Messages for benchmarks: our own sentences, in the lengths of real ones.

Public replies of a question board run to about 320 characters for a message and
360 for its reply; the generator keeps to that, with a fixed seed.
"""

from __future__ import annotations

import csv
import random
from datetime import datetime, timedelta
from pathlib import Path

_PLACES = ("城东街道", "河西镇", "南湖社区", "新桥村", "东风路", "和平小区", "高新区", "北门市场")
TROUBLES = (
    "路灯坏了半个月没有人来修，晚上出门很不方便",
    "小区物业乱收停车费，业主多次反映没有结果",
    "工地夜间施工到凌晨，噪声很大，老人孩子无法休息",
    "公司拖欠工资三个月，找过负责人几次都被推脱",
    "自来水经常停水，水压也不够，高层住户用不上水",
    "学校门口车辆乱停，接送孩子的时候存在安全隐患",
    "想咨询灵活就业人员的医保怎么缴费，需要带什么材料",
    "河道里漂着垃圾，气味难闻，希望有关部门尽快清理",
    "公交线路调整以后候车时间太长，建议增加早晚班次",
    "养老金认证在手机上总是失败，社区也说不清楚怎么办",
)
_ASKS = (
    "请有关部门尽快处理。",
    "恳请领导关心一下普通群众的难处。",
    "盼复，谢谢！",
    "希望给一个明确的答复。",
)
_ANSWERS = (
    "您反映的问题已收悉，我单位立即安排工作人员到现场核实",
    "经查，该路段确有此情况，已责成施工单位限期整改",
    "下一步我们将加强巡查，发现问题及时处理",
    "相关费用标准已在小区公示栏公布，您可以到社区查阅",
    "如有疑问请与经办科室联系，工作日均可受理",
)


def text(random_: random.Random, pieces: tuple[str, ...], length: int) -> str:
    """Whole sentences of `pieces` until about `length` characters."""
    parts: list[str] = []
    size = 0
    while size < length:
        part = f"{random_.choice(_PLACES)}{random_.choice(pieces)}，{random_.randrange(10_000)}号。"
        parts.append(part)
        size += len(part)
    return "".join(parts)


def write_board_csv(path: Path, rows: int, seed: int = 1) -> None:
    """A file as `board-export` reads it; two rows of three are answered."""
    random_ = random.Random(seed)
    start = datetime(2024, 1, 1, 8)  # noqa: DTZ001  as the file shows it
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(
            [
                "留言编号",
                "留言用户",
                "留言主题",
                "留言时间",
                "留言详情",
                "答复意见",
                "答复时间",
                "点赞数",
            ]
        )
        for number in range(rows):
            at = start + timedelta(minutes=number % 900_000)
            body = text(random_, TROUBLES, random_.randrange(200, 420)) + random_.choice(_ASKS)
            answered = number % 3 != 0
            writer.writerow(
                [
                    100_000 + number,
                    f"U{random_.randrange(10**6):06}",
                    f"{random_.choice(_PLACES)}{random_.choice(TROUBLES)[:20]}",
                    f"{at:%Y-%m-%d %H:%M:%S}",
                    body,
                    text(random_, _ANSWERS, 340) if answered else "",
                    f"{at + timedelta(days=random_.randrange(1, 20)):%Y-%m-%d %H:%M:%S}"
                    if answered
                    else "",
                    random_.randrange(30),
                ]
            )
