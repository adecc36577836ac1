"""Which change moved a metric: the log, the shift, its parts and the suspects."""
