import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
READ = re.compile(r"""env\.(?:str|int|bool|list)\(\s*["']([A-Z_]+)["']""")


def test_it_names_every_variable_in_the_example():
    sources = [path.read_text() for path in (ROOT / "newsroom" / "settings").glob("*.py")]
    read = {name for source in sources for name in READ.findall(source)}
    read |= set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    example = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert read == example
