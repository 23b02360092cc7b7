"""The story that the loop's test writes: a real one where it is at hand, else one of the demo's."""

from dataclasses import dataclass
from pathlib import Path

from newsroom.site.demo.reading import read_texts

REAL = Path(__file__).resolve().parents[3] / "shared" / "real-input" / "story.txt"
LINKS = (("NATO headquarters", "https://example.org/headquarters"), ("Politico", "https://example.org/report"))

APPEALS_LINKS = "Become a patron or see other ways to support."  # which are no words of a paragraph but the two links


@dataclass(frozen=True)
class Written:
    headline: str
    deck: str
    paragraphs: list[str]
    related: list[str]
    appeal: list[str]  # a lead line and paragraphs


def load_story() -> Written:
    return _read_real() if REAL.exists() else _read_demo()


def _read_real() -> Written:
    lines = [line.strip() for line in REAL.read_text(encoding="utf-8").splitlines() if line.strip()]
    begins = lines.index("Related:")
    related = [line.removeprefix("- ") for line in lines[begins + 1 :] if line.startswith("- ")]
    appeal = lines[begins + 1 + len(related) :]
    appeal[-1] = appeal[-1].removesuffix(APPEALS_LINKS).strip()
    return Written(lines[0], lines[1], lines[2:begins], related, appeal)


def _read_demo() -> Written:
    text = next(text for text in read_texts("stories") if text["language"] == "en" and not text["lead"])
    appeal = ["You could close this page.", "Or you could help us.", "A coffee a month is enough."]
    paragraphs = [f"{text['deck']} Paragraph {number} of NATO headquarters and Politico." for number in range(1, 6)]
    return Written(text["headline"], text["deck"], paragraphs, ["One", "Two", "Three"], appeal)


def as_html(story: Written) -> str:
    """What lies on the clipboard: the paragraphs with two links, then the related box."""
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in story.paragraphs[1:])
    for words, address in LINKS:
        paragraphs = paragraphs.replace(words, f'<a href="{address}">{words}</a>', 1)
    entries = "".join(
        f'<li><p><a href="https://example.org/related/{number}">{title}</a></p></li>'
        for number, title in enumerate(story.related, start=1)
    )
    return f'{paragraphs}<section class="related" data-heading="Related"><ul>{entries}</ul></section>'
