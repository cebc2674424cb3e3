"""The desk with sample data on a free port, for browsers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import uvicorn

from desk import wiring
from desk.accounts.demo import add_demo_accounts
from desk.acts import Acts
from desk.demo import load_demo
from desk.demo_registers import fill_registers
from desk.serve import listen
from desk.settings import read_settings
from desk.web.app import create_app
from desk.web.office import Office, Readers

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
    office = Office(
        settings=settings,
        rules=runner.processor.rules,
        register=wiring.build_router(settings).register,
        readers=Readers(settings.database),
        acts=Acts(lambda: wiring.open_runner(settings)),
        demo=True,
    )
    add_demo_accounts(office.accounts, office.register, now)
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
