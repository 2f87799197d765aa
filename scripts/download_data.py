"""Download the data sets that are too large to come with the package.

    python scripts/download_data.py                     everything, 44 MB
    python scripts/download_data.py mnist               or fashion_mnist, tiny_shakespeare
    python scripts/download_data.py --data-home data    into a folder of your choice

Files that are there and right are not downloaded again; a download that broke off goes on.
"""

from __future__ import annotations

import argparse
import sys

from ml_from_scratch.datasets.download import TIMEOUT, DownloadError, download, get_data_home
from ml_from_scratch.datasets.sources import FILES

SETS = sorted({name.split()[0] for name in FILES})


def main(arguments=None) -> int:
    """Download what is asked for; return 1 if something could not be had."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="*", metavar="SET", help=f"{', '.join(SETS)} (default: all)")
    parser.add_argument("--data-home", help=f"where to put them (default: {get_data_home()})")
    parser.add_argument(
        "--timeout", type=float, default=TIMEOUT, help="seconds (default: %(default)s)"
    )
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    options = parser.parse_args(arguments)
    unknown = set(options.sets) - set(SETS)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; choose from {', '.join(SETS)}")

    failed = 0
    for name, file in FILES.items():
        if options.sets and name.split()[0] not in options.sets:
            continue
        try:
            path = download(
                file,
                options.data_home,
                show_progress=not options.quiet,
                timeout=options.timeout,
            )
        except DownloadError as error:
            failed += 1
            print(f"{error}\n", file=sys.stderr)
        except KeyboardInterrupt:
            print("\nStopped. Run it again to go on.", file=sys.stderr)
            return 130
        else:
            print(f"{name:28} {path}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
