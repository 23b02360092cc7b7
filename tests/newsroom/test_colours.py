import pytest

from newsroom.lib.colours import NIGHT, PAPER, READABLE, contrast, mend


@pytest.mark.parametrize("accent", ["#ffff00", "#ffffff", "#000000", "#a63d26", "#88ccff", "#777777"])
@pytest.mark.parametrize("background", [PAPER, NIGHT])
def test_it_mends_any_accent_until_it_can_be_read(accent, background):
    assert contrast(mend(accent, background), background) >= READABLE


def test_it_leaves_a_readable_accent_alone():
    assert mend("#a63d26", PAPER) == "#a63d26"


def test_it_knows_the_largest_contrast():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
