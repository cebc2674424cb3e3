"""The desk with sample data on a free port, for browsers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import uvicorn

from desk.accounts.accounts import Accounts
from desk.app.server import listen
from desk.app.web import create_app
from desk.demo.accounts import add_demo_accounts
from desk.demo.messages import load_demo
from desk.demo.registers import fill_registers
from desk.ground import wiring
from desk.ground.actions import CaseActions
from desk.ground.context import DeskContext, Readers
from desk.ground.settings import read_settings

ROOT = Path(__file__).parents[1]


@contextmanager
def demo_desk(home: Path, now: datetime) -> Iterator[str]:
    """Gives the address. The clock stands still at `now`."""
    settings = read_settings(
        {
            "HUIYIN_HOME": str(home),
            "HUIYIN_CONFIG": str(ROOT / "config"),
            "HUIYIN_NOW": now.isoformat(),
        }
    )
    runner = wiring.open_runner(settings)
    load_demo(runner.store, runner.processor, now)
    fill_registers(settings, runner.store, runner.processor)
    office = DeskContext(
        settings=settings,
        rules=runner.processor.rules,
        register=wiring.build_router(settings).register,
        readers=Readers(settings.database),
        acts=CaseActions(lambda: wiring.open_runner(settings)),
        demo=True,
    )
    add_demo_accounts(office.get(Accounts), office.register, now)
    app = create_app(office)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            for end in app.state.before_stop:  # pages that are still open
                end()
            server.should_exit = True
            thread.join()
    office.close()
    runner.store.close()
