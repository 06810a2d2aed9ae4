"""The texts of a Markdown document, without its code."""

import html
import re


def show(path, text, show, with_tables=True, with_lines=True):
    """Shows each heading, paragraph, item and cell."""
    block, start, fenced = [], 0, False
    text = re.sub(r"<!--.*?-->", lambda comment: "\n" * comment[0].count("\n"), text, flags=re.DOTALL)

    def ended():
        if block:
            inline(f"{path}:{start}" if with_lines else path, "en", " ".join(block), show)
            block.clear()

    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if bare.startswith("```"):
            ended()
            fenced = not fenced
        elif fenced:
            continue
        elif bare.startswith("|"):
            ended()
            if with_tables and not re.match(r"\|[-: |]+$", bare):
                for cell in re.split(r"(?<!\\)\|", bare.strip("|")):
                    inline(f"{path}:{number}", "en", cell.strip().replace("\\|", "|"), show)
        elif not bare or re.match(r"(#+|[-*]|\d+\.) ", bare):
            ended()
            if bare:
                block, start = [re.sub(r"^(#+|[-*]|\d+\.) +", "", bare)], number
                if bare.startswith("#"):
                    ended()
        else:
            start = start if block else number
            block.append(bare)
    ended()


def inline(place, language, text, show):
    """Shows a text without its marks."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    said, code = "", []
    for index, part in enumerate(re.split(r"`+([^`]+)`+", text)):
        if index % 2:
            code.append([len(said), len(said) + len(part)])
            said += part
        else:
            said += html.unescape(re.sub(r"\*\*|(?<!\w)[*_](?=\w)|(?<=[\w.])[*_](?!\w)", "", part))
    show(place, language, said, code=code)
