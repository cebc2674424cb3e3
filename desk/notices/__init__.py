"""通知设置: who of a unit is told, by which way, and who stands in for whom."""
