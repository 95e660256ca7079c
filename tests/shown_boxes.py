"""Where TeX puts each character of a box, read from what it shows of the box in its log."""

import re

from derive.measure.fonts import font

FAMILIES = {
    "OT1/lmr/m/n": "operators",
    "OT1/lmr/m/it": "italic",
    "OT1/lmr/bx/n": "bold",
    "OML/lmm/m/it": "letters",
    "OMS/lmsy/m/n": "symbols",
    "OMX/lmex/m/n": "largesymbols",
}
SIZES = {"10": 0, "7.5": 1, "6": 2}
BOX = re.compile(r"\\(?P<kind>[hv])box\((?P<height>[-\d.]+)\+(?P<depth>[-\d.]+)\)x(?P<width>[-\d.]+)")
RULE = re.compile(r"\\rule\(([-\d.]+)\+")


def boxes(log):
    """The lines of each box that was shipped out, as depth and text."""
    found = []
    for part in log.split("Completed box being shipped out")[1:]:
        lines = re.findall(r"^(\.*)(\\.+|\S/.+)$", part.split("\n\n")[0], re.MULTILINE)
        found.append([(len(dots), text) for dots, text in lines])
    return found


def code_of(letter):
    return ord(letter[2]) ^ 64 if letter.startswith("^^") else ord(letter)


def characters(lines, x=0.0, y=0.0):
    """The code, size, x and y of each character in a box; the first line is the box itself."""
    (depth, head), inside = lines[0], lines[1:]
    box = BOX.match(head)
    stretched = re.search(r"glue set ([\d.]+)fil", head)
    upright = box["kind"] == "v"
    if upright:
        y += float(box["height"])
    for at, (level, text) in enumerate(inside):
        if level != depth + 1:
            continue
        down = ahead = 0.0
        if inner := BOX.match(text):
            end = next((k for k, (other, _) in enumerate(inside[at + 1 :], at + 1) if other <= level), len(inside))
            shift = float((re.search(r"shifted ([-\d.]+)", text) or [0, 0])[1])
            height, below = float(inner["height"]), float(inner["depth"])
            place = (x + shift, y - height) if upright else (x, y - shift)
            yield from characters(inside[at:end], *place)
            down, ahead = height + below, float(inner["width"])
        elif rule := RULE.match(text):
            down = float(rule[1])
        elif moved := re.match(r"\\(?:kern|glue)(?:\(\S+\))? ?([-\d.]+)( plus 1.0fil)?", text):
            down = ahead = float(moved[1]) + (float(stretched[1]) if moved[2] and stretched else 0.0)
        elif letter := re.match(r"\\(\S+)/([\d.]+) (\S+)", text):
            size, code = SIZES[letter[2]], code_of(letter[3])
            yield code, float(letter[2]), x, y
            ahead = font(FAMILIES[letter[1]], size).box(code).width
        x, y = (x, y - down) if upright else (x + ahead, y)
