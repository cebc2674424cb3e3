"""Attacks on a running desk, over real sockets on loopback, and with commands beside it.

Each attack is a function with a name and a kind, in one of the modules `on_*.py`:

    @attack("big cookie", kind=Kind.PROCESSOR)
    def big_cookie(target: Target, dice: Random, size: Size) -> Result:
        '''What a stranger sends, and what it used to cost.'''
        ...
        return Result(status="431", wrong=[...])

`issue` names the numbers of the review that it repeats, `before` what the review saw; both stand
in the table of `make attack`, and docs/threat-model.md names the attack.

`target` is `huiyin run` in a process of its own, with a small ledger, three pushed sources and
short time-outs (`target.py`). `people.py` has those who reach it by pages and programs; `Wire`
(`wire.py`) is a socket that may break the rules. `size` is `QUICK` in the test run and `FULL` in
`make attack`. `wrong` says, in words, what did not hold; an empty list means that the desk held.
`kept` has figures that the table shows beside.

- Nothing waits for a number of seconds, and nothing is asserted in seconds: assert statuses, that
  others are still answered (`target.answers()`), a ratio of two costs in the same run
  (`target.cost`), or a memory bound with a wide margin.
- Every attack is bounded: it ends by itself when the desk answers, closes, or after
  `PATIENCE` at the latest.
- An attack leaves the desk usable for the next one.

`make attack` plays all of them, each against a freshly started desk, and prints processor time,
memory, log and status beside the figures of `before.json`, which were measured on the desk as it
was before the limits. `python -m tests.attack --tree FOLDER` plays them against another checkout.
`tests/attack/test_attacks.py` plays all in their quick size against one desk, in every test run.
"""
