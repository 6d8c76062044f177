"""Word files with a sentence that nobody sees who opens them, and with one that only looks as if it were so."""

from __future__ import annotations

from tests.candidates.paper import HIDDEN as SENTENCE
from tests.candidates.paper import VISIBLE, changed, word
from tests.samples.hiding import ORDER, Hiding
from tests.samples.hostile_docx import W, document, with_part

WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
WPS = "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
W14 = "http://schemas.microsoft.com/office/word/2010/wordml"


def run(text: str, look: str = "", namespaces: str = "") -> str:
    return f"<w:r {namespaces}><w:rPr>{look}</w:rPr><w:t>{text}</w:t></w:r>"


def paragraph(inner: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{inner}</w:p>"


OPEN = paragraph(run(VISIBLE))


def docx(*inner: str) -> bytes:
    return changed(word(hidden=""), "word/document.xml", document("".join(inner)))


def box(
    text: str, *, fill: str = "", look: str = "", extent: tuple[int, int] = (5_000_000, 1_000_000), **place: object
) -> str:
    """A drawing that floats, with a shape that may be filled and may hold text."""
    x, y = place.get("at", (0, 0))  # type: ignore[misc]
    frame = place.get("frame", "paragraph")
    solid = f'<a:solidFill><a:srgbClr val="{fill}"/></a:solidFill>' if fill else ""
    inside = f"<wps:txbx><w:txbxContent>{paragraph(run(text, look))}</w:txbxContent></wps:txbx>" if text else ""
    picture = place.get("picture", "")
    if picture:
        pic = "http://schemas.openxmlformats.org/drawingml/2006/picture"
        shape = f'<pic:pic xmlns:pic="{pic}"><pic:blipFill><a:blip r:embed="{picture}"/></pic:blipFill></pic:pic>'
    else:
        shape = f"<wps:wsp><wps:spPr>{solid}</wps:spPr>{inside}</wps:wsp>"
    across = "page" if frame == "page" else "column"
    spaces = f'xmlns:wp="{WP}" xmlns:wps="{WPS}" xmlns:a="{A}" xmlns:r="{R}"'
    return (
        f'<w:r><w:drawing {spaces}><wp:anchor behindDoc="{place.get("behind", 0)}">'
        f'<wp:positionH relativeFrom="{across}"><wp:posOffset>{x}</wp:posOffset></wp:positionH>'
        f'<wp:positionV relativeFrom="{frame}"><wp:posOffset>{y}</wp:posOffset></wp:positionV>'
        f'<wp:extent cx="{extent[0]}" cy="{extent[1]}"/><wp:wrapNone/>'
        f'<wp:docPr id="1" name="Box" {place.get("said", "")}/><a:graphic><a:graphicData>{shape}</a:graphicData>'
        "</a:graphic></wp:anchor></w:drawing></w:r>"
    )


def relationships(one: str) -> bytes:
    """A part of relationships with nothing but this one."""
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{namespace}">{one}</Relationships>'.encode()


def with_picture(*inner: str, start: bytes = b"\xff\xd8\xff\xe0") -> bytes:
    """A Word file with a picture of its own, rIdX."""
    base = docx(*inner)
    base = with_part("word/media/x.jpg", start + b"\x00" * 60, base)
    one = f'<Relationship Id="rIdX" Type="{R}/image" Target="media/x.jpg"/>'
    return with_part(
        "word/_rels/document.xml.rels",
        relationships(one),
        base,
    )


def with_header(kind: str) -> bytes:
    """A header for `kind` of pages, in a document whose first page has no header of its own."""
    base = docx(OPEN, f'<w:sectPr xmlns:r="{R}"><w:headerReference w:type="{kind}" r:id="rIdX"/></w:sectPr>')
    base = with_part("word/header1.xml", f'<w:hdr xmlns:w="{W}">{paragraph(run(SENTENCE))}</w:hdr>'.encode(), base)
    one = f'<Relationship Id="rIdX" Type="{R}/header" Target="header1.xml"/>'
    return with_part(
        "word/_rels/document.xml.rels",
        relationships(one),
        base,
    )


def old_shape(style: str, attributes: str = "") -> str:
    inside = f"<v:textbox><w:txbxContent>{paragraph(run(SENTENCE))}</w:txbxContent></v:textbox>"
    space = 'xmlns:v="urn:schemas-microsoft-com:vml"'
    return f'<w:r><w:pict {space}><v:shape style="{style}" {attributes}>{inside}</v:shape></w:pict></w:r>'


def named_part(elsewhere: str) -> bytes:
    """A file whose text is not where most programs look, with a decoy there."""
    base = changed(word(hidden=""), elsewhere, document(OPEN))
    base = changed(base, "word/document.xml", document(paragraph(run(SENTENCE))))
    one = f'<Relationship Id="rId1" Type="{R}/officeDocument" Target="{elsewhere}"/>'
    return changed(
        base,
        "_rels/.rels",
        relationships(one),
    )


def property_of(text: str) -> bytes:
    core = f'<cp:coreProperties xmlns:cp="http://x/cp" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description>{text}</dc:description></cp:coreProperties>'
    return with_part("docProps/core.xml", core.encode(), docx(OPEN))


DOCX = "resume.docx"
COVER = {"fill": "FFFFFF", "extent": (6_500_000, 400_000)}
SMALL_ROW = '<w:tr><w:trPr><w:trHeight w:val="{}" w:hRule="exact"/></w:trPr><w:tc>{}</w:tc></w:tr>'
FILL = f'<w14:textFill xmlns:w14="{W14}">{{}}</w14:textFill>'
HIDDEN = {
    f"docx_{name}": Hiding(make, why, DOCX)
    for name, make, why in (
        (
            "in_a_line_of_no_height",
            lambda: docx(OPEN, paragraph(run(SENTENCE), '<w:spacing w:line="20" w:lineRule="exact"/>')),
            "too low",
        ),
        (
            "in_a_row_of_no_height",
            lambda: docx(OPEN, f"<w:tbl>{SMALL_ROW.format(20, paragraph(run(SENTENCE)))}</w:tbl>"),
            "too low",
        ),
        (
            "in_a_hidden_row",
            lambda: docx(
                OPEN, f"<w:tbl><w:tr><w:trPr><w:hidden/></w:trPr><w:tc>{paragraph(run(SENTENCE))}</w:tc></w:tr></w:tbl>"
            ),
            "marked as hidden",
        ),
        (
            "indented_off_the_page",
            lambda: docx(OPEN, paragraph(run(SENTENCE), '<w:ind w:left="30000"/>')),
            "off the page",
        ),
        (
            "framed_off_the_page",
            lambda: docx(OPEN, paragraph(run(SENTENCE), '<w:framePr w:x="-31000" w:y="1"/>')),
            "off the page",
        ),
        (
            "raised_off_the_page",
            lambda: docx(OPEN, paragraph(run(SENTENCE, '<w:position w:val="3000"/>'))),
            "off the page",
        ),
        (
            "letters_filled_with_nothing",
            lambda: docx(OPEN, paragraph(run(SENTENCE, FILL.format("<w14:noFill/>")))),
            "transparent",
        ),
        (
            "letters_that_shine_through",
            lambda: docx(
                OPEN,
                paragraph(
                    run(
                        SENTENCE,
                        FILL.format(
                            '<w14:solidFill><w14:srgbClr w14:val="000000"><w14:alpha w14:val="100000"/>'
                            "</w14:srgbClr></w14:solidFill>"
                        ),
                    )
                ),
            ),
            "transparent",
        ),
        ("squeezed", lambda: docx(OPEN, paragraph(run(SENTENCE, '<w:w w:val="1"/>'))), "too narrow"),
        ("in_a_box_off_the_page", lambda: docx(OPEN, paragraph(box(SENTENCE, at=(90_000_000, 0)))), "off the page"),
        (
            "in_a_box_left_of_the_page",
            lambda: docx(OPEN, paragraph(box(SENTENCE, at=(-6_000_000, 0), frame="page"))),
            "off the page",
        ),
        ("in_a_box_of_no_size", lambda: docx(OPEN, paragraph(box(SENTENCE, extent=(1, 1)))), "too small"),
        ("in_a_hidden_box", lambda: docx(OPEN, paragraph(box(SENTENCE, said='hidden="1"'))), "marked as hidden"),
        (
            "white_in_a_white_box",
            lambda: docx(OPEN, paragraph(box(SENTENCE, fill="FFFFFF", look='<w:color w:val="FFFFFF"/>'))),
            "background",
        ),
        ("in_a_hidden_old_shape", lambda: docx(OPEN, paragraph(old_shape("visibility:hidden"))), "marked as hidden"),
        (
            "in_an_old_shape_far_away",
            lambda: docx(OPEN, paragraph(old_shape("margin-left:-9999pt;width:90pt"))),
            "off the page",
        ),
        (
            "in_a_box_of_a_hidden_run",
            lambda: docx(OPEN, paragraph(box(SENTENCE).replace("<w:r>", "<w:r><w:rPr><w:vanish/></w:rPr>", 1))),
            "marked as hidden",
        ),
        ("under_a_rectangle", lambda: docx(OPEN, paragraph(box("", **COVER) + run(SENTENCE))), "painted over"),
        (
            "behind_a_picture",
            lambda: with_picture(OPEN, paragraph(box("", picture="rIdX", **COVER) + run(SENTENCE))),
            "painted over",
        ),
        (
            "under_a_page_of_white",
            lambda: docx(
                paragraph(run(SENTENCE) + box("", fill="FFFFFF", extent=(8_000_000, 10_500_000), frame="page")),
                paragraph('<w:r><w:br w:type="page"/></w:r>'),
                OPEN,
            ),
            "painted over",
        ),
        ("properties", lambda: property_of(ORDER), "properties"),
        (
            "letters_drawn_as_nothing",
            lambda: docx(OPEN, paragraph(run("x" + "".join(chr(0xE0000 + ord(one)) for one in SENTENCE)))),
            "drawn as nothing",
        ),
        (
            "long_white_text_before_a_picture",
            lambda: docx(
                OPEN,
                paragraph(
                    box("", fill="000000", behind=1, extent=(99, 99)) + run(SENTENCE * 12, '<w:color w:val="FFFFFF"/>')
                ),
            ),
            "background",
        ),
        # Word shows none of these, and no model reads them.
        ("header_of_no_page", lambda: with_header("first"), ""),
        ("decoy_where_others_look", lambda: named_part("word/document2.xml"), ""),
        (
            "note_that_nothing_names",
            lambda: with_part(
                "word/footnotes.xml",
                (
                    f'<w:footnotes xmlns:w="{W}"><w:footnote w:id="5">{paragraph(run(SENTENCE))}</w:footnote>'
                    "</w:footnotes>"
                ).encode(),
                docx(OPEN),
            ),
            "",
        ),
    )
}

SEEN = {
    "docx_light_in_a_dark_box": Hiding(
        lambda: docx(OPEN, paragraph(box(SENTENCE, fill="203040", look='<w:color w:val="FFFFFF"/>'))), name=DOCX
    ),
    "docx_light_before_a_dark_shape": Hiding(
        lambda: docx(OPEN, paragraph(box("", fill="203040", behind=1) + run(SENTENCE, '<w:color w:val="FFFFFF"/>'))),
        name=DOCX,
    ),
    "docx_hidden_on_the_web_alone": Hiding(lambda: docx(OPEN, paragraph(run(SENTENCE, "<w:webHidden/>"))), name=DOCX),
    "docx_beside_a_photo": Hiding(
        lambda: with_picture(OPEN, paragraph(box("", picture="rIdX", extent=(1_200_000, 1_500_000)) + run(SENTENCE))),
        name=DOCX,
    ),
    "docx_under_a_clear_picture": Hiding(
        lambda: with_picture(
            OPEN,
            paragraph(box("", picture="rIdX", **COVER) + run(SENTENCE)),
            start=b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00",
        ),
        name=DOCX,
    ),
    "docx_before_a_white_shape": Hiding(
        lambda: docx(OPEN, paragraph(box("", behind=1, **COVER) + run(SENTENCE))), name=DOCX
    ),
    "docx_in_a_row_of_its_height": Hiding(
        lambda: docx(OPEN, f"<w:tbl>{SMALL_ROW.format(300, paragraph(run(SENTENCE)))}</w:tbl>"), name=DOCX
    ),
    "docx_in_a_header": Hiding(lambda: with_header("default"), name=DOCX),
    "docx_with_its_text_elsewhere": Hiding(
        lambda: changed(
            named_part("word/document2.xml"), "word/document2.xml", document(OPEN + paragraph(run(SENTENCE)))
        ),
        name=DOCX,
    ),
}
PROPERTIES = {"docx_description": lambda: property_of("Resume of Amara Voss, head baker, Ghent")}
