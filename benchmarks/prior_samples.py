"""Pictures of what the synthetic prior makes, for docs/prior.md: drawn once from a seed, none chosen by eye.

python -m benchmarks.prior_samples --out docs/images
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.prior_drawings import (
    BLUE,
    DASHES,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    THEMES,
    Frame,
    bars,
    blend,
    cells,
    dots,
    grid,
    key,
    line,
    sheet,
    text,
)
from finxfer.pretraining import prior_columns, prior_signals
from finxfer.pretraining.loop import ranking_quality
from finxfer.pretraining.prior import Shape, Traits, missing_values, sample_tables
from finxfer.pretraining.prior_columns import KINDS, ColumnTraits
from finxfer.pretraining.prior_labels import class_rows, label_rows
from finxfer.pretraining.prior_signals import PARTS

CLASS_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, GREY)


@dataclass(frozen=True)
class Picture:
    """draw: parts of the SVG in a theme."""

    name: str
    title: str
    description: str
    height: float
    draw: Callable[[str], list[str]]


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def sample_picture() -> Picture:
    """Three whole tables."""
    tables = sample_tables(Shape(3, 60, 30, 14), seeded(11))
    frames = grid(3, 3, 260)

    def draw(theme: str) -> list[str]:
        parts = []
        for number, frame in enumerate(frames):
            y = tables.y[number]
            chosen = torch.cat([(y == 1).nonzero().flatten()[:12], (y == 0).nonzero().flatten()[:18]])[:24]
            x = tables.x[number]
            ranks = (x.unsqueeze(0) < x.unsqueeze(1)).float().mean(dim=1)
            colours = [
                [ORANGE if y[row] == 1 else GREY, ""]
                + [
                    PURPLE if x[row, column].isnan() else blend(round(5 * share) / 5 * 0.9 + 0.1, theme)
                    for column, share in enumerate(ranks[row].tolist())
                ]
                for row in chosen.tolist()
            ]
            rate = f"{100 * y.mean().item():.0f} % positive"
            parts += [text(frame.left, frame.top - 8, f"table {number + 1}, {rate}", bold=True)]
            parts += cells(frame, colours)
        ranked = "the stronger the blue, the higher the rank in its column"
        return [
            *parts,
            *key((("positive", ORANGE), ("negative", GREY), ("missing", PURPLE), (ranked, BLUE)), 314),
        ]

    return Picture(
        "prior-tables",
        "Three tables of the prior",
        "Rows are customers, those with a positive label first; columns are shaded by rank.",
        326,
        draw,
    )


def column_picture() -> Picture:
    """One column of each kind, and one that is spelled out."""
    latent = torch.randn((1, 2000, 1), generator=seeded(5))
    frames = grid(len(KINDS) + 1, 4, 120)

    def draw(theme: str) -> list[str]:
        parts = []
        for number, (kind, frame) in enumerate(zip(KINDS, frames, strict=False)):
            traits = ColumnTraits(shares=tuple(1.0 if name == kind else 1e-9 for name in KINDS), variety=0.0)
            values = prior_columns.observe(latent, traits, seeded(20 + number))[0].flatten()
            parts += _histogram(frame, kind.replace("_", " "), values)
        indicators, _ = prior_columns.spell_out(latent, 6, seeded(3))
        shares = indicators[0].mean(dim=0).tolist()
        frame = replace(
            frames[-1],
            title="spelled out",
            x_range=(0, len(shares)),
            y_range=(0, max(shares)),
            x_ends=("6 indicators", ""),
            y_ends=("0", f"{100 * max(shares):.0f}%"),
        )
        return [*parts, *frame.rim(), bars(frame, range(len(shares) + 1), shares, GREEN)]

    return Picture(
        "prior-columns",
        "A column of each kind",
        "Histograms of 2,000 values: plain is bell-shaped, skewed and zero-inflated amounts have one long "
        "tail, heavy-tailed ones two; ordinal, category and binary ones have few values.",
        376,
        draw,
    )


def _histogram(frame: Frame, title: str, values: Tensor) -> list[str]:
    """Shares of the values, those beyond the middle 99 % in the outermost bars."""
    few = len(values.unique()) <= 20
    low, high = values.min().item(), values.max().item()
    if not few:
        low, high = (values.quantile(q).item() for q in (0.005, 0.995))
    count = round(high - low) + 1 if few else 24
    edges = torch.linspace(low - 0.5, high + 0.5, count + 1) if few else torch.linspace(low, high, count + 1)
    place = torch.bucketize(values, edges[1:-1])
    shares = (torch.bincount(place, minlength=count) / len(values)).tolist()
    frame = replace(
        frame,
        title=title,
        x_range=(edges[0].item(), edges[-1].item()),
        y_range=(0, max(shares)),
        x_ends=(f"{low:.3g}".replace("-", "−"), f"{high:.3g}".replace("-", "−")),
        y_ends=("0", f"{100 * max(shares):.0f}%"),
    )
    return [*frame.rim(), bars(frame, edges.tolist(), shares)]


def missing_picture() -> Picture:
    """Missing values with their indicators, and what they tell."""
    generator = seeded(6)
    observed = torch.randn((60, 1000, 10), generator=generator)
    score = torch.randn((60, 1000), generator=generator)
    curves = {}
    for informative in (0.0, 1.0):
        gone = missing_values(observed, observed, score, Traits(informative=informative), seeded(8)).isnan()
        ordered = gone.float().gather(1, score.argsort(dim=1).unsqueeze(2).expand_as(gone))
        shares = ordered.view(60, 10, 100, 10).mean(dim=2).transpose(1, 2)
        curves[informative] = shares[gone.any(dim=1)][::8][:7]
    x = missing_values(observed, observed, score, Traits(), seeded(7))
    table = next(t for t in x if 3 <= t.isnan().any(dim=0).sum() <= 5)
    frames = grid(3, 3, 220)

    def draw(theme: str) -> list[str]:
        frame = replace(frames[0], title="missing values, their indicators")
        indicator = ((table == 0) | (table == 1)).all(dim=0).tolist()
        colours = [
            [
                PURPLE
                if value != value
                else (BLUE if value == 1 else blend(0.12, theme))
                if indicator[column]
                else blend(0.3, theme, GREY)
                for column, value in enumerate(row)
            ]
            for row in table[:24].tolist()
        ]
        parts = [text(frame.left, frame.top - 8, frame.title, bold=True), *cells(frame, colours)]
        parts += key((("missing", PURPLE), ("its indicator", BLUE), ("there", blend(0.3, theme, GREY))), 276)
        for frame, informative, title in (
            (frames[1], 0.0, "not informative: share missing"),
            (frames[2], 1.0, "informative: share missing"),
        ):
            frame = replace(
                frame,
                title=title,
                x_range=(0, 9),
                x_ends=("lowest tenth of the score", "highest"),
                y_ends=("0", "100%"),
            )
            parts += frame.rim()
            for number, curve in enumerate(curves[informative]):
                parts.append(line(frame, range(10), curve.tolist(), PURPLE, DASHES[number % 3]))
        return parts

    return Picture(
        "prior-missing",
        "Missing values",
        "Left, a table with missing values and, in other columns, the indicators that tell them. Right, the "
        "share missing by tenths of the score behind the label: flat where it is not informative, rising or "
        "falling where it is.",
        290,
        draw,
    )


def signal_parts(tables: int, seed: int) -> dict[str, tuple[Tensor, Tensor]]:
    """By part of a signal: the most important column, and the part itself (both tables x 4,000 rows)."""
    generator = seeded(seed)
    nodes = prior_signals.cause_nodes(tables, 4000, 6, generator)
    columns = prior_signals.observed_nodes(nodes, 6, generator)
    weight = torch.tensor([2.0, 1.0, 0.5, 0.2, 0.0, 0.0]).repeat(tables, 1)
    weighted = columns * weight.unsqueeze(1)
    made = {
        "linear": prior_signals.linear(weighted, generator),
        "monotone": prior_signals.monotone(columns, weight, generator),
        "few_trees": prior_signals.trees(columns, weight, 2, 4, generator),
        "forest": prior_signals.trees(columns, weight, 24, 3, generator),
        "interactions": prior_signals.interactions(columns, weight, generator),
        "network": prior_signals.network(weighted, generator),
        "hidden_cause": prior_signals.hidden_cause(nodes, generator),
    }
    return {name: (columns[:, :, 0], made[name]) for name in PARTS}


def signal_picture() -> Picture:
    """The rate of positives against the most important column, by part of the signal."""
    found = signal_parts(3, 4)
    frames = grid(len(PARTS), 4, 120)
    clean = Traits(noise=(0.3, 0.3), label_noise=(0, 0), base_rate=(0.3, 0.3), rare=1.0, mirrored=0.0)

    def draw(theme: str) -> list[str]:
        parts = []
        for (name, (column, part)), frame in zip(found.items(), frames, strict=True):
            part = (part - part.mean(dim=1, keepdim=True)) / part.std(dim=1, keepdim=True).clamp_min(1e-6)
            labels, _ = label_rows(part, Shape(3, 3000, 1000, 6), clean, seeded(9))
            frame = replace(
                frame,
                title=name.replace("_", " "),
                x_range=(0, 19),
                x_ends=("low", "high"),
                y_ends=("0", "100%"),
            )
            parts += frame.rim()
            for number in range(3):
                order = column[number].argsort()
                rate = labels[number][order].view(20, -1).mean(dim=1).tolist()
                parts.append(line(frame, range(20), rate, (BLUE, ORANGE, GREEN)[number], DASHES[number]))
        return parts

    return Picture(
        "prior-signals",
        "Rate of positives against a column, by part of the signal",
        "Three tables each, 20 equal bins of the most important column: linear and monotone parts rise or "
        "fall, trees jump, interactions and hidden causes may show little in one column alone.",
        376,
        draw,
    )


def rate_picture() -> Picture:
    """Base rates, and how well the best possible ranking does at each level of noise."""
    shape = Shape(3000, 500, 300, 4)
    signal = torch.randn((3000, 800), generator=seeded(1))
    rates = label_rows(signal, shape, Traits(), seeded(2))[0].mean(dim=1)
    levels = [0.15, 0.25, 0.4, 0.65, 1.0, 1.6, 2.5]
    reached = []
    for number, noise in enumerate(levels):
        part = Shape(200, 500, 300, 4)
        y, _ = label_rows(signal[:200], part, Traits(noise=(noise, noise)), seeded(30 + number))
        auc = ranking_quality(signal[:200], y)
        reached.append(auc[~auc.isnan()].quantile(torch.tensor([0.1, 0.5, 0.9])).tolist())
    frames = grid(2, 2, 200)

    def draw(theme: str) -> list[str]:
        edges = torch.linspace(0, 1, 26)
        shares = (torch.histc(rates, 25, 0, 1) / len(rates)).tolist()
        left = replace(
            frames[0],
            title="share of positives, 3,000 tables",
            y_range=(0, max(shares)),
            x_ends=("0", "100%"),
            y_ends=("0", f"{100 * max(shares):.0f}%"),
        )
        right = replace(
            frames[1],
            title="AUC of the true signal by noise: median, 10 and 90 % of tables",
            x_range=(0, len(levels) - 1),
            y_range=(0.5, 1.0),
            y_ends=(".5", "1"),
        )
        parts = [*left.rim(), bars(left, edges.tolist(), shares), *right.rim()]
        for place, dash in ((0, DASHES[1]), (1, ""), (2, DASHES[1])):
            parts.append(line(right, range(len(levels)), [auc[place] for auc in reached], BLUE, dash))
        bottom = right.top + right.height + 14
        return parts + [
            text(right.x(number), bottom, f"{noise:g}", "middle") for number, noise in enumerate(levels)
        ]

    middle = ", ".join(f"{auc[1]:.2f} at noise {noise:g}" for noise, auc in zip(levels, reached, strict=True))
    return Picture(
        "prior-rates",
        "Base rates and reachable AUC",
        f"Shares from 1 to 50 %, the smallest oftenest; a tenth of the tables have the positive class as the "
        f"frequent one. Median AUC of the true signal: {middle}.",
        262,
        draw,
    )


def class_picture() -> Picture:
    """Class sizes of tables of three to ten classes, and the two ways classes lie in the plane of signals."""
    shares = []
    for classes in range(3, 11):
        tables = sample_tables(Shape(4, 300, 100, 6, classes), seeded(40 + classes))
        for y in tables.y:
            found = torch.bincount(y.long(), minlength=classes).float()
            shares.append((classes, (found.sort(descending=True).values / len(y)).tolist()))
    signals = torch.randn((12, 220, 2), generator=seeded(1))
    traits = Traits(noise=(0.15, 0.15), label_noise=(0, 0))
    labels, _ = class_rows(signals, Shape(12, 200, 20, 3, 4), traits, seeded(2))
    along = [labels[t].gather(0, signals[t, :, 0].argsort()).diff().ne(0).sum().item() for t in range(12)]
    bands, directions = along.index(min(along)), along.index(max(along))
    frames = grid(3, 3, 230)

    def draw(theme: str) -> list[str]:
        frame = replace(
            frames[0], title="class sizes, four tables each", y_ends=("0", "100%"), x_range=(0, 39)
        )
        parts = frame.rim()
        for number, (classes, sizes) in enumerate(shares):
            below, place = 0.0, number + (number // 4)
            for rank, size in enumerate(sizes):
                low, high = frame.y(below), frame.y(below + size)
                colour = blend(1 - 0.09 * rank, theme) if rank else BLUE
                wide = frame.x(place + 0.85) - frame.x(place)
                size_of = f'width="{wide:.1f}" height="{max(low - high - 0.5, 0.2):.1f}"'
                parts.append(f'<rect x="{frame.x(place)}" y="{high}" {size_of} fill="{colour}"/>')
                below += size
            if number % 4 == 2:
                parts.append(text(frame.x(place), frame.top + frame.height + 14, str(classes), "middle"))
        for frame, table, title in (
            (frames[1], bands, "bands of one signal"),
            (frames[2], directions, "directions of two"),
        ):
            ends = ("first signal: low", "high")
            frame = replace(frame, title=title, x_range=(-3, 3), y_range=(-3, 3), x_ends=ends)
            parts += frame.rim()
            for number in range(4):
                chosen = signals[table][labels[table] == number].clamp(-3, 3)
                parts.append(dots(frame, chosen[:, 0].tolist(), chosen[:, 1].tolist(), CLASS_COLOURS[number]))
        return parts

    return Picture(
        "prior-classes",
        "Three to ten classes",
        "Left, sizes of the classes of 32 tables, the largest below. Right, two tables of four classes "
        "in the plane of their two signals: bands of the first one, and wedges of both.",
        290,
        draw,
    )


PICTURES = (
    sample_picture,
    column_picture,
    missing_picture,
    signal_picture,
    rate_picture,
    class_picture,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the pictures")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for make in PICTURES:
        picture = make()
        for theme in THEMES:
            path = out / f"{picture.name}-{theme}.svg"
            drawn = sheet(picture.title, picture.description, picture.draw(theme), picture.height, theme)
            path.write_text(drawn, encoding="utf-8")
            print(f"{path} ({len(drawn.encode()) / 1000:.0f} kB)")


if __name__ == "__main__":
    main()
