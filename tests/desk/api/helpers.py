"""The interface as tests use it: clients by role, and cases to ask about."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from starlette.testclient import TestClient

from cases.record import commands as do
from cases.record.item import Attachment, SourceReply
from cases.words.actors import Role
from tests.desk.app.test_web import NOW, Desk, item
from tests.desk.clients import signed_in

V1 = "/api/v1"
PHONE = "13900012345"
OPEN, SECRET, ANSWERED, ODD = (
    "board-export:1",
    "board-export:2",
    "board-export:3",
    "board-export:4/历史 ?#%2F&x/actions",
)
"""The last one holds everything that an address makes something of."""
ANSWER = "已责令物业公司整改，住建局现场复查，多收的停车费都已退还，收费标准已经公示。"
ODD_ID = ODD.partition(":")[2]


def filled(home: Path, config: Path) -> Desk:
    """Four cases. 1: of the housing unit, education assists. 2: confidential, housing is
    accused, petition handles it. 3: answered at the source. 4: with an odd number."""
    made = Desk(home, config)
    made.put(
        item(
            "1",
            body=f"锦绣花园的物业公司乱收停车费，请住建局管一管，我的电话 {PHONE}。",
            author="欧阳明月",
            phone=PHONE,
            attachments=(
                Attachment(name="现场.jpg", url="https://files.example.gov.cn/1.jpg"),
                Attachment(name="脚本", url="javascript:alert(1)"),
            ),
        ),
        item(
            "2",
            title="举报住建局工作人员吃拿卡要",
            body="举报：住建局工作人员吃拿卡要，我叫欧阳明月。",
            author="欧阳明月",
            phone=PHONE,
            attachments=(Attachment(name="证据.mp3", url="https://files.example.gov.cn/2.mp3"),),
        ),
        item("3", replies=(SourceReply(text=ANSWER, at=NOW - timedelta(hours=3)),)),
        item(ODD_ID, title="路灯不亮", body="学府路的路灯坏了，晚上很黑。"),
    )
    made.act(OPEN, do.Assign(lead="housing", assisting=("education",), reason="物业归住建"))
    made.act(SECRET, do.MarkConfidential(reason="检举", accused=("housing",)))
    made.act(SECRET, do.Assign(lead="petition", reason="涉及工作人员"))
    return made


class Api:
    """One person's way in."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    @classmethod
    def of(cls, desk: Desk, role: Role, unit: str = "") -> Api:
        return cls(signed_in(desk.office, role, unit))

    def get(self, path: str, status: int = 200):
        answer = self.client.get(V1 + path)
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text[:400]}"
        return answer

    def json(self, path: str, status: int = 200):
        return self.get(path, status).json()

    def post(self, path: str, body: object = None, status: int = 200, **headers: str):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.client.post(V1 + path, json=body, headers=named)
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text[:400]}"
        return answer

    def act(self, case_id: str, body: object, status: int = 200, **headers: str):
        return self.post(f"/cases/{coded(case_id)}/actions", body, status, **headers)


def coded(case_id: str) -> str:
    return quote(case_id, safe="")
