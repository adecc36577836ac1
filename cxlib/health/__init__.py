"""How each account fares: a score that explains itself, and is checked against who left."""
