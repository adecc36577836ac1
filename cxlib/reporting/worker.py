"""The process of one notebook: ``python -m cxlib.reporting.worker ORDER.json`` runs it and renders its body.

It says nothing; what happened stands in the result file that the order names.
"""

import ctypes
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cxlib.reporting.kernel import KERNEL, write_kernel
from cxlib.reporting.page import notebook_body
from cxlib.text import quote

_PR_SET_PDEATHSIG = 1
_STARTS = 3
# Free ports are looked up, then taken: in between another kernel may take them, and this one ends at once.
_NO_START = "died before replying"


def _execute(order: Mapping[str, Any]) -> dict[str, Any]:
    """Run papermill; a kernel that another one took the ports from is started anew, as no cell has run."""
    for _ in range(_STARTS - 1):
        try:
            return _attempt(order)
        except RuntimeError as error:
            if _NO_START not in str(error):
                raise
    return _attempt(order)


def _attempt(order: Mapping[str, Any]) -> dict[str, Any]:
    """Run papermill once; what went wrong comes back as plain values."""
    import papermill
    from nbclient.exceptions import DeadKernelError

    try:
        papermill.execute_notebook(
            order["source"],
            order["target"],
            parameters=order["parameters"],
            kernel_name=KERNEL,
            language="python",
            progress_bar=False,
            cwd=str(Path.cwd()),
            store_widget_state=False,
        )
    except papermill.PapermillExecutionError as error:
        return {"found": f"{error.ename} {quote(error.evalue, longest=200)}"}
    except DeadKernelError:
        return {"found": "a kernel that died"}
    except OSError as error:
        return {"found": f"{type(error).__name__} {quote(error.strerror)}", "errno": error.errno}
    return {}


def _render(order: Mapping[str, Any]) -> dict[str, Any]:
    """The body of the page."""
    body = notebook_body(Path(order["target"]).read_text(encoding="utf-8"))
    headings = [[heading.level, heading.name, heading.text] for heading in body.headings]
    return {"html": body.html, "title": body.title, "headings": headings}


def _main(order_file: str) -> None:
    """Run the notebook of an order and leave the result where the order says."""
    if sys.platform == "linux":  # no notebook outlives the run that ordered it, not even after kill -9
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    # jsonschema would load a grammar for IRIs: seconds, and nothing here checks one
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # None forbids the import
    order = json.loads(Path(order_file).read_text(encoding="utf-8"))
    write_kernel(Path(os.environ["JUPYTER_PATH"]))
    result = _execute(order) or _render(order)
    Path(order["result"]).write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    _main(sys.argv[1])
