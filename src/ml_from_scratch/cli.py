"""The command ``mlfs``."""

from __future__ import annotations

import argparse
import sys

from . import __version__
from .experiments.doctor import diagnose
from .experiments.gpt_commands import add_gpt
from .experiments.lab import CHAPTERS, run_lab

ABOUT = """\
ML From Scratch Lab: machine learning from first principles in NumPy.

Start with `mlfs lab`: in about three minutes it fits models of every family to real data, trains a network that
reads handwriting and a GPT that writes, draws what the autodiff engine recorded, and checks derivatives before
your eyes. It needs no network, and leaves one HTML page, runs/lab/report.html."""
EXAMPLES = """\
examples:
  mlfs lab                           the whole lab
  mlfs lab --only network --seed 1   one chapter, with another seed
  mlfs lab --list                    what the chapters are
  mlfs doctor                        what is installed, and whether the maths agrees with itself
  mlfs gpt train --out runs/docs     train a GPT on the documentation of Python
  mlfs gpt sample runs/docs          let it write

The library itself is `import ml_from_scratch`; its README has two quick starts."""


def main(arguments=None) -> int:
    """Run the command line; return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130


def _parser():
    text = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        "mlfs", description=ABOUT, epilog=EXAMPLES, formatter_class=text
    )
    parser.add_argument("--version", action="version", version=f"ml-from-scratch-lab {__version__}")
    parser.set_defaults(run=lambda options: (parser.print_help(), 0)[1])
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    lab = commands.add_parser("lab", help="run the lab and write its report", formatter_class=text,
                              description="Run the lab and write its page of what was seen.")  # fmt: skip
    lab.add_argument("--only", nargs="+", metavar="CHAPTER", help="run only these chapters")
    lab.add_argument(
        "--seed", type=int, default=0, help="the seed of everything random (default: 0)"
    )
    lab.add_argument(
        "--out",
        default="runs/lab",
        metavar="FOLDER",
        help="where the report goes (default: runs/lab)",
    )
    lab.add_argument("--list", action="store_true", help="list the chapters and stop")
    lab.set_defaults(run=_lab)
    doctor = commands.add_parser("doctor", help="say what is installed and check the maths")
    doctor.set_defaults(run=_doctor)
    add_gpt(commands)
    return parser


def _lab(options) -> int:
    if options.list:
        for chapter in CHAPTERS.values():
            print(f"{chapter.name:15} {chapter.title}")
        return 0
    unknown = [name for name in options.only or () if name not in CHAPTERS]
    if unknown or options.seed < 0:
        no_chapter = f"no chapter {', '.join(unknown)}; there are: {', '.join(CHAPTERS)}"
        problem = no_chapter if unknown else "a seed is 0 or larger"
        print(f"mlfs lab: {problem}", file=sys.stderr)
        return 2
    return 1 if run_lab(options.out, options.only, options.seed) else 0


def _doctor(options) -> int:
    return 1 if diagnose() else 0


if __name__ == "__main__":
    sys.exit(main())
