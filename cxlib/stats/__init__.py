"""Arithmetic on arrays; it knows no tables, customers or metrics."""
