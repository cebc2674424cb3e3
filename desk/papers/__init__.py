"""Printed papers: 交办单, 督办单, 舆情专报."""
