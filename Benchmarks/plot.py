"""A bar chart of requests per second as SVG, without a library."""
import html

BAR, GAP, LEFT, WIDE, TOP = 18, 6, 150, 420, 34


def bars(path, title, groups):
    """Writes the chart. `groups` maps the title of each group to the rates by name, the first being ours."""
    most = max(rate for rates in groups.values() for rate in rates.values())
    lines, y = [], TOP
    for name, rates in groups.items():
        lines.append(text(LEFT, y + 12, name, "start", "bold"))
        y += BAR + GAP
        for number, (server, rate) in enumerate(rates.items()):
            width = max(1, round(WIDE * rate / most))
            color = "#1f6feb" if number == 0 else "#9aa4b2"
            lines.append(text(LEFT - 8, y + 13, server, "end"))
            lines.append(f'<rect x="{LEFT}" y="{y}" width="{width}" height="{BAR}" fill="{color}"/>')
            lines.append(text(LEFT + width + 6, y + 13, f"{rate:,.0f}", "start"))
            y += BAR + GAP
        y += GAP
    with open(path, "w", encoding="utf-8") as file:
        file.write(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDE + 90}" height="{y}" font-family="sans-serif" font-size="12">\n'
            f'<rect width="100%" height="100%" fill="#ffffff"/>\n{text(8, 20, title, "start", "bold")}\n'
            + "\n".join(lines) + "\n</svg>\n")


def text(x, y, words, anchor, weight="normal"):
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-weight="{weight}" fill="#1f2328">{html.escape(words)}</text>'
