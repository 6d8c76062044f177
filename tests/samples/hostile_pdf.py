"""PDF files that were made to hurt whoever opens them: see hostile."""

from __future__ import annotations

import struct
import zlib

from tests.candidates.paper import VISIBLE, Pdf, word
from tests.samples.hurting import MIB, PATIENCE, Sample


def stream(data: bytes, entries: str = "") -> bytes:
    return f"<< {entries} /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"


def flate(data: bytes, times: int = 1) -> bytes:
    for _ in range(times):
        data = zlib.compress(data, 9)
    return data


def bomb(mebibytes: int) -> bytes:
    """So many MiB of spaces, packed: one packed MiB, again and again, so that making it takes no time."""
    packer = zlib.compressobj(9)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * MIB) + packer.flush(zlib.Z_FULL_FLUSH)
    if head:  # the two bytes that begin each stream came with it
        begin = head
    else:
        begin, block = block[:2], block[2:]
    check = 1
    for _ in range(mebibytes):
        check = zlib.adler32(b" " * MIB, check)
    return begin + block * mebibytes + b"\x03\x00" + struct.pack(">L", check)


def lzw_bomb(codes: int) -> bytes:
    """LZW whose entries grow by one letter each: n codes of 12 bits unpack to about n²/2 letters."""
    bits = []
    put = [(256, 9), (65, 9)]
    for code in range(258, 258 + min(codes, 3_800)):
        width = 12 if code >= 2_047 else 11 if code >= 1_023 else 10 if code >= 511 else 9
        put.append((code, width))
    for code, length in put:
        bits.append(f"{code:0{length}b}")
    # The last and longest entry, again and again.
    bits.append(f"{257 + min(codes, 3_800):012b}" * codes)
    text = "".join(bits)
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big")


def body_of(data: bytes, entries: str) -> bytes:
    """A page whose content is `data`, packed as `entries` say."""
    content = Pdf().text(VISIBLE).bytes()
    start, end = content.index(b"4 0 obj"), content.index(b"5 0 obj")
    return content[:start] + b"4 0 obj\n" + stream(data, entries) + b"\nendobj\n" + content[end:]


def objects(*made: bytes | str, trailer: str = "/Root 1 0 R") -> bytes:
    """A PDF of these objects, the first of them number 1."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, one in enumerate(made, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + (one.encode() if isinstance(one, str) else one) + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(made) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += f"trailer << /Size {len(made) + 1} {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def many_pages(count: int) -> bytes:
    kids = " ".join(f"{number} 0 R" for number in range(5, 5 + count))
    line = stream(f"BT /F1 12 Tf 72 700 Td ({VISIBLE}) Tj ET".encode())
    page = (
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 3 0 R /Resources << /Font << /F1 4 0 R >> >> >>"
    )
    return objects(
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>",
        line,
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        *[page] * count,
    )


def with_font(font: str, *more: bytes | str, codes: str = "<0041004200430044>") -> bytes:
    """A page in a font of its own, object 6; `more` are the objects from 7 on."""
    made = Pdf().text(VISIBLE)
    made.resources = "/Font << /F1 5 0 R /F2 6 0 R >>"
    made.objects = [font, *more]
    return made.draw(f"BT /F2 12 Tf 72 600 Td {codes} Tj ET").bytes()


def cid_font(extra: str, encoding: str = "/Identity-H") -> str:
    return (
        f"<< /Type /Font /Subtype /Type0 /BaseFont /Made /Encoding {encoding} /DescendantFonts [<< /Type /Font "
        f"/Subtype /CIDFontType2 /BaseFont /Made /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) "
        f"/Supplement 0 >> {extra} >>] "
    )


def bfrange(low: str, high: str) -> bytes:
    cmap = f"/CIDInit /ProcSet findresource begin begincmap 1 beginbfrange <{low}> <{high}> <0041> endbfrange endcmap"
    return with_font(cid_font("") + "/ToUnicode 7 0 R >>", stream(cmap.encode()))


def truetype(groups: bytes) -> bytes:
    """A TrueType file of nothing but a cmap of format 12."""
    table = struct.pack(">HHHHL", 0, 1, 3, 10, 12) + struct.pack(
        ">HHLLL", 12, 0, 16 + len(groups), 0, len(groups) // 12
    )
    table += groups
    return struct.pack(">LHHHH", 0x00010000, 1, 16, 0, 0) + b"cmap" + struct.pack(">LLL", 0, 28, len(table)) + table


def embedded_font(data: bytes, packed: bytes = b"") -> bytes:
    font = cid_font("/FontDescriptor << /Type /FontDescriptor /FontName /Made /FontFile2 7 0 R >>") + ">>"
    return with_font(font, stream(packed or flate(data), "/Filter /FlateDecode"))


def forms(depth: int, width: int, *, circular: bool = False) -> bytes:
    """Forms that draw the next one `width` times each, `depth` levels down; or the last one the first again."""
    made = Pdf().text(VISIBLE).draw("/X Do")
    made.resources = "/XObject << /X 6 0 R >>"
    for level in range(depth):
        following = 7 + level if level + 1 < depth else 6
        draws = b"/X Do " * width if circular or level + 1 < depth else b"0 0 1 1 re f"
        entries = (
            f"/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /XObject << /X {following} 0 R >> >>"
        )
        made.objects.append(stream(draws, entries))
    return made.bytes()


def page_of(operators: str) -> bytes:
    return Pdf().text(VISIBLE).draw(operators).bytes()


def letters(count: int) -> str:
    line = "(" + "x" * 200 + ") Tj"
    return "BT /F1 4 Tf 72 600 Td " + f"{line} 0 -4 Td " * (count // 200) + "ET"


def boxes_of_text(count: int) -> str:
    return " ".join(
        f"BT /F1 5 Tf 1 0 0 1 {10 + at % 70 * 8.5:.1f} {10 + at // 70 * 20:.1f} Tm (w) Tj ET" for at in range(count)
    )


def doing(action: str) -> bytes:
    made = Pdf().text(VISIBLE)
    made.catalog = f"/OpenAction << /Type /Action {action} >>"
    return made.bytes()


def with_attachment() -> bytes:
    made = Pdf().text(VISIBLE)
    made.catalog = "/Names << /EmbeddedFiles << /Names [(tool.exe) 6 0 R] >> >>"
    made.objects = ["<< /Type /Filespec /F (tool.exe) /EF << /F 7 0 R >> >>", stream(b"MZ\x90", "/Type /EmbeddedFile")]
    return made.bytes()


def circular_xref() -> bytes:
    content = Pdf().text(VISIBLE).bytes()
    start = content.rindex(b"xref\n0", 0, content.rindex(b"startxref"))
    return content.replace(b"/Root 1 0 R", b"/Prev %d /Root 1 0 R" % start)


def xref_stream(index: str, widths: str) -> bytes:
    content = objects("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [] /Count 0 >>")
    content = content[: content.rindex(b"xref\n0")]
    entries = f"/Type /XRef /Size 9 /Index {index} /W {widths} /Root 1 0 R"
    return (
        content
        + b"3 0 obj\n"
        + stream(b"\x01\x00\x10\x00", entries)
        + f"\nendobj\nstartxref\n{len(content)}\n".encode()
    )


def object_stream() -> bytes:
    """Objects in a stream that is its own first object."""
    inner = stream(b"3 0 3 3 " + b"<< /Type /Pages >> " * 2, "/Type /ObjStm /N 2 /First 8 /Extends 3 0 R")
    return objects("<< /Type /Catalog /Pages 3 0 R >>", "3 0 R", inner, "4 0 R")


def picture(width: int, height: int) -> bytes:
    made = Pdf().text(VISIBLE).draw("q 300 0 0 300 0 0 cm /I Do Q")
    made.resources = "/XObject << /I 6 0 R >>"
    head = f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceRGB /BitsPerComponent 8"
    made.objects = [stream(bomb(400), f"{head} /Filter /FlateDecode")]
    return made.bytes()


PDFS = {
    "packed_400_times": Sample(lambda: body_of(bomb(400), "/Filter /FlateDecode"), "refused", "too large"),
    "packed_twice": Sample(
        lambda: body_of(flate(bomb(400)), "/Filter [/FlateDecode /FlateDecode]"), "refused", "too large"
    ),
    "packed_five_times": Sample(
        lambda: body_of(flate(bomb(300), 4), f"/Filter [{'/FlateDecode ' * 5}]"), "refused", "too large"
    ),
    "lzw_in_flate": Sample(
        lambda: body_of(flate(lzw_bomb(200_000)), "/Filter [/FlateDecode /LZWDecode]"),
        "refused",
        PATIENCE,
        is_slow=True,
    ),
    "run_lengths": Sample(
        lambda: body_of(flate(b"\x81 " * 8 * MIB), "/Filter [/FlateDecode /RunLengthDecode]"),
        "refused",
        PATIENCE,
    ),
    "fifty_thousand_filters": Sample(
        lambda: body_of(flate(b"q Q"), f"/Filter [{'/FlateDecode ' * 50_000}]"), "refused", "no text"
    ),
    "wide_predictor": Sample(
        lambda: body_of(
            flate(b"\x02" + b"a" * 100),
            "/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 2147483647 /Colors 32 >>",
        ),
        "refused",
        "no text|broken|too large",
    ),
    "ten_thousand_pages": Sample(lambda: many_pages(10_000), "read", "Only its first"),
    "pages_in_a_circle": Sample(
        lambda: objects("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"),
        "refused",
        "no pages",
    ),
    "deep_tree_of_pages": Sample(
        lambda: objects(
            "<< /Type /Catalog /Pages 2 0 R >>",
            *[f"<< /Type /Pages /Kids [{number} 0 R] /Count 1 >>" for number in range(3, 20_000)],
        ),
        "refused",
        "broken",
    ),
    "object_that_is_itself": Sample(
        lambda: objects("<< /Type /Catalog /Pages 2 0 R >>", "3 0 R", "4 0 R", "3 0 R"), "refused", "broken|no pages"
    ),
    "length_that_is_itself": Sample(
        lambda: objects(
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>",
            b"<< /Length 4 0 R >>\nstream\nBT ET\nendstream",
        ),
        "refused",
        "broken|no text",
    ),
    "tables_in_a_circle": Sample(circular_xref, "refused", "broken"),
    "table_of_billions": Sample(lambda: page_of("").replace(b"xref\n0 6\n", b"xref\n0 4000000000\n"), "read"),
    "table_of_nothing": Sample(lambda: xref_stream("[0 4294967295]", "[0 0 0]"), "refused", "broken"),
    "objects_in_themselves": Sample(object_stream, "refused", "broken|no pages"),
    "forms_in_a_circle": Sample(lambda: forms(3, 1, circular=True), "read"),
    "forms_a_billion_times": Sample(lambda: forms(9, 10), "refused", "more drawn"),
    "deep_arrays": Sample(lambda: page_of("[" * 200_000 + "]" * 200_000 + " TJ"), "read"),
    "deep_dictionaries": Sample(
        lambda: Pdf(catalog="/Deep " + "<< /A " * 50_000 + "1" + " >>" * 50_000).text(VISIBLE).bytes(), "read"
    ),
    "states_kept_and_kept": Sample(lambda: page_of("q " * 3_000_000), "refused", "broken"),
    "numbers_and_no_operator": Sample(lambda: page_of("0 " * 4_000_000), "refused", "broken"),
    "too_many_letters": Sample(lambda: page_of(letters(100_000)), "refused", "more text on a page"),
    "too_many_shapes": Sample(lambda: page_of("1 1 9 9 re f " * 100_000), "refused", "more drawn"),
    "letters_among_shapes": Sample(
        lambda: page_of("0 0 600 780 re f " * 20_000 + letters(5_000)), "refused", "no text"
    ),
    "two_thousand_boxes": Sample(lambda: page_of(boxes_of_text(2_500)), "read"),
    "huge_picture": Sample(lambda: picture(100_000, 100_000), "read"),
    "letters_of_a_billion_codes": Sample(lambda: bfrange("00000000", "ffffffff"), "refused", PATIENCE),
    "cmap_elsewhere": Sample(
        lambda: with_font(cid_font("", "/..#2f..#2f..#2f..#2f..#2f..#2f..#2ftmp#2fevil") + ">>"), "read"
    ),
    "font_of_billions": Sample(
        lambda: embedded_font(truetype(struct.pack(">LLL", 0, 0xFFFFFFF0, 1) * 3)),
        "refused",
        PATIENCE,
    ),
    "broken_font": Sample(lambda: embedded_font(b"\x00\x01\x00\x00\xff\xff" + b"\xff" * 5_000), "read"),
    "packed_font": Sample(lambda: embedded_font(b"", bomb(400)), "refused", "too large"),
    "widths_of_millions": Sample(lambda: with_font(cid_font("/W [0 2000000000 500]") + ">>"), "refused", PATIENCE),
    "outside_stream": Sample(lambda: body_of(b"", "/F (file:///etc/passwd)"), "refused", "no text|broken"),
    "javascript": Sample(lambda: doing("/S /JavaScript /JS (app.alert\\(1\\))"), "read", "JavaScript"),
    "starts_a_program": Sample(lambda: doing("/S /Launch /F (cmd.exe)"), "read", "start other programs"),
    "sends_a_form": Sample(lambda: doing("/S /SubmitForm /F (https://example.com/x)"), "read", "send"),
    "attachment": Sample(with_attachment, "read", "other files"),
    "and_a_zip_behind": Sample(lambda: page_of("") + word(), "read"),
    "a_zip_before": Sample(lambda: b"PK\x03\x04" + page_of(""), "untaken"),
    "a_page_of_html_before": Sample(lambda: b"<html><script>x</script>" + page_of(""), "untaken", name="resume.html"),
    "cut_off": Sample(lambda: page_of("")[:-400], "read|refused", "broken"),
    "noise": Sample(
        lambda: b"%PDF-1.7\n" + bytes((at * 7919 + at // 251) % 256 for at in range(300_000)), "refused", "broken"
    ),
}
