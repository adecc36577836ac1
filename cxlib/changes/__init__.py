"""Which change moved a metric, if any."""
