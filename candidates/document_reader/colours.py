"""Whether text of one colour can be read on another."""

from __future__ import annotations

from typing import Any

Colour = tuple[float, float, float]
WHITE: Colour = (1.0, 1.0, 1.0)
BLACK: Colour = (0.0, 0.0, 0.0)
# WCAG asks for a contrast of 4.5 to read well; light grey (#ccc) on white has 1.6. Below this nobody sees any text.
LEAST_CONTRAST = 1.25


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of WCAG 2.2, from 1 (the same) to 21 (black on white)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def unreadable(text: Colour, background: Colour) -> bool:
    """Whether nobody could see text of this colour on that background."""
    return contrast(text, background) < LEAST_CONTRAST


def of_hex(value: str) -> Colour | None:
    """A colour written as "FFFFFF"; None for "auto" and anything else."""
    if len(value) != 6:
        return None
    try:
        number = int(value, 16)
    except ValueError:
        return None
    return ((number >> 16) / 255, (number >> 8 & 255) / 255, (number & 255) / 255)


def of_components(components: object) -> Colour | None:
    """A colour from one (grey), three (RGB) or four (CMYK) numbers from 0 to 1; None where it can't be told."""
    if isinstance(components, int | float):
        components = (components,)
    if not isinstance(components, tuple | list) or not all(isinstance(part, int | float) for part in components):
        return None
    parts = [min(1.0, max(0.0, float(part))) for part in components]
    if len(parts) == 1:
        return (parts[0], parts[0], parts[0])
    if len(parts) == 3:
        return (parts[0], parts[1], parts[2])
    if len(parts) == 4:
        cyan, magenta, yellow, key = parts
        return ((1 - cyan) * (1 - key), (1 - magenta) * (1 - key), (1 - yellow) * (1 - key))
    return None


def of_space(value: Any, space: Any) -> Colour | None:
    """A colour of a PDF as RGB; None for patterns and tables of colours, which count as visible."""
    name = getattr(space, "name", "")
    if name in ("Pattern", "Indexed", "Lab"):
        return None
    if name in ("Separation", "DeviceN"):
        # A tint of one ink: 0 is no ink at all.
        tint = value[0] if isinstance(value, tuple | list) and len(value) == 1 else value
        return of_components(1 - tint) if isinstance(tint, int | float) else None
    return of_components(value)


def mixed(upper: Colour | None, lower: Colour | None, alpha: float) -> Colour | None:
    """The colour that is seen where `upper` is painted over `lower` with this much ink; None where nobody knows."""
    if upper is None or alpha >= 1:
        return upper
    if lower is None:
        return None
    return (
        alpha * upper[0] + (1 - alpha) * lower[0],
        alpha * upper[1] + (1 - alpha) * lower[1],
        alpha * upper[2] + (1 - alpha) * lower[2],
    )


def _luminance(colour: Colour) -> float:
    """Relative luminance, WCAG 2.2."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
