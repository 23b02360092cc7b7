"""The newsroom chooses one accent; what could not be read is mended.

Contrast as WCAG 2.2 computes it (success criterion 1.4.3: 4.5 to 1 for text).
"""

import colorsys

PAPER = "#fcf9f3"
NIGHT = "#181614"
READABLE = 4.5


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours written #rrggbb: 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mend(colour: str, background: str) -> str:
    """The nearest colour of the same hue that can be read on `background`."""
    red, green, blue = _channels(colour)
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    step = -0.01 if _luminance(background) > 0.4 else 0.01
    if step > 0:
        saturation *= 0.85  # quieter by night
    mended = colour if step < 0 else _written(colorsys.hls_to_rgb(hue, lightness, saturation))
    while contrast(mended, background) < READABLE and 0 <= lightness <= 1:
        lightness += step
        mended = _written(colorsys.hls_to_rgb(hue, min(1.0, max(0.0, lightness)), saturation))
    return mended


def _channels(colour: str) -> tuple[float, float, float]:
    return tuple(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))  # type: ignore[return-value]


def _written(channels: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)


def _luminance(colour: str) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _channels(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
