"""From anything to a checked Dataset, and the engine that runs queries over it."""
