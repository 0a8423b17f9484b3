"""``python -m kellet`` is ``kellet``."""

from kellet.cli.main import main

if __name__ == "__main__":
    main(None)
