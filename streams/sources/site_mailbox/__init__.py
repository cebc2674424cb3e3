"""领导信箱 of government sites."""
