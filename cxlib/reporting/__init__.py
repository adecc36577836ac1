"""From results to what people read: figures, tables, pages, and the monthly run that publishes them."""
