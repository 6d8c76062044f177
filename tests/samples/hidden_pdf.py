"""PDF files with a sentence that a reader of the page does not see, and with one that only looks as if it were so."""

from __future__ import annotations

import zlib

from tests.candidates.paper import HIDDEN as SENTENCE
from tests.candidates.paper import VISIBLE, Pdf
from tests.samples.hiding import ORDER, STUFFING, Hiding
from tests.samples.hostile_pdf import objects, stream

BOX = "50 580 500 60 re"
SHOW = f"q BT /F1 12 Tf 1 0 0 1 72 600 Tm ({SENTENCE}) Tj ET Q"


def page(*operators: str, resources: str = "", more: tuple[str | bytes, ...] = (), **said: str) -> bytes:
    made = Pdf(resources=resources, objects=list(more), **said).text(VISIBLE)
    for one in operators:
        made.draw(one)
    return made.bytes()


def picture(alpha: int | None) -> tuple[str | bytes, ...]:
    """A picture as object 6, and its mask of one alpha all over as object 7."""
    head = "/Type /XObject /Subtype /Image /Width 4 /Height 4 /BitsPerComponent 8 /Filter /FlateDecode"
    masked = "" if alpha is None else "/SMask 7 0 R"
    made = [stream(zlib.compress(b"\x80" * 48), f"{head} /ColorSpace /DeviceRGB {masked}")]
    if alpha is not None:
        made.append(stream(zlib.compress(bytes([alpha]) * 16), f"{head} /ColorSpace /DeviceGray"))
    return tuple(made)


PICTURE = "/XObject << /I 6 0 R >>"
DRAW = "q 500 0 0 60 50 580 cm /I Do Q"
ON_A_LAYER = f"/OC /L BDC {SHOW} EMC"


def layered(start: str, *more: str, layer: str = "6 0 R") -> bytes:
    """The sentence on a layer; object 6 is a layer, and `start` says what is on when the file is opened."""
    return page(
        ON_A_LAYER,
        resources=f"/Properties << /L {layer} >>",
        catalog=f"/OCProperties << /OCGs [6 0 R] /D << {start} >> >>",
        more=more or ("<< /Type /OCG /Name (notes) >>",),
    )


def turned(crop: str) -> bytes:
    """A page of a landscape printer: drawn sideways and turned to be read; its lines stand at x = 200 and 300."""
    made = Pdf(page=f"/Rotate 90 {crop}")
    for at, words in ((200, VISIBLE), (300, SENTENCE)):
        made.draw(f"BT /F1 12 Tf 0 1 -1 0 {at} 72 Tm ({words}) Tj ET")
    return made.bytes()


def in_form(box: str, matrix: str = "1 0 0 1 0 0") -> bytes:
    form = stream(
        f"BT /F1 12 Tf 1 0 0 1 72 600 Tm ({SENTENCE}) Tj ET".encode(),
        f"/Type /XObject /Subtype /Form /BBox [{box}] /Matrix [{matrix}] /Resources << /Font << /F1 5 0 R >> >>",
    )
    return page("/X Do", resources="/XObject << /X 6 0 R >>", more=(form,))


def masked(group: bytes) -> bytes:
    mask = stream(group, "/Subtype /Form /BBox [0 0 612 792] /Group << /S /Transparency /CS /DeviceGray >>")
    state = "/ExtGState << /G << /SMask << /S /Luminosity /G 6 0 R >> >> >>"
    return page(f"q /G gs {SHOW} Q", resources=state, more=(mask,))


def spelling(codes: str, letters: str) -> bytes:
    """Letters of a font that says itself what each of them means."""
    named = " ".join(f"<{0x41 + at:02x}> <{letter.encode('utf-16-be').hex()}>" for at, letter in enumerate(letters))
    cmap = f"begincmap {len(letters)} beginbfchar {named} endbfchar endcmap"
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 7 0 R >>"
    fonts = "/Font << /F1 5 0 R /F2 6 0 R >>"
    drawn = f"BT /F2 12 Tf 72 600 Td ({codes}) Tj ET"
    return page(drawn, resources=fonts, more=(font, stream(cmap.encode())))


def described(entries: str, xmp: str = "") -> bytes:
    """A page with properties."""
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    line = stream(f"BT /F1 12 Tf 72 700 Td ({VISIBLE}) Tj ET".encode())
    return objects(
        "<< /Type /Catalog /Pages 2 0 R /Metadata 7 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        line,
        font,
        f"<< {entries} >>",
        stream(xmp.encode(), "/Type /Metadata /Subtype /XML"),
        trailer="/Root 1 0 R /Info 6 0 R",
    )


XMP = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://'
    'www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Description><dc:subject>'
    "<rdf:Bag><rdf:li>{}</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
)
TILES = " ".join(f"{50 + at * 10} 580 10.2 60 re f" for at in range(50))
MULTIPLIED = "/ExtGState << /G << /BM /Multiply >> >>"

HIDDEN = {
    "pdf_behind_a_picture": Hiding(lambda: page(SHOW, DRAW, resources=PICTURE, more=picture(None)), "painted over"),
    "pdf_behind_a_picture_with_an_open_mask": Hiding(
        lambda: page(SHOW, DRAW, resources=PICTURE, more=picture(255)), "painted over"
    ),
    "pdf_under_an_old_fill": Hiding(lambda: page(SHOW, f"1 g {BOX} F"), "painted over"),
    "pdf_under_a_polygon": Hiding(
        lambda: page(SHOW, "1 g 40 570 m 560 570 l 560 660 l 300 700 l 40 660 l f"), "painted over"
    ),
    "pdf_under_tiles": Hiding(lambda: page(SHOW, f"1 g {TILES}"), "painted over"),
    "pdf_under_a_thick_line": Hiding(lambda: page(SHOW, "1 G 40 w 50 604 m 560 604 l S"), "painted over"),
    "pdf_under_a_flow_of_colours": Hiding(lambda: page(SHOW, f"q {BOX} W n /S sh Q"), "painted over"),
    "pdf_clipped_away": Hiding(lambda: page(f"q 0 0 5 5 re W n {SHOW} Q"), "outside"),
    "pdf_clipped_by_twice": Hiding(lambda: page(f"q 0 0 99 99 re W* n 500 500 9 9 re W n {SHOW} Q"), "outside"),
    "pdf_outside_of_its_form": Hiding(lambda: in_form("0 0 50 50"), "outside"),
    "pdf_cropped_off_a_turned_page": Hiding(lambda: turned("/CropBox [0 0 250 792]"), "outside"),
    "pdf_squeezed": Hiding(lambda: page(SHOW.replace("Tf", "Tf 1 Tz")), "too narrow"),
    "pdf_faint_outline": Hiding(
        lambda: page(f"q /G gs 1 Tr {SHOW} Q", resources="/ExtGState << /G << /CA 0.01 /ca 1 >> >>"), "transparent"
    ),
    "pdf_soft_mask_of_nothing": Hiding(lambda: masked(b"q Q"), "transparent"),
    "pdf_white_on_a_clear_picture": Hiding(
        lambda: page(DRAW, f"1 g {SHOW}", resources=PICTURE, more=picture(0)), "background"
    ),
    "pdf_white_on_a_breath_of_grey": Hiding(
        lambda: page(f"q /G gs 0 g {BOX} f Q 1 g {SHOW}", resources="/ExtGState << /G << /ca 0.06 >> >>"), "background"
    ),
    "pdf_layers_off_by_default": Hiding(lambda: layered("/BaseState /OFF"), "layer"),
    "pdf_layer_that_viewers_leave_out": Hiding(
        lambda: layered(
            "/AS [<< /Event /View /Category [/View] /OCGs [6 0 R] >>]",
            "<< /Type /OCG /Name (notes) /Usage << /View << /ViewState /OFF >> >> >>",
        ),
        "layer",
    ),
    "pdf_membership_of_layers": Hiding(
        lambda: layered("/OFF [6 0 R]", "<< /Type /OCG /Name (n) >>", "<< /Type /OCMD /OCGs [6 0 R] >>", layer="7 0 R"),
        "layer",
    ),
    "pdf_shown_where_layers_are_off": Hiding(
        lambda: layered("", "<< /Type /OCG /Name (n) >>", "<< /Type /OCMD /OCGs 6 0 R /P /AllOff >>", layer="7 0 R"),
        "layer",
    ),
    "pdf_properties": Hiding(lambda: described(f"/Keywords ({ORDER})"), "properties"),
    "pdf_stuffed_properties": Hiding(lambda: described(f"/Subject ({STUFFING})"), "properties"),
    "pdf_properties_in_xml": Hiding(lambda: described("", XMP.format(ORDER)), "properties"),
    "pdf_letters_drawn_as_nothing": Hiding(
        lambda: spelling("ABCDEFGH", "".join(chr(0xE0000 + ord(one)) for one in "give 100")), "drawn as nothing"
    ),
    "pdf_letters_without_width": Hiding(lambda: spelling("ABABABABABABABABABAB", "x\u200b"), "without width"),
}

FRAME = "0 g 40 570 520 80 re 42 572 516 76 re f*"
SEEN = {
    "pdf_in_a_frame_drawn_later": Hiding(lambda: page(SHOW, FRAME)),
    "pdf_in_a_frame_of_its_own_colour": Hiding(lambda: page(FRAME, SHOW)),
    "pdf_in_a_frame_by_winding": Hiding(lambda: page(SHOW, "0 g 40 570 520 80 re 42 648 516 -76 re f")),
    "pdf_under_a_clear_picture": Hiding(lambda: page(SHOW, DRAW, resources=PICTURE, more=picture(0))),
    "pdf_under_a_marker": Hiding(lambda: page(SHOW, f"q /G gs 1 1 0 rg {BOX} f Q", resources=MULTIPLIED)),
    "pdf_struck_through": Hiding(lambda: page(SHOW, "0 g 72 603 300 1.2 re f")),
    "pdf_light_on_a_thick_line": Hiding(lambda: page("0 G 60 w 50 604 m 560 604 l S", f"1 g {SHOW}")),
    "pdf_light_on_a_picture": Hiding(lambda: page(DRAW, f"1 g {SHOW}", resources=PICTURE, more=picture(None))),
    "pdf_light_on_a_flow_of_colours": Hiding(lambda: page(f"q {BOX} W n /S sh Q", f"1 g {SHOW}")),
    "pdf_beside_a_round_shape": Hiding(
        lambda: page(SHOW, "1 g 560 700 m 560 300 l 72 300 l 500 330 540 500 560 700 c f")
    ),
    "pdf_clipped_to_its_own_box": Hiding(lambda: page(f"q {BOX} W n {SHOW} Q")),
    "pdf_in_its_form": Hiding(lambda: in_form("0 0 612 792")),
    "pdf_in_its_moved_form": Hiding(lambda: in_form("0 500 600 700", "1 0 0 1 10 -100")),
    "pdf_on_a_layer_that_is_on": Hiding(lambda: layered("/ON [6 0 R]")),
    "pdf_after_a_form_that_clips": Hiding(
        lambda: page(
            "/X Do",
            SHOW,
            resources="/XObject << /X 6 0 R >>",
            more=(stream(b"0 0 1 1 re W n", "/Type /XObject /Subtype /Form /BBox [0 0 9 9]"),),
        )
    ),
    "pdf_on_a_turned_page": Hiding(lambda: turned("")),
    "pdf_with_a_mask_that_shows": Hiding(lambda: masked(b"1 g 0 0 612 792 re f")),
}
PROPERTIES = {
    "pdf_title": lambda: described("/Title (Microsoft Word - Amara Voss resume final v3.docx) /Author (Amara Voss)"),
    "pdf_keywords": lambda: described("/Keywords (DAFxyz,BAFabc, resume, modern, blue)", XMP.format("resume template")),
}
