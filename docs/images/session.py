#!/usr/bin/env python3
"""Draw the picture of the README: a session of the real program, as a terminal shows it.

    python3 docs/images/session.py [RACCORD] [-o FILE]

RACCORD is the program (or the variable RACCORD, or target/debug/raccord); FILE is docs/images/session.svg, or - for
stdout. What differs from run to run is replaced, so that the same program always gives the same picture.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
import unicodedata
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs" / "images" / "session.svg"

COMMAND = """\
raccord listen 127.0.0.1:0 --once --explain -E gbk \\
  --reply 'ok,  Le problème est en cours ...' \\
  --run "python3 examples/course/client.py {port} --text '你好, petit serveur !'\""""
# What the picture does not show: text and colours although there is no terminal.
AS_ON_A_TERMINAL = ["-o", "text", "--color", "always"]

TITLE = "raccord plays the server for a client in Python, in GBK"
DESCRIPTION = """\
A terminal. raccord listens on a free port and starts the course's Python client on it. Each socket call is told with
its stage, its arguments, its result, its duration and the TCP states after it, and the first time with what it means:
socket, setsockopt, bind, getsockname, listen, accept, close, recv, send, shutdown. Between them stand what the client said, 你好, petit serveur !, as text and not as GBK bytes, what raccord answered,
what the client printed, and how the connection ended. Ports, sockets and durations are replaced by round numbers."""

# In pixels. A column is as wide as most monospaced fonts of that size make it; wide characters fill two.
FONT, WIDE, COLUMN, LINE, MARGIN = 14, 16, 8.4, 20, 18
GROUND, EDGE, PLAIN, PROMPT = "#0d1117", "#484f58", "#e6edf3", "#7ee787"
# Chinese, Japanese and Korean characters: all of them are wide.
CJK = "\u2e80-\u9fff\uac00-\ud7af\uff00-\uff60"
# What is told of the states of TCP.
STATES = r"(?:both ends|here|there) [A-Z][A-Z0-9-]+.*"
# What an ANSI code (SGR, ECMA-48 section 8.3.117) means here.
STYLES = {
    "1": 'font-weight="bold"',
    "2": 'fill="#9198a1"',
    "31": 'fill="#ff7b72"',
    "35": 'fill="#d2a8ff"',
    "36": 'fill="#56d4dd"',
}


def main():
    parser = argparse.ArgumentParser(description="Draw the picture of the README from a real session.")
    default = os.environ.get("RACCORD", ROOT / "target" / "debug" / "raccord")
    parser.add_argument("raccord", nargs="?", default=default, help="the program (%(default)s)")
    parser.add_argument("-o", dest="file", default=PICTURE, help="where to write, - for stdout (%(default)s)")
    options = parser.parse_args()

    picture = draw(in_order(settled(session(options.raccord)).splitlines()))
    if options.file == "-":
        sys.stdout.buffer.write(picture.encode())
    else:
        Path(options.file).write_text(picture, encoding="utf-8", newline="\n")


def session(raccord):
    """What the program writes, stdout and stderr as they come."""
    command = [Path(raccord).absolute(), *shlex.split(COMMAND.replace("\\\n", ""))[1:], *AS_ON_A_TERMINAL]
    # Python must leave no files in the tree
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=60,
    )
    text = ran.stdout.decode()
    if ran.returncode != 0:
        sys.exit(f"{raccord} ended with {ran.returncode}:\n{text}")
    return text


def settled(text):
    """The same with round numbers for what differs from run to run."""
    server, client = re.search(r"#1 127\.0\.0\.1:(\d+) connected · here 127\.0\.0\.1:(\d+)", text).group(2, 1)
    text = text.replace(f"127.0.0.1:{server}", "127.0.0.1:40000").replace(f"127.0.0.1:{client}", "127.0.0.1:50000")
    listening = re.search(r"SOCK_STREAM\) = (\d+)", text)[1]
    accepted = re.search(r"accept\(\d+\) = (\d+)", text)[1]
    for socket, round_number in ((listening, 3), (accepted, 4)):
        text = re.sub(rf"([a-z]\(|SOCK_STREAM\) = |accept\(\d+\) = ){socket}\b", rf"\g<1>{round_number}", text)
    lines = [re.sub(r"· [\d.]+ (µs|ms|s)\b", "· " + duration(line), line) for line in text.splitlines()]
    return "\n".join(flowed(with_states(without_early_reads(lines))))


def without_early_reads(lines):
    """Whether a read came before there was something to read is chance; what is told of it goes with it."""
    early = False
    for line in lines:
        if ") = " in line or not line.startswith(" "):
            early = "EAGAIN" in line
        if not early:
            yield line


def with_states(lines):
    """The states as they are where the client is as quick as raccord: it may be ahead, or behind."""
    states = {"recv": "both ends ESTABLISHED", "send": "both ends ESTABLISHED", "shutdown": "there TIME-WAIT (60 s)"}
    call = ""
    for line in lines:
        call = made[1] if (made := re.search(r"([a-z]+)\(.*\) = ", line)) else call
        if call == "recv" and made and re.search(r"\) = 0\b", line):
            states["recv"] = "here CLOSE-WAIT, there FIN-WAIT-2"
        yield re.sub(STATES, states.get(call) or r"\g<0>", line)


def flowed(lines):
    """States stand behind their call where 80 columns have room for both, else below it."""
    flow = []
    for line in lines:
        call, states = line, ""
        if found := re.search(rf"(?: · | {{14}})({STATES})$", line):
            call, states = line[:found.start()] or flow.pop(), found[1]
        if states and len(re.sub(r"\x1b\[[\d;]*m", "", call)) + len(states) + 3 <= 80:
            flow.append(f"{call} · {states}")
        else:
            flow += [call] + ([" " * 14 + states] if states else [])
    return flow


def duration(line):
    """About how long it takes: the client has to start before it is accepted."""
    if "accept(" in line:
        return "100.0 ms"
    return "2.0 ms" if "closed" in line else "20 µs"


def in_order(lines):
    """What the client prints, it prints before it closes; raccord may see the two in either order."""
    printed = [line for line in lines if line.startswith("program: ")]
    others = [line for line in lines if line not in printed]
    end = next(place for place, line in enumerate(others) if re.search(r"recv\(.*\) = 0\b", line))
    return others[:end] + printed + others[end:]


def draw(lines):
    """The lines under the command, as SVG."""
    rows = [prompt(line, place) for place, line in enumerate(COMMAND.splitlines())]
    rows += [[*runs(line)] for line in lines]
    columns = max(sum(columns_of(text) for text, _ in row) for row in rows)
    width, height = round(columns * COLUMN + 2 * MARGIN), len(rows) * LINE + 2 * MARGIN
    texts = "\n".join(drawn(row, place) for place, row in enumerate(rows))
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" \
aria-labelledby="title description">
<title id="title">{escape(TITLE)}</title>
<desc id="description">{escape(DESCRIPTION)}</desc>
<style>text, tspan {{ white-space: pre }}</style>
<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8" fill="{GROUND}" stroke="{EDGE}"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', monospace" \
font-size="{FONT}" fill="{PLAIN}" xml:space="preserve">
{texts}
</g>
</svg>
"""


def prompt(line, place):
    """A line of the command, the first after a prompt."""
    start = ("$ ", f'fill="{PROMPT}"') if place == 0 else ("  ", "")
    return [start, (line, 'font-weight="bold"')]


def runs(line):
    """The pieces of a line between its ANSI codes, each with its style."""
    style = []
    for place, piece in enumerate(re.split(r"\x1b\[([\d;]*)m", line)):
        if place % 2 == 0:
            if piece:
                yield piece, " ".join(style)
        elif piece in ("", "0"):
            style = []
        else:
            style += [STYLES[code] for code in piece.split(";")]


def drawn(row, place):
    """One line of text. Each piece stands on its column, whatever fonts the reader has."""
    y = MARGIN + place * LINE + round(LINE * 0.72)
    column, pieces = 0, []
    for text, style in row:
        for piece in re.findall(f"[{CJK}]+|[^{CJK}]+", text):
            x, length = MARGIN + column * COLUMN, columns_of(piece) * COLUMN
            size = f'font-size="{WIDE}"' if columns_of(piece) > len(piece) else ""
            attributes = f'x="{x:.1f}" textLength="{length:.1f}" {size} {style}'
            pieces.append(f"<tspan {' '.join(attributes.split())}>{escape(piece)}</tspan>")
            column += columns_of(piece)
    return f'<text y="{y}">{"".join(pieces)}</text>'


def columns_of(text):
    """How many columns of a terminal it takes: two for a wide character (UAX #11)."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


if __name__ == "__main__":
    main()
