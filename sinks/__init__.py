"""Where cases end up: ledgers, exports, notifiers, deliveries."""
