"""The change log itself: written, criticised, and read from other formats."""
