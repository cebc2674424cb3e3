"""Who a person is here who was recognised elsewhere (统一身份认证)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from desk.accounts.accounts import Account, AccountError, Accounts, plain_id
from desk.ground.sign_on_settings import SignOn


def account_for(
    accounts: Accounts, sign_on: SignOn, names: Sequence[str], called: str, now: datetime
) -> Account | None:
    """The account that has the first of these names, or a new one where the office wants
    that and none of the names is taken; None otherwise.

    A disabled account stays disabled: nobody comes back by signing in elsewhere."""
    ids = [plain_id(name) for name in names if plain_id(name)]
    for each in ids:
        found = accounts.usable(each)
        if found is not None:
            return found
    if sign_on.create_role is None or not ids or any(accounts.get(each) for each in ids):
        return None
    made = Account(
        id=ids[0], name=called.strip()[:40] or ids[0], role=sign_on.create_role, created=now
    )
    try:
        accounts.add(made, "")
    except AccountError:
        return None  # a name that is no login name, or another request was faster
    return accounts.usable(made.id)
