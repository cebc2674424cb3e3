"""报表: ledgers of a period, daily, weekly, monthly and quarterly papers."""
