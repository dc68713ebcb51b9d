"""Compiles `bare.pyx` beside itself, against the driver's own .pxd files."""

from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

HERE = Path(__file__).parent

if __name__ == "__main__":
    setup(
        script_args=["--quiet", "build_ext", "--build-lib", ".", "--build-temp", "build/bench"],
        ext_modules=cythonize(
            [
                Extension(
                    "bench.core.bare",
                    [str(HERE.relative_to(Path.cwd()) / "bare.pyx")],
                    extra_compile_args=["-O2", "-g0"],
                )
            ],
            include_path=["src"],
            quiet=True,
            compiler_directives={"language_level": 3, "boundscheck": False, "wraparound": False},
        ),
    )
