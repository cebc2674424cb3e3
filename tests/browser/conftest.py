"""What every test in a browser shares."""

from playwright.sync_api import expect

# A busy machine is slow, not wrong.
expect.set_options(timeout=30_000)
