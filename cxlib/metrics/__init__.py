"""Metrics: what they are, and their values by period and segment."""
