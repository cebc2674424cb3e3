"""报表: ledgers of a period, weekly, monthly and quarterly papers."""
