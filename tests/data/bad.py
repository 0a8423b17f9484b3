"""Bad inputs: files as accidents, other programs and ill will leave them, the same ones for the same seed.

``write_all(folder)`` puts them there, and its result says what each is called.  `mutants` are small valid files of
every format that Kellet reads, cut, bent and made to lie; `hand_made` are kinds that no mutation finds.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import sqlite3
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image

Named = tuple[str, bytes]
ROWS = 40
CUTS = (1, 3, 6, 11, 0.1, 0.25, 0.5, 0.75, -1, -5, -13, -23)
"""Where files end: after so many bytes, so many before their end, or after a share of them."""
FLIPS, LIES = 6, 4
FRAME = pl.DataFrame(
    {
        "age": [20 + i % 50 for i in range(ROWS)],
        "score": [None if i % 9 == 0 else i * 1.5 for i in range(ROWS)],
        "job": [("smith", "baker", "Köhler")[i % 3] for i in range(ROWS)],
    }
)
ANNOYED = b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80"
"""Numbers that readers trip over."""


def write_all(folder: Path, seed: int = 0) -> list[str]:
    """Every bad input, each as a file of its own in the folder."""
    names = []
    for name, raw in [*mutants(seed), *hand_made()]:
        assert name not in names
        (folder / name).write_bytes(raw)
        names.append(name)
    return names


def mutants(seed: int = 0) -> Iterator[Named]:
    """Every specimen, bent in every way."""
    for name, raw in specimens().items():
        # Each by itself, so that a new format changes no other's.
        rng = random.Random(f"{seed} {name}")
        stem, _, ending = name.partition(".")
        for i, bent in enumerate(_bend(raw, rng)):
            yield f"{stem}-{i:02}.{ending}", bent
        if raw[:2] == b"PK":
            for how, bent in _bend_zip(raw):
                yield f"{stem}-{how}.{ending}", bent


def _bend(raw: bytes, rng: random.Random) -> Iterator[bytes]:
    for cut in CUTS:
        yield raw[: int(len(raw) * cut) if isinstance(cut, float) else cut]
    # The header, all of it, and the footer.
    for start, stop in ((0, min(64, len(raw))), (0, len(raw)), (max(0, len(raw) - 64), len(raw))):
        for n in range(1, FLIPS + 1):
            flipped = bytearray(raw)
            for place in (rng.randrange(start, stop) for _ in range(n)):
                flipped[place] = rng.randrange(256)
            yield bytes(flipped)
    for lie in ANNOYED[:LIES]:
        place = rng.randrange(4, max(5, min(64, len(raw) - 4)))
        yield raw[:place] + lie + raw[place + 4 :]
    middle = len(raw) // 2
    yield raw[:middle] + bytes(64) + raw[middle + 64 :]
    yield raw[:middle] + raw[middle + 7 :]
    yield raw + raw
    yield raw + bytes(range(256))
    yield raw[middle:] + raw[:middle]


def _bend_zip(raw: bytes) -> Iterator[Named]:
    """A zip file whose central directory, or whose members' own headers, say something else."""
    directory, end = raw.index(b"PK\1\2"), raw.index(b"PK\5\6")

    def put(place: int, form: str, value: int) -> bytes:
        changed = bytearray(raw)
        struct.pack_into(form, changed, place, value)
        return bytes(changed)

    for where, start in (("central", directory), ("local", 0)):
        shift = 2 if where == "central" else 0
        yield f"{where}-encrypted", put(start + 6 + shift, "<H", 1)
        yield f"{where}-method", put(start + 8 + shift, "<H", 99)
        yield f"{where}-stored", put(start + 8 + shift, "<H", 0)
        yield f"{where}-deflated", put(start + 8 + shift, "<H", 8)
        yield f"{where}-checksum", put(start + 14 + shift, "<I", 0xDEADBEEF)
        yield f"{where}-packed", put(start + 18 + shift, "<I", 0x7FFFFFFF)
        yield f"{where}-size", put(start + 22 + shift, "<I", 0xFFFFFFF0)
        yield f"{where}-short", put(start + 22 + shift, "<I", 3)
        yield f"{where}-name", put(start + 26 + shift, "<H", 60_000)
    yield "offset", put(directory + 42, "<I", 0x7FFFFFF0)
    yield "version", put(directory + 6, "<H", 0xFFFF)
    yield "no-directory", raw[:directory] + raw[end:]
    yield "directory-cut", raw[: directory + 20] + raw[end:]
    yield "directory-at", put(end + 16, "<I", 0xFFFFFFF0)
    yield "members", put(end + 10, "<H", 60_000)


def specimens() -> dict[str, bytes]:
    """A small valid file of each format, by the name that it would have."""
    csv = FRAME.write_csv().encode()
    records = FRAME.to_dicts()
    lines = "".join(json.dumps(record) + "\n" for record in records)
    found = {
        "comma.csv": csv,
        "tab.tsv": FRAME.write_csv(separator="\t").encode(),
        "wide.csv": csv.decode().encode("utf-16"),
        "latin.csv": csv.decode().encode("cp1252"),
        "whole.json": json.dumps(records).encode(),
        "lines.jsonl": lines.encode(),
        "prose.txt": ("Ein schöner Tag, im Großen und Ganzen. Es regnete, und blieb kalt.\n\n" * 40).encode(),
        "gzip.csv.gz": gzip.compress(csv, mtime=0),
        "bzip.csv.bz2": bz2.compress(csv),
        "lzma.csv.xz": lzma.compress(csv),
        "packed.zip": pack(("a.csv", csv)),
        "book.xlsx": workbook("<row>" + "<c><v>7</v></c>" * 3 + "</row>"),
        "base.db": database("CREATE TABLE t (age INTEGER, job TEXT)", "INSERT INTO t VALUES (1, 'a'), (2, 'b')"),
        "one.npy": npy(np.arange(120.0).reshape(40, 3)),
        "several.npz": npz(x=np.arange(120.0).reshape(40, 3), y=np.arange(40) % 3),
        "deflated.npz": npz(zipfile.ZIP_DEFLATED, x=np.arange(120.0).reshape(40, 3), y=np.arange(40) % 3),
        "digits-images-idx3-ubyte": idx(np.arange(30 * 64).reshape(30, 8, 8) % 251),
        "packed-images-idx3-ubyte.gz": gzip.compress(idx(np.arange(30 * 64).reshape(30, 8, 8) % 251), mtime=0),
        "samples.tar": tar(*((f"{i:03}.png", picture("PNG", i)) for i in range(12)), ("000.cls", b"1")),
        "told.tar.gz": gzip.compress(tar(*((f"{i:03}.json", b'{"a": %d}' % i) for i in range(12))), mtime=0),
        "flat.parquet": _written(FRAME.write_parquet),
        "plain.parquet": _written(lambda out: FRAME.write_parquet(out, compression="uncompressed")),
        "file.arrow": _written(FRAME.write_ipc),
        "stream.arrow": _written(FRAME.write_ipc_stream),
        "file.feather": _written(lambda out: FRAME.write_ipc(out, compression="zstd")),
    }
    try:
        import zstandard

        found["zstd.csv.zst"] = zstandard.ZstdCompressor().compress(csv)
    except ImportError:
        pass
    for form in ("PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP", "PPM", "TGA", "ICO"):
        found[f"picture.{form.lower()}"] = picture(form)
    return found


def _written(write: Callable[[io.BytesIO], object]) -> bytes:
    out = io.BytesIO()
    write(out)
    return out.getvalue()


def npy(array: np.ndarray) -> bytes:
    return _written(lambda out: np.lib.format.write_array(out, array, allow_pickle=True))


def headed(descr: object, shape: object, data: bytes = bytes(64), version: int = 1, fortran: bool = False) -> bytes:
    """A file of NumPy that says so of itself, whatever it holds."""
    return _headed(f"{{'descr': {descr!r}, 'fortran_order': {fortran}, 'shape': {shape!r}, }}", data, version)


def _headed(text: str, data: bytes = bytes(64), version: int = 1) -> bytes:
    raw = text.encode("utf-8") + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(raw))
    return b"\x93NUMPY" + bytes([version, 0]) + length + raw + data


def npz(method: int = zipfile.ZIP_STORED, **arrays: np.ndarray) -> bytes:
    return pack(*((f"{name}.npy", npy(array)) for name, array in arrays.items()), method=method)


def pack(*members: Named, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, raw in members:
            archive.writestr(zipfile.ZipInfo(name), raw, method)
    return out.getvalue()


def tar(*members: Named) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, raw in members:
            info = tarfile.TarInfo(name)
            info.size = len(raw)
            archive.addfile(info, io.BytesIO(raw))
    return out.getvalue()


def idx(pixels: np.ndarray) -> bytes:
    return b"\0\0\x08" + bytes([pixels.ndim]) + struct.pack(f">{pixels.ndim}I", *pixels.shape) + bytes(pixels.ravel())


def picture(form: str, i: int = 0) -> bytes:
    grey = Image.fromarray(((np.arange(16 * 16).reshape(16, 16) * 7 + 31 * i) % 256).astype(np.uint8))
    return _written(lambda out: grey.save(out, form))


def database(*statements: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        with closing(sqlite3.connect(f"{folder}/a.db")) as base:
            for statement in statements:
                base.execute(statement)
            base.commit()
        return Path(folder, "a.db").read_bytes()


def workbook(rows: str, more: tuple[Named, ...] = ()) -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    links = f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/'
    return pack(
        ("[Content_Types].xml", f'<Types xmlns="{package}/content-types"/>'.encode()),
        ("_rels/.rels", f'{links}officeDocument" Target="xl/workbook.xml"/></Relationships>'.encode()),
        (
            "xl/_rels/workbook.xml.rels",
            f'{links}worksheet" Target="worksheets/s1.xml"/></Relationships>'.encode(),
        ),
        (
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="s" sheetId="1" r:id="r1"/></sheets>'
            "</workbook>".encode(),
        ),
        ("xl/worksheets/s1.xml", f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'.encode()),
        *more,
    )


def hand_made() -> Iterator[Named]:
    """Kinds that no mutation finds."""
    for kind in (_arrays, _boxes, _bombs, _tables, _columns, _texts, _pictures, _lying):
        yield from kind()


def _arrays() -> Iterator[Named]:
    huge = 10**18
    shapes = {
        "quintillion": (huge,), "square": (huge, huge), "beyond": (2**63, 2), "negative": (-3, 4), "wide": (1, 10**6),
        "tall": (10**9, 10), "scalar": (), "none": (0, 3), "thin": (3, 0), "axes": (1,) * 60, "true": (True, 2),
        "digits": (10**400,), "words": ("a",), "fraction": (1.5,),
    }  # fmt: skip
    for name, shape in shapes.items():
        yield f"npy-shape-{name}.npy", headed("<f8", shape)
        yield f"npz-shape-{name}.npz", pack(("x.npy", headed("<f8", shape)))
    kinds = {
        "complex": "<c16", "bytes": "|S8", "signs": "<U4", "void": "|V8", "nothing": "|V0", "empty": "|S0",
        "longdouble": "<f16", "half": "<f2", "objects": "|O", "dates": "<M8[as]", "times": "<m8[Y]", "nodates": "<M8",
        "truth": "|b1", "quad": "<i16", "unknown": "q!", "number": 7,
        "fields": [("a", "<f8"), ("b", "<c16")], "nested": [("a", [("b", "|O")])], "same": [("a", "<f8"), ("a", "<i4")],
        "many": [(f"f{i}", "<f8") for i in range(3000)], "arrays": [("a", "<f8", (10**6,))],
        "gigantic": [("a", "<f8", (10**18,))], "long": "<U1000000000", "unnamed": [("", "<f8")],
    }  # fmt: skip
    for name, kind in kinds.items():
        yield f"npy-kind-{name}.npy", headed(kind, (4,), bytes(2000))
    many = [(f"f{i}", "<f8") for i in range(3000)]
    yield "npy-many-rows.npy", headed(many, (20,), bytes(20 * 3000 * 8), version=2)
    texts = {
        "call": "{'descr': __import__('os').getcwd(), 'shape': (1,), 'fortran_order': False}",
        "open": "{'descr': '<f8'",
        "deep": "(" * 300 + ")" * 300,
        "list": "[1, 2]",
        "zero": "{'descr': '\0'}",
        "lacking": "{'descr': '<f8'}",
        "unclosed": "{'descr': '''<f8",
        "signs": "{'descr': '<f8', 'shape': (é,)}",
        "blank": "",
        "minus": "-" * 9000,
        "longs": "{'descr': '<L8', 'shape': (3L,), 'fortran_order': False}",
        "tabs": "\t{\n  'a'",
        "deepest": "[" * 9000,
    }
    for name, text in texts.items():
        yield f"npy-header-{name}.npy", _headed(text)
        yield f"npz-header-{name}.npz", pack(("x.npy", _headed(text)))
    yield "npy-header-gigabytes.npy", b"\x93NUMPY\2\0\xff\xff\xff\x7f{'descr': '<f8'"
    yield "npy-header-version.npy", b"\x93NUMPY\x09\0" + bytes(100)
    yield "npy-million-columns.npy", npy(np.zeros((1, 10**6), np.float32))
    yield "npy-million-columns-two.npy", npy(np.arange(2 * 10**6, dtype=np.float32).reshape(2, -1))
    yield "npy-100000-columns.npy", npy(np.arange(20 * 10**5, dtype=np.float32).reshape(20, -1))
    yield "npy-not-finite.npy", npy(np.full((30, 2), np.nan))
    yield "npy-infinite.npy", npy(np.tile([np.inf, -np.inf, 1.0], 20).reshape(30, 2))
    yield "npy-denormal.npy", npy(np.full((30, 2), 5e-324) * np.arange(60).reshape(30, 2))
    yield "npy-largest.npy", npy(np.tile([1.7e308, -1.7e308], 30).reshape(30, 2))
    yield (
        "npy-unsigned.npy",
        npy(np.full((30, 2), 2**64 - 1, np.uint64) - np.arange(60, dtype=np.uint64).reshape(30, 2)),
    )
    yield "npy-pickle.npy", npy(np.array([{"a": 1}, None], dtype=object))
    yield "npy-surrogates.npy", headed("<U2", (20,), b"\0\xd8\0\0" * 40)
    yield "npy-beyond-signs.npy", headed("<U2", (20,), b"\xff\xff\xff\xff" * 40)
    yield "npy-not-utf8.npy", headed("|S2", (20,), b"\xff\xfe" * 20)
    yield "npy-dates-far.npy", headed("<M8[Y]", (20,), struct.pack("<q", 2**62) * 20)


def _boxes() -> Iterator[Named]:
    good = npy(np.arange(40.0).reshape(20, 2))
    yield "npz-foreign.npz", pack(("x.npy", good), ("readme.txt", b"see elsewhere"))
    yield "npz-foreign-alone.npz", pack(("readme.txt", b"see elsewhere"))
    yield "npz-not-arrays.npz", pack(("x.npy", b"no array"), ("y.npy", good))
    yield "npz-empty-member.npz", pack(("x.npy", b""))
    yield "npz-empty.npz", pack()
    yield "npz-folder.npz", pack(("x.npy/", b""), ("a/x.npy", good))
    yield "npz-up.npz", pack(("../../x.npy", good))
    yield "npz-absolute.npz", pack(("/etc/x.npy", good))
    yield "npz-nameless.npz", pack((".npy", good))
    yield "npz-newline.npz", pack(("a\nb.npy", good))
    yield "npz-inside.npz", pack(("x.npy", npz(x=np.arange(3.0))))
    yield "npz-text.npz", b"a,b\n1,2\n3,4\n"
    yield "npz-gzip.npz", gzip.compress(npz(x=np.arange(20.0)), mtime=0)
    yield "npz-many.npz", npz(**{f"x{i}": np.arange(20.0) for i in range(500)})
    yield "npz-lengths.npz", npz(x=np.arange(20.0), y=np.arange(21.0), z=np.float64(3))
    yield "npz-objects.npz", npz(x=np.array([None, {}], dtype=object))
    for name, method in (("bzip", zipfile.ZIP_BZIP2), ("lzma", zipfile.ZIP_LZMA)):
        packed = npz(method, x=np.arange(120.0).reshape(40, 3))
        yield f"npz-{name}.npz", packed
        yield f"npz-{name}-flipped.npz", packed[:60] + b"\xff\xff\xff" + packed[63:]
    twice = bytearray(pack(("a.npy", good), ("b.npy", good)))
    yield "npz-twice.npz", bytes(twice.replace(b"b.npy", b"a.npy"))
    yield "npz-latin.npz", bytes(twice.replace(b"b.npy", b"\xe9.npy"))
    yield "npz-zero.npz", bytes(twice.replace(b"b.npy", b"\0.npy"))
    yield "zip-none.zip", pack()
    yield "zip-two.zip", pack(("a.csv", b"a\n1\n"), ("b.csv", b"a\n1\n"))
    yield "zip-up.zip", pack(("../../a.csv", b"a,b\n1,2\n3,4\n"))
    yield "zip-many.zip", pack(*((f"{i}.csv", b"") for i in range(5000)), method=zipfile.ZIP_STORED)
    yield "tar-long.tar", tar(*((f"{'a' * 300}{i}.json", b'{"a": 1}') for i in range(12)))
    yield "tar-up.tar", tar(*((f"../../{i}.json", b'{"a": 1}') for i in range(12)))
    yield "tar-json.tar", tar(*((f"{i}.json", b'{"a": ') for i in range(12)))
    yield "tar-deep.tar", tar(("a.json", b'{"a":' * 50_000))
    yield "tar-digits.tar", tar(*((f"{i}.json", b'{"a": %s}' % (b"9" * 9000)) for i in range(12)))
    yield "tar-surrogate.tar", tar(*((f"{i}.json", b'{"a": "\\ud800"}') for i in range(12)))
    yield "tar-pictures.tar", tar(*((f"{i}.png", b"no picture") for i in range(12)))
    whole = bytearray(tar(("a.json", b'{"a": 1}')))
    whole[124:136] = b"77777777777\0"
    whole[148:156] = b"        "
    whole[148:156] = b"%06o\0 " % sum(whole[:512])
    yield "tar-size.tar", bytes(whole)


def _bombs() -> Iterator[Named]:
    table = b"a,b\n" + b"1,2\n" * 2**20
    zeros = zeros_deflated(2**31)
    yield "bomb-csv.csv.gz", gzipped(zeros_deflated(2**31, b"1,2\n" * 2**14), 2**31)
    yield "bomb-zeros.csv.gz", gzipped(zeros, 2**31)
    yield "bomb-line.csv.gz", gzipped(zeros_deflated(2**31, b"a" * 2**16), 2**31)
    yield "bomb-quote.csv.gz", gzipped(zeros_deflated(2**31, b'"\n' * 2**15), 2**31)
    yield "bomb-text.txt.gz", gzipped(zeros_deflated(2**31, b"word and word\n\n" * 2**12), 2**31)
    yield "bomb-json.json.gz", gzipped(zeros_deflated(2**31, b"[" * 2**16), 2**31)
    yield "bomb-list.json.gz", gzipped(zeros_deflated(2**31, b"[1, 2, 3], " * 2**12, b"[[0],"), 2**31)
    yield "bomb-lines.jsonl.gz", gzipped(zeros_deflated(2**31, b'{"a": 1}\n' * 2**12), 2**31)
    yield (
        "bomb-idx-images-idx3-ubyte.gz",
        gzipped(zeros_deflated(2**31, before=b"\0\0\x08\3" + struct.pack(">3I", 2**22, 8, 8)), 2**31),
    )
    yield "bomb-tar.tar.gz", gzipped(zeros_deflated(2**31, before=tar(("a.json", b"{}"))[:1024]), 2**31)
    yield "bomb-parquet.parquet.gz", gzipped(zeros_deflated(2**31, before=b"PAR1"), 2**31)
    yield "bomb-base.db.gz", gzipped(zeros_deflated(2**31, before=b"SQLite format 3\0"), 2**31)
    yield "bomb-arrow.arrow.gz", gzipped(zeros_deflated(2**31, before=b"ARROW1"), 2**31)
    yield "bomb-twice.csv.gz.gz", gzip.compress(gzipped(zeros, 2**31), mtime=0)
    yield "bomb-thrice.gz", gzip.compress(gzip.compress(gzip.compress(table[:9999], mtime=0), mtime=0), mtime=0)
    yield "bomb-nested.zip", pack(("a.zip", pack(("b.zip", pack(("c.csv", table))))))
    yield "bomb-xz.csv.xz", lzma.compress(table * 8, preset=0)
    yield "bomb-bzip.csv.bz2", bz2.compress(bytes(2**27))
    yield "bomb-zip.zip", zipped("a.csv", zeros, 2**31)
    yield "bomb-array.npz", zipped("x.npy", zeros_deflated(2**31, before=headed("<f8", (2**28 - 99,), b"")), 2**31)
    yield "bomb-small-claim.npz", zipped("x.npy", zeros_deflated(2**31, before=headed("<f8", (2**28 - 99,), b"")), 999)
    yield "bomb-member.npz", zipped("x.npy", zeros, 2**31)
    yield "bomb-book.xlsx", workbook("<row><c><v>1</v></c></row>" * 2**20)
    yield "bomb-shared.xlsx", workbook("<row/>", (("xl/sharedStrings.xml", b"<sst>" + b" " * 2**26),))
    yield "bomb-entities.xlsx", workbook("&a;" * 1000)
    for form in ("zstandard",):
        try:
            packer = __import__(form).ZstdCompressor(level=1)
        except ImportError:
            continue
        yield "bomb-zstd.csv.zst", packer.compress(bytes(2**28))
        yield "bomb-zstd-window.csv.zst", b"\x28\xb5\x2f\xfd\x04\xf8" + bytes(64)


def zeros_deflated(size: int, unit: bytes = bytes(2**16), before: bytes = b"") -> bytes:
    """Raw deflate of ``before`` and then ``unit`` again and again, about ``size`` bytes in all, made quickly."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = packer.compress(before) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(unit * max(1, 2**22 // len(unit))) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + block * (size // 2**22) + packer.flush()


def gzipped(deflated: bytes, size: int) -> bytes:
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + deflated + struct.pack("<II", 0, size & 0xFFFFFFFF)


def zipped(name: str, deflated: bytes, size: int) -> bytes:
    """One member that is packed already, and said to be so large."""
    told, packed = name.encode(), len(deflated)
    common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, 0, packed, size & 0xFFFFFFFF, len(told), 0)
    local = b"PK\3\4" + common + told + deflated
    central = b"PK\1\2\x14\0" + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + told
    return local + central + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


def _tables() -> Iterator[Named]:
    wide = 100_000
    names = ",".join(f"c{i}" for i in range(wide))
    row = ",".join(str(i % 7) for i in range(wide))
    yield "wide-one.csv", f"{names}\n{row}\n".encode()
    yield "wide-twenty.csv", (f"{names}\n" + f"{row}\n" * 20).encode()
    yield "wide-nameless.csv", (f"{row}\n" * 12).encode()
    yield "wide-words.csv", f"{names}\n{','.join(['word'] * wide)}\n".encode() * 3
    yield "wide-empty.csv", (names + "\n" + "," * (wide - 1) + "\n").encode()
    yield "wide-same.csv", ("a," * wide + "\n" + f"{row},1\n" * 3).encode()
    yield "wide-commas.csv", b"," * 3_000_000 + b"\n" + b"," * 3_000_000
    yield "wide.jsonl", (json.dumps({f"c{i}": i for i in range(wide)}) + "\n").encode() * 3
    yield "wide-different.jsonl", "".join(json.dumps({f"c{i}": 1}) + "\n" for i in range(20_000)).encode()
    yield "wide-one.json", json.dumps([list(range(wide))] * 3).encode()
    yield "wide-twelve.parquet", _written(pl.DataFrame({f"c{i}": [1.0] * 12 for i in range(20_000)}).write_parquet)
    yield "wide-twelve.arrow", _written(pl.DataFrame({f"c{i}": [1.0] * 12 for i in range(20_000)}).write_ipc)
    columns = ", ".join(f"c{i}" for i in range(2000))
    yield "wide.db", database(f"CREATE TABLE t ({columns})", f"INSERT INTO t VALUES ({','.join('1' * 2000)})")
    yield "line-long.csv", b"a,b\n" + b"x" * 70_000_000 + b",1\n"
    yield "field-long.csv", b'a,b\n"' + b"x" * 3_000_000 + b'",1\n' * 12
    yield "quote-open.csv", b'a,b\n"1,2\n' + b"3,4\n" * 200_000
    yield "quotes.csv", b'"' * 1_000_001 + b"\n1\n"
    yield "quotes-each.csv", b"a,b\n" + b'"\n' * 500_001
    yield "blank.csv", b"\n" * 3_000_000
    yield "spaces.csv", b" " * 3_000_000 + b"\n" + b" " * 100
    yield "comments.csv", b"# a\n" * 300_000
    yield "returns.csv", b"\r" * 1_000_000
    yield "zeros.csv", bytes(1_000_000)
    yield "marks.csv", b"\xef\xbb\xbf" * 9
    yield "half-sign.csv", b"a,b\n" + "ä,1\n".encode() * 30 + b"\xc3"
    yield "utf32.csv", "a,b\n1,2\n3,4\n".encode("utf-32")
    yield "utf32-beyond.csv", b"\xff\xfe\0\0" + b"\xff\xff\xff\x7f" * 40
    yield "utf16-odd.csv", "a,b\n1,2\n3,4\n".encode("utf-16") + b"\xd8"
    yield "utf16-surrogate.csv", b"\xff\xfea\0,\0b\0\n\0" + b"\0\xd81\0,\0\n\0" * 20
    yield "escapes.csv", b"a\x1b[31m,b\n" + b"\x1b]0;x\x07,1\n" * 20
    yield "twice.csv", b"a,a,a\n" + b"1,2,3\n" * 20
    yield "taken.csv", b'a,a,"a (2)"\n' + b"1,2,3\n" * 20
    yield "ids.csv", b"id,n\n" + b"".join(b"%d,%d\n" % (10**30 + i * i * 7919, i % 3) for i in range(60))
    yield "digits.csv", b"a,b\n" + b"".join(b"%s,%d\n" % (b"7" * 5000, i) for i in range(60))
    yield "digits-fraction.csv", b"a,b\n" + b"".join(b"0.%s,%d\n" % (b"7" * 5000, i) for i in range(60))
    yield "exponents.csv", b"a,b\n" + b"".join(b"1e%d,%d\n" % (10**i, i) for i in range(60))
    yield "denormals.csv", b"a,b\n" + b"".join(b"%de-324,%d\n" % (5 * i, i) for i in range(60))
    yield "infinite.csv", b"a,b\n" + b"inf,1\n-inf,2\nnan,3\n" * 20
    yield "dates-far.csv", b"a,b\n" + b"99999-13-45,1\n0000-00-00,2\n2020-02-30,3\n" * 20
    yield "categories.csv", b"a\n" + b"".join(b"v%d%s\n" % (i, b"x" * (i % 50)) for i in range(300_000))


def _columns() -> Iterator[Named]:
    """Columns of every type that a table can have, in a Parquet and in an Arrow file each."""
    n = 24
    some = {
        "lists": pl.Series([[i, 2] for i in range(n)]),
        "lists-empty": pl.Series([[]] * n, dtype=pl.List(pl.Int64)),
        "lists-deep": pl.Series([[[[i]]] for i in range(n)]),
        "lists-structs": pl.Series([[{"a": i, "b": [str(i)]}] for i in range(n)]),
        "arrays": pl.Series([[i, 2] for i in range(n)], dtype=pl.Array(pl.Float64, 2)),
        "maps": pl.Series([[{"key": "a", "value": i}] for i in range(n)]),
        "bytes": pl.Series([bytes([255, i]) for i in range(n)]),
        "bytes-empty": pl.Series([b""] * n),
        "int64": pl.Series([2**63 - 1 - i for i in range(n)]),
        "uint64": pl.Series([2**64 - 1 - i for i in range(n)], dtype=pl.UInt64),
        "int128": pl.Series([2**126 + i for i in range(n)], dtype=pl.Int128),
        "decimal": pl.Series([str(i) for i in range(n)]).cast(pl.Decimal(38, 10)),
        "half": pl.Series([float(i) for i in range(n)]).cast(pl.Float32),
        "denormal": pl.Series([5e-324 * i for i in range(n)]),
        "extreme": pl.Series([1.7e308 * (-1) ** i for i in range(n)]),
        "not-finite": pl.Series([float("nan"), float("inf")] * (n // 2)),
        "nothing": pl.Series([None] * n),
        "truth": pl.Series([True, None] * (n // 2)),
        "durations": pl.Series([2**62 + i for i in range(n)]).cast(pl.Duration("ms")),
        "moments": pl.Series([2**62 + i for i in range(n)]).cast(pl.Datetime("ms")),
        "dates": pl.Series([2**31 - 1 - i for i in range(n)], dtype=pl.Int32).cast(pl.Date),
        "times": pl.Series(range(n)).cast(pl.Time),
        "categorical": pl.Series([str(i % 3) for i in range(n)]).cast(pl.Categorical),
        "structs": pl.Series([{"a": {"b": {"c": i}}} for i in range(n)]),
        "structs-clash": pl.Series([{"b": i, "b.c": i} for i in range(n)]),
        "word-long": pl.Series(["x" * 2_000_000] * n),
        "zero-byte": pl.Series([f"a\0{i}" for i in range(n)]),
    }
    for name, column in some.items():
        for beside in (False, True):
            frame = pl.DataFrame({"x": column} | ({"n": [float(i) for i in range(n)]} if beside else {}))
            with_what = f"column-{name}{'-beside' if beside else ''}"
            yield f"{with_what}.parquet", _written(frame.write_parquet)
            yield f"{with_what}.arrow", _written(frame.write_ipc)
    deep = pl.Series([1] * n)
    for _ in range(60):
        deep = pl.DataFrame({"a": deep}).to_struct()
    yield "column-deep.parquet", _written(pl.DataFrame({"x": deep}).write_parquet)
    clash = pl.DataFrame({"x.a": [1] * n, "x": [{"a": 2}] * n})
    yield "column-clash.parquet", _written(clash.write_parquet)
    yield "column-nameless.parquet", _written(pl.DataFrame({"": [1.0] * n, "\n": [2.0] * n}).write_parquet)
    rows = ", ".join(f"({i}, x'ff{i:02x}', 1e999, '\ud7ff', {2**63 - 1 - i})" for i in range(n))
    yield "column-kinds.db", database("CREATE TABLE t (a, b, c, d, e)", f"INSERT INTO t VALUES {rows}")
    yield (
        "base-endless.db",
        database("CREATE VIEW v AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r"),
    )
    yield "base-heavy.db", database("CREATE VIEW v AS SELECT zeroblob(900000000) AS a")


def _texts() -> Iterator[Named]:
    """JSON in shapes that nobody means."""
    deep = 500
    texts = {
        "deep-lists.json": "[" * deep + "]" * deep,
        "deep-objects.json": '{"a":' * deep + "1" + "}" * deep,
        "deep-record.jsonl": ('{"a":' * deep + "1" + "}" * deep + "\n") * 12,
        "deep-column.json": json.dumps([{"a": 1}] * 3)[:-1] + ', {"a": ' + "[" * deep + "]" * deep + "}]",
        "deep-column.jsonl": ('{"a": ' + "[" * deep + "]" * deep + "}\n") * 12,
        "deepest-lists.json": "[" * 10**6 + "]" * 10**6,
        "deepest-objects.json": '{"a":' * 10**6 + "1" + "}" * 10**6,
        "digits.jsonl": ('{"a": ' + "9" * 6000 + "}\n") * 12,
        "digits.json": "[" + ", ".join(['{"a": ' + "9" * 6000 + "}"] * 12) + "]",
        "digits-lists.jsonl": ('{"a": [' + "9" * 6000 + ", 1]}\n") * 12,
        "digits-number.json": "9" * 10**6,
        "large.jsonl": '{"a": 123456789012345678901234567890}\n{"a": -9223372036854775809}\n' * 12,
        "exponent.jsonl": '{"a": 1e999}\n{"a": 1e-999}\n' * 12,
        "not-finite.jsonl": '{"a": NaN}\n{"a": -Infinity}\n' * 12,
        "surrogate.jsonl": '{"a": "\\ud800"}\n' * 12,
        "surrogate-name.jsonl": '{"\\ud800": 1}\n' * 12,
        "twice.jsonl": '{"a": 1, "a": "x"}\n' * 12,
        "nameless.jsonl": '{"": 1}\n' * 12,
        "dots.jsonl": '{"a.b": 1, "a": {"b": 2}}\n' * 12,
        "mixed.jsonl": '{"a": [1, "x", null, {"b": []}]}\n{"a": {"c": 1}}\n{"a": true}\n' * 12,
        "scalars.jsonl": "1\n2\n3\n" * 12,
        "nulls.jsonl": "null\n" * 30,
        "strings.json": '"' + "a" * 10**6 + '"',
        "empty-records.jsonl": "{}\n" * 30,
        "empty-lists.json": "[[], [], []]",
        "comma.json": '[{"a": 1},]',
        "control.json": '[{"a": "\x01"}]',
        "truth.json": "true",
        "columns.json": '{"columns": ["a", ["b"]], "data": [[1, 2], [3]]}',
        "columns-none.json": '{"columns": [], "data": [[]]}',
        "uneven.json": '{"a": [1, 2], "b": [1]}',
        "geo.geojson": '{"type": "FeatureCollection", "features": [1, 2, null]}',
    }
    for name, text in texts.items():
        yield f"json-{name}", text.encode(errors="surrogatepass")
    yield "json-utf16.json", json.dumps([{"a": 1}] * 12).encode("utf-16")
    yield "text-zeros.txt", b"a\0b\n" * 1000
    yield "text-line.txt", b"word " * 2_000_000
    yield "text-blank.txt", b" \n" * 100_000
    yield "text-combining.txt", ("a" + "\u0301" * 100_000).encode() * 3
    yield "text-letters.txt", b"a" * 5_000_000
    yield "text-not-utf8.txt", b"\xff\xfe\xfd" * 1000
    yield "text-bidi.txt", "abc \u202e def \u2066 ghi.\n\n".encode() * 100
    yield "code-deep.py", b"(" * 100_000


def _pictures() -> Iterator[Named]:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    def png(w: int, h: int, data: bytes, depth: int = 8, colour: int = 0, more: bytes = b"") -> bytes:
        head = chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, 0))
        return b"\x89PNG\r\n\x1a\n" + head + more + chunk(b"IDAT", data) + chunk(b"IEND", b"")

    bomb = zlib.compress(bytes(2**26), 9)
    yield "picture-huge.png", png(2**31 - 1, 2**31 - 1, bomb)
    yield "picture-wide.png", png(65_000, 65_000, bomb)
    yield "picture-none.png", png(0, 0, b"")
    yield "picture-more.png", png(8, 8, bomb)
    yield "picture-text.png", png(8, 8, zlib.compress(bytes(72)), more=chunk(b"zTXt", b"a\0\0" + bomb))
    yield "picture-texts.png", png(8, 8, zlib.compress(bytes(72)), more=chunk(b"iTXt", b"a\0\1\0\0\0" + bomb) * 30)
    yield "picture-profile.png", png(8, 8, zlib.compress(bytes(72)), more=chunk(b"iCCP", b"a\0\0" + bomb))
    yield "picture-depth.png", png(8, 8, zlib.compress(bytes(72)), depth=3, colour=9)
    yield "picture-chunk.png", b"\x89PNG\r\n\x1a\n\x7f\xff\xff\xffIHDR"
    yield (
        "picture-huge.bmp",
        b"BM" + struct.pack("<IHHIIiiHHIIiiII", 99, 0, 0, 54, 40, 2**30, 2**30, 1, 24, 0, 0, 1, 1, 0, 0),
    )
    yield "picture-huge.gif", b"GIF89a\xff\xff\xff\xff\x80\0\0" + bytes(6) + b",\0\0\0\0\xff\xff\xff\xff\0\2\2\x4c\1\0;"
    yield "picture-huge.webp", b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff"
    yield "picture-huge.ppm", b"P6 99999999 99999999 255\n" + bytes(99)
    yield "picture-digits.ppm", b"P6 " + b"9" * 9000 + b" 1 255\n"
    yield "picture-values.pgm", b"P2 8 8 255\n" + b"7777777777777 " * 64
    yield "picture-text.pgm", b"P2 8 8 255\n" + b"1" * 10**6
    yield "picture-depth.pgm", b"P5 8 8 99999999\n" + bytes(999)

    def tiff(*tags: tuple[int, int, int, int], data: bytes = bytes(64)) -> bytes:
        body = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
        return b"II*\0\x08\0\0\0" + body + data

    small = (256, 4, 1, 8), (257, 4, 1, 8), (258, 3, 1, 8), (262, 3, 1, 1), (277, 3, 1, 1), (278, 4, 1, 8)
    yield (
        "picture-huge.tiff",
        tiff((256, 4, 1, 2**31), (257, 4, 1, 2**31), *small[2:], (273, 4, 1, 99), (279, 4, 1, 64)),
    )
    yield "picture-strips.tiff", tiff(*small, (273, 4, 2**30, 99), (279, 4, 2**30, 64))
    yield "picture-samples.tiff", tiff(*small[:4], (277, 3, 1, 65535), (273, 4, 1, 99), (279, 4, 1, 64))
    yield "picture-endless.tiff", b"II*\0\x08\0\0\0\0\0\x08\0\0\0"
    yield "picture-pointer.tiff", b"II*\0\xff\xff\xff\xff"
    yield (
        "picture-many.gif",
        _written(
            lambda out: Image.new("L", (8, 8)).save(
                out, "GIF", save_all=True, append_images=[Image.new("L", (8, 8), i % 255) for i in range(2000)]
            )
        ),
    )
    plane = Image.new("L", (9000, 9000))
    for form in ("PNG", "TIFF", "WEBP", "JPEG", "GIF", "BMP"):
        yield f"picture-large.{form.lower()}", _written(lambda out, form=form: plane.save(out, form))
    yield "picture-drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    yield "picture-script.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n"
    yield "picture-script.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n"
    holding = pl.DataFrame({"image": [{"bytes": picture("PNG", i)[: 40 + i], "path": "x"} for i in range(12)]})
    yield "picture-cut.parquet", _written(holding.write_parquet)
    large = _written(lambda out: plane.save(out, "PNG"))
    yield "picture-large.parquet", _written(pl.DataFrame({"image": [{"bytes": large}] * 12}).write_parquet)


def _lying() -> Iterator[Named]:
    def images(*shape: int, data: bytes = bytes(640)) -> bytes:
        return b"\0\0\x08" + bytes([len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + data

    shapes = {
        "huge": (2**32 - 1,) * 3, "many": (2**32 - 1, 1, 1), "none": (0, 8, 8), "flat": (10, 0, 0), "more": (10, 8, 9),
        "less": (9, 8, 8), "wide": (1, 2**20, 2**20), "four": (1, 10, 8, 8), "one": (640,),
    }  # fmt: skip
    for name, shape in shapes.items():
        yield f"idx-{name}-images-idx3-ubyte", images(*shape)
    yield "idx-floats-images-idx3-ubyte", b"\0\0\x0d\3" + bytes(99)
    yield "idx-axes-images-idx3-ubyte", b"\0\0\x08\xff" + bytes(99)
    whole = _written(FRAME.write_parquet)
    yield "footer-long.parquet", whole[:-8] + b"\xff\xff\xff\x7fPAR1"
    yield "footer-none.parquet", whole[:-8] + b"\0\0\0\0PAR1"
    yield "footer-alone.parquet", whole[-300:]
    yield "footer-encrypted.parquet", whole[:-4] + b"PARE"
    yield "head-alone.parquet", b"PAR1"
    repeated = pl.DataFrame({"a": pl.Series(["x" * 1000]).extend_constant("x" * 1000, 2_000_000)})
    yield "repeated.parquet", _written(repeated.write_parquet)
    same = pl.DataFrame({"a": pl.repeat(7, 3_000_000, eager=True, dtype=pl.Int64)})
    yield "same.parquet", _written(same.write_parquet)
    squeezed = pl.DataFrame({c: pl.repeat(0.0, 10_000_000, eager=True) for c in "abcd"})
    yield "squeezed.arrow", _written(lambda out: squeezed.write_ipc(out, compression="zstd"))
    yield "schema-huge.arrow", b"ARROW1\0\0\xff\xff\xff\xff\xff\xff\xff\x7f" + bytes(64)
    yield "stream-huge.arrow", b"\xff\xff\xff\xff\xf0\xff\xff\x7f" + bytes(64)
    base = database("CREATE TABLE t (a)", "INSERT INTO t VALUES (1), (2)")
    yield "base-pages.db", base[:28] + b"\x7f\xff\xff\xff" + base[32:]
    yield "base-page.db", base[:16] + b"\0\x03" + base[18:]
    yield "base-schema.db", base.replace(b"CREATE TABLE t (a)", b"CREATE TABLE t (a!")
    yield "base-root.db", base[:100] + bytes([255]) * 200 + base[300:]
    for name, raw in {
        "word.docx": pack(("[Content_Types].xml", b"<xml/>"), ("word/document.xml", b"<xml/>")),
        "old.xls": b"\xd0\xcf\x11\xe0" + bytes(600),
        "program": b"\x7fELF" + bytes(99),
        "paper.csv": b"%PDF-1.7\n%\xe2\xe3",
        "pickle.npy": b"\x80\x04cos\nsystem\n(S'true'\ntR.",
        "pickle.csv": b"\x80\x04cos\nsystem\n(S'true'\ntR.",
        "shell.csv": b"#!/bin/sh\ntouch owned\n",
        "nothing.csv": b"",
        "nothing.npz": b"",
        "nothing.png": b"",
        "nothing.parquet": b"",
        "one.csv": b"a",
        "page.csv": b"<!doctype html><html><body>404</body></html>",
        "model.safetensors": b"\xff" * 8 + b"{}",
        "object.npz": b"PK\3\4",
        "end.zip": b"PK\5\6" + bytes(18),
        "model.pt": pack(("a/data.pkl", b"\x80\2.")),
    }.items():
        yield f"other-{name}", raw
