"""The kernel of a report: this very interpreter, with folders of its own.

It is found through a kernel specification made for the run, so that no installed kernel of another one
can take its place. The user's start-up files and figure styles do not reach a report, and HOME may be unset.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

__all__ = ["KERNEL", "kernel_environment", "start_and_stop", "write_kernel"]

KERNEL = "cxlib-report"
_SHOWN_BY_CELLS = "module://matplotlib_inline.backend_inline"


def write_kernel(folder: Path) -> None:
    """Write the specification of a kernel that is this interpreter.

    Parameters
    ----------
    folder : Path
        An entry of JUPYTER_PATH.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_kernel(Path(folder))
    ...     json.loads((Path(folder) / "kernels" / KERNEL / "kernel.json").read_text())["language"]
    'python'
    """
    spec = folder / "kernels" / KERNEL
    spec.mkdir(parents=True)
    content = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3",
        "language": "python",
    }
    (spec / "kernel.json").write_text(json.dumps(content), encoding="utf-8")


def kernel_environment(place: Path, *, root: str = "") -> dict[str, str]:
    """The environment of a process that starts a kernel: ours, but for folders of its own.

    Parameters
    ----------
    place : Path
        Folder for runtime files and settings; figure settings lie beside it, shared by the run's kernels.
    root : str
        CXLIB_ROOT; empty: as in this process.

    Examples
    --------
    >>> kernel_environment(Path("/run/overview"))["IPYTHONDIR"]
    '/run/overview/ipythondir'
    """
    package = Path(__file__).resolve().parents[2]
    paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    if package.name != "site-packages":  # a source checkout need not be installed
        paths = [str(package), *paths]
    folders = ("JUPYTER_PATH", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")
    own = {name: str(place / name.lower()) for name in folders}
    own |= {"MPLCONFIGDIR": str(place.parent / "matplotlib"), "MPLBACKEND": _SHOWN_BY_CELLS}
    own |= {"PYTHONPATH": os.pathsep.join(paths), "CXLIB_ROOT": root}
    return {**os.environ, **{name: value for name, value in own.items() if value}}


def start_and_stop(*, seconds: float) -> None:
    """Prove that a kernel starts, answers and stops.

    Parameters
    ----------
    seconds : float
        How long it may take to answer.

    Raises
    ------
    RuntimeError
        If it does not answer in time.
    """
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import KernelManager

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "kernel"
        environment = kernel_environment(place)
        write_kernel(Path(environment["JUPYTER_PATH"]))
        specs = KernelSpecManager(kernel_dirs=[str(Path(environment["JUPYTER_PATH"]) / "kernels")])
        manager = KernelManager(
            kernel_name=KERNEL, kernel_spec_manager=specs, connection_file=str(Path(folder) / "kernel.json")
        )
        manager.start_kernel(env=environment)
        client = manager.client()
        try:
            client.start_channels()
            client.wait_for_ready(timeout=seconds)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
