"""Prints every text that a person reads, one JSON object a line: where it stands, its language, what it says with its placeholders filled,
and which parts of it are values, names or code.

usage: texts.py path/to/finrust
"""

import html.parser
import json
import pathlib
import re
import subprocess
import sys

import markdown
import samples

ROOT = pathlib.Path(__file__).resolve().parents[2]
LANGUAGES = ("nl", "en")

# A string of a source, and those that nobody who uses the program sees.
STRING = r'"((?:[^"\\]|\\[\s\S])*)"'
UNSEEN = re.compile(r"(expect\(|reason = |doc = |event = )" + STRING)

# Sources with words of mails and letters in both languages, and what a draft says to officers.
SPOKEN = [
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "handlers/flows").rglob("*.rs") if "Language::Nl" in path.read_text()),
    "handlers/domain/processors/platform.rs",
]
# Sources whose words are English: what commands print, and titles of problems.
PROGRAMS = [
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "handlers/commands").glob("*.rs")),
    "handlers/flows/verify/report.rs",
    "handlers/data_folder.rs",
    "handlers/config.rs",
    "handlers/azure_settings.rs",
    "handlers/http/problem.rs",
]
DOCUMENTS = ["README.md", "SECURITY.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]


def show(place, language, text, values=(), names=(), code=()):
    """`values` stand where placeholders were; some of them are `names`, whose spelling is nobody's business. `code` is no language at all."""
    if re.search(r"[^\W\d_]{2}", text):
        parts = {"values": list(values), "names": list(names), "code": list(code)}
        print(json.dumps({"place": place, "language": language, "text": text, **parts}, ensure_ascii=False))


def filled(place, key, language, text, opening=r"\{", closing=r"\}"):
    """Shows a text once for each number that its placeholders are judged with."""
    pattern = re.compile(opening + r"\s*([a-z_]+)\s*" + closing)
    for number in samples.numbers(key, set(pattern.findall(text))):
        said, values, names, end = "", [], [], 0
        for found in pattern.finditer(text):
            said += text[end : found.start()]
            value, is_name = samples.sample(key, found[1], language, number)
            values.append([len(said), len(said) + len(value)])
            names += values[-1:] if is_name else []
            said += value
            end = found.end()
        show(place, language, said + text[end:], values, names)


def leaves(node, key=""):
    for name, value in node.items():
        below = f"{key}.{name}" if key else name
        yield from leaves(value, below) if isinstance(value, dict) else [(below, value)]


def pages():
    """The pages, and the paper that they print."""
    for language in LANGUAGES:
        for path in sorted((ROOT / "handlers/front").rglob(f"text.{language}.json")):
            for key, text in leaves(json.loads(path.read_text())):
                filled(f"{path.relative_to(ROOT)} {key}", key, language, text)
    for name in ["index.html", "nowhere.html", "problem.html"]:
        path = f"handlers/front/{name}"
        Page(path).feed((ROOT / path).read_text())


class Page(html.parser.HTMLParser):
    """Words between tags, in the language of the closest one that names it."""

    def __init__(self, path):
        super().__init__()
        self.path, self.languages = path, []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "link", "br", "img", "input"):
            within = self.languages[-1] if self.languages else "en"
            self.languages.append(dict(attrs).get("lang", within))

    def handle_endtag(self, tag):
        self.languages.pop()

    def handle_data(self, data):
        if data.strip() and "{{" not in data and "·" not in data:
            show(self.path, self.languages[-1], data.strip())


def mails():
    """The mails and the letter, and what the program makes of them in its tests."""
    for language in LANGUAGES:
        for path in sorted((ROOT / "handlers/mail" / language).glob("*.txt")):
            place = str(path.relative_to(ROOT))
            # What stands under a condition is judged with it and without it.
            condition = re.compile(r"\{%-? *if[^%]*%\}(.*?)(?:\{%-? *else *-?%\}(.*?))?\{%-? *endif *-?%\}", re.DOTALL)
            for branch in (1, 2):
                text = condition.sub(lambda found: found[branch] or "", path.read_text())
                for paragraph in dict.fromkeys(re.split(r"\{%[^%]*%\}|\n", text)):
                    filled(place, place, language, paragraph.strip(), r"\{\{", r"\}\}")
        for path in sorted((ROOT / "handlers/flows/mail/snapshots").glob(f"*[rs]_{language}.snap")):
            body = path.read_text().split("\n---\n", 1)[1]
            for paragraph in re.split(r"\n\n|=====\n", body):
                show(str(path.relative_to(ROOT)), language, " ".join(paragraph.removeprefix("Subject: ").split("\n")))


def tables():
    """The columns of tables that are imported and exported."""
    for path in (ROOT / "handlers/domain/table/snapshots").glob("*template*.snap"):
        header = path.read_text().split("\n---\n", 1)[1].splitlines()[0]
        for cell in header.split(";"):
            show(str(path.relative_to(ROOT)), "nl", cell.strip('"\ufeff'))


def source(path):
    """A source without its tests, its comments and what nobody sees."""
    text = (ROOT / path).read_text().split("\n#[cfg(test)]\nmod")[0].replace("'\"'", "")
    return UNSEEN.sub("", re.sub(r"^[ \t]*//[^\n]*", "", text, flags=re.MULTILINE))


def value_of(literal):
    text = re.sub(r"\\\n\s*", "", literal)
    return text.replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")


def said(place, language, literal):
    """Shows a string of a program. What it is formatted with is a number or a name."""
    text, names, end = "", [], 0
    # Consoles are laid out with blanks.
    literal = re.sub(" +", " ", value_of(literal)).strip()
    for found in re.finditer(r"\{[^{}]*\}", literal):
        text += literal[end : found.start()]
        names.append([len(text), len(text) + 1])
        text += "3"
        end = found.end()
    show(place, language, text + literal[end:], names, names)


def spoken():
    for path in SPOKEN:
        text = source(path)
        for found in re.finditer(STRING, text):
            before, after = text[: found.start()], text[found.end() :]
            of_pair = "Language::" not in before.rsplit("\n", 1)[-1]
            if of_pair and re.search(r"(?<![\w!])\($", before) and after.startswith(', "'):
                said(path, "nl", found[1])
            elif of_pair and re.search(r"(?<![\w!])\(" + STRING + ", $", before):
                said(path, "en", found[1])
            elif " " in found[1]:
                said(path, "en" if before.rfind("Language::En") > before.rfind("Language::Nl") else "nl", found[1])


def programs(binary):
    for path in PROGRAMS:
        text = source(path)
        for found in re.finditer(STRING, text):
            if " " in found[1].strip():
                said(path, "en", found[1])
    help_of(binary)


def help_of(binary):
    """What the command line says of itself and of each command."""

    def lines(*arguments):
        return subprocess.run([binary, *arguments], check=True, capture_output=True, text=True).stdout.splitlines()

    whole = lines("--help")
    commands = [found[1] for found in (re.match(r"  ([a-z-]+)  +\S", line) for line in whole) if found]
    for command in [None, *commands]:
        for line in whole if command is None else lines("help", command):
            if line.startswith("Usage:"):
                continue
            text = re.sub(r"^ +(-\S+.*?|[a-z-]+|\S*[<\[]\S+)(  +|$)", "", line).strip()
            markdown.inline(f"finrust help {command}" if command else "finrust help", "en", text, show)


def documents():
    paths = [*DOCUMENTS, *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))]
    paths += [str(path.relative_to(ROOT)) for path in [ROOT / "infra/README.md", *sorted((ROOT / "infra/runbooks").glob("*.md"))]]
    for path in paths:
        # The table of words is full of those that are out.
        markdown.show(path, (ROOT / path).read_text(), show, with_tables=path != "docs/words.md")


def api():
    """Titles, summaries and descriptions of the API document."""

    def described(node, place):
        if isinstance(node, list):
            for item in node:
                described(item, place)
        if isinstance(node, dict):
            for name, value in node.items():
                if isinstance(value, str) and name in ("title", "summary", "description"):
                    markdown.show(f"docs/openapi.json {place}", value, show, with_lines=False)
                else:
                    described(value, f"{place}/{name}")

    described(json.loads((ROOT / "docs/openapi.json").read_text()), "")


if __name__ == "__main__":
    pages()
    mails()
    tables()
    spoken()
    programs(sys.argv[1])
    documents()
    api()
