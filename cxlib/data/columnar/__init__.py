"""SQL of prepared rows worked out in arrays: the same query trees as every engine runs, without an engine.

Where tables lie in this process, hash tables and joins of a general engine cost several times what a pass
over arrays costs, because messages lie beside the other messages of their ticket. So the named queries of a
question are translated once into a graph of array operations, and only the columns that they read are
scanned. What the translation does not know is refused by `Unsupported`; then the engine runs the query.
"""
