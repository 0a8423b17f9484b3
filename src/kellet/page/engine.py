"""Pictures in dots, by the renderer in vl-convert, which is optional."""

from __future__ import annotations

from kellet.errors import InputError


def rasterise(svg: str, scale: float = 2) -> bytes:
    """An SVG file as a PNG.  scale: dots in a unit."""
    try:
        import vl_convert
    except ImportError as error:
        trial = "pip install 'kellet[figures]', or a picture called .svg"
        raise InputError("the package that makes dots of pictures, vl-convert", "none", trial) from error
    made: bytes = vl_convert.svg_to_png(svg, scale=scale)
    return made
