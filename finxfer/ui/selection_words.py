"""Finxfer's own choice in words and numbers: `selection` of metrics.json. No Streamlit in here.

Names of candidates come from the catalogue, so they are escaped where a sentence shows them as markdown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from finxfer.evaluation.amounts import with_ends
from finxfer.evaluation.wording import METRIC_TITLES, as_gini, gain_verdict
from finxfer.ui.charts import Dot
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import NOTHING, count, duration, metric3, signed, with_interval
from finxfer.ui.text import charts as names
from finxfer.ui.text import selection as text

ENSEMBLE = "ensemble"
WITHOUT = "without_pretrained"
NAMED_MEMBERS = 3
"""Of a mean of more models a sentence names only so many; the table names them all."""
CHANCE_ERRORS = 2.0
"""A difference of fewer standard errors than this could be chance (about 95%)."""


def title_of(one: Mapping[str, Any]) -> str:
    """A candidate's name in a chart or table, as plain text."""
    if not one.get("backbone"):
        return names.model_name(plain(one.get("name", NOTHING)), "squared_error" in one)
    return text.NAMED[_way(one)].format(backbone=plain(one["backbone"], 40), depth=one.get("depth"))


def title_of_name(name: str) -> str:
    """The same of a name alone, as events have it: "incontext-small, as-is", "lightgbm"."""
    backbone, _, way = name.rpartition(", ")
    return title_of({"name": name, "backbone": backbone if way in text.NAMED else None})


def _way(one: Mapping[str, Any]) -> str:
    """How a backbone was used: as it is, corrected, fine-tuned at a known depth, or in vain."""
    if str(one.get("name")).endswith(", corrected"):
        return "corrected"
    if isinstance(one.get("depth"), int):
        return "depth"
    return "fine-tuned" if str(one.get("name")).endswith("fine-tuned") else "as-is"


def spoken(one: Mapping[str, Any]) -> str:
    """A candidate's name inside a sentence, as markdown."""
    if not one.get("backbone"):
        return md(names.spoken_name(str(one.get("name", NOTHING)), "squared_error" in one))
    return text.SPOKEN[_way(one)].format(backbone=md(one["backbone"], 40), depth=one.get("depth"))


def members(selection: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The candidates that are in the final model, the greatest share first."""
    kept = [one for one in selection.get("tried") or [] if (one.get("weight") or 0) > 0]
    return sorted(kept, key=lambda one: -one["weight"])


def can_be_promoted(metrics: Mapping[str, Any]) -> bool:
    """Whether the catalogue can take its network: a backbone alone, or a mean's one fine-tuned member."""
    if metrics.get("choice") != ENSEMBLE:
        return metrics.get("choice") in ("fine-tuned", "as-is")
    return sum(one.get("kind") == "fine-tuned" for one in members(metrics.get("selection") or {})) == 1


def pretrained_share(selection: Mapping[str, Any]) -> float:
    """Share of pretrained members in the final model, 0 to 1."""
    return sum(one["weight"] for one in members(selection) if one.get("pretrained"))


def mean_of(parts: Sequence[tuple[str, float]]) -> str:
    """``a mean of A (60%) and B (40%)``; one part alone is just its name."""
    return parts[0][0] if len(parts) == 1 else text.MEAN_OF.format(members=_with_shares(parts))


def listed(kept: Sequence[Mapping[str, Any]]) -> str:
    """``A (60%) and B (40%)``: members of a mean with their shares, as markdown."""
    return _with_shares([(spoken(one), one["weight"]) for one in kept])


def _with_shares(parts: Sequence[tuple[str, float]]) -> str:
    words = [text.MEMBER.format(name=name, share=f"{weight:.0%}") for name, weight in parts]
    if len(words) > NAMED_MEMBERS + 1:
        rest = parts[NAMED_MEMBERS:]
        more = text.MORE.format(count=len(rest), share=f"{sum(weight for _, weight in rest):.0%}")
        words = [*words[:NAMED_MEMBERS], more]
    return text.AND.join(filter(None, [", ".join(words[:-1]), *words[-1:]])) or NOTHING


def winner(selection: Mapping[str, Any]) -> str:
    """What the final model is, inside a sentence."""
    kept = members(selection)
    if kept:
        return mean_of([(spoken(one), one["weight"]) for one in kept])
    return _spoken_by_name(selection, (selection.get("winner") or {}).get("name"))


def _spoken_by_name(selection: Mapping[str, Any], name: object) -> str:
    found = next((one for one in selection.get("tried") or [] if one.get("name") == name), {"name": name})
    return spoken(found)


def won_sentence(selection: Mapping[str, Any]) -> str:
    """What won, by how much, and over what; a lead that could be chance is called so."""
    won = selection.get("winner") or {}
    folds = selection.get("folds") or 0
    how = text.HOW_FOLDS if folds > 1 else text.HOW_HELD_OUT
    margin, error = won.get("margin"), won.get("margin_error")
    places = loss_places(error)
    opening = text.WON.format(
        winner=_capital(winner(selection), selection),
        how=how.format(folds=folds, rows=count(selection.get("rows"))),
        loss=_loss(loss_of(won), places),
        what=text.LOSSES[loss_name(selection)].lower(),
    )
    over = won.get("over")
    if over is None or margin is None or loss_of(won) is None:
        return text.ALONE.format(won=opening)
    pattern = text.SIMPLER if margin < 0 else text.AHEAD
    if margin >= 0 and (error is None or margin < CHANCE_ERRORS * error):
        pattern = text.CLOSE
    return pattern.format(
        won=opening,
        over=_spoken_by_name(selection, over),
        rank=text.BEST_SINGLE if won.get("name") == ENSEMBLE else text.BEST_OTHER,
        other=_loss((loss_of(won) or 0.0) + margin, places),
        margin=_loss(abs(margin), places),
        error=_loss(error, places),
    )


def _capital(name: str, selection: Mapping[str, Any]) -> str:
    """The name as a sentence begins; a backbone keeps the letters that it was given."""
    kept = members(selection)
    given = len(kept) == 1 and kept[0].get("backbone")
    return name if given else name[:1].upper() + name[1:]


def loss_places(error: float | None) -> int:
    """Decimals of a log loss: three, or four where so small a standard error supports them."""
    return 4 if error is not None and error < 0.0005 else 3


def loss_name(selection: Mapping[str, Any]) -> str:
    """The key of the loss that chose: log_loss, or squared_error in units of the target's variance."""
    return str(selection.get("metric") or "log_loss")


def loss_of(one: Mapping[str, Any], what: str = "") -> float | None:
    """A candidate's loss, or with ``what`` "_error" its standard error."""
    value: float | None = one.get(f"log_loss{what}", one.get(f"squared_error{what}"))
    return value


def _loss(value: float | None, places: int = 3) -> str:
    return NOTHING if value is None else f"{value:.{places}f}"


def _loss_and_error(one: Mapping[str, Any]) -> str:
    loss, error = loss_of(one), loss_of(one, "_error")
    return _loss(loss) if error is None or loss is None else f"{_loss(loss)} ± {_loss(error)}"


def _entries(selection: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Everything tried, best first; a mean that won is an entry too."""
    found = list(selection.get("tried") or [])
    won = selection.get("winner") or {}
    if won.get("name") == ENSEMBLE:
        spent = [one["seconds"] for one in members(selection) if one.get("seconds") is not None]
        found.append({**won, "seconds": sum(spent) if spent else None})
    return sorted(found, key=lambda one: (loss_of(one) is None, loss_of(one)))


def _is_winner(selection: Mapping[str, Any], one: Mapping[str, Any]) -> bool:
    return one.get("name") == (selection.get("winner") or {}).get("name")


def dots(selection: Mapping[str, Any]) -> list[Dot]:
    """One row per candidate with its standard error; what was chosen has its own colour, shape and word."""
    found = []
    for one in _entries(selection):
        loss, error = loss_of(one), loss_of(one, "_error")
        interval = None if loss is None or error is None else (loss - error, loss + error)
        words, chosen = _loss_and_error(one), _is_winner(selection, one)
        if chosen:
            words = text.CHOSEN_WORDS.format(loss=words)
        elif one.get("weight"):
            words = text.MEMBER_WORDS.format(loss=words, share=f"{one['weight']:.0%}")
        name = text.MEAN if one.get("name") == ENSEMBLE else title_of(one)
        found.append(Dot(name, loss, interval, "trained" if chosen else "baseline", words))
    return found


def chart_words(found: Sequence[Dot]) -> str:
    """The chart as one sentence."""
    return text.CHART_ALT.format(values="; ".join(f"{dot.name} {dot.words}" for dot in found))


def tried_table(selection: Mapping[str, Any]) -> pd.DataFrame:
    """What was tried, best first, as text cells."""
    title = text.LOSSES[loss_name(selection)]
    return pd.DataFrame([_tried_row(one) for one in _entries(selection)]).rename(
        columns={text.COLUMNS["loss"]: title}
    )


def _tried_row(one: Mapping[str, Any]) -> dict[str, str]:
    columns, ensemble = text.COLUMNS, one.get("name") == ENSEMBLE
    kind = text.KINDS.get(str(one.get("kind")), plain(one.get("kind", NOTHING)))
    if one.get("fell_back"):
        kind = text.KIND_FELL_BACK.format(kind=kind)
    weight = 1.0 if ensemble else one.get("weight")
    return {
        columns["name"]: text.MEAN if ensemble else title_of(one),
        columns["kind"]: text.KIND_MEAN if ensemble else kind,
        columns["loss"]: _loss_and_error(one),
        columns["auc"]: metric3(one.get("auc")),
        columns["share"]: f"{weight:.0%}" if weight else NOTHING,
        columns["seconds"]: duration(one.get("seconds")),
    }


def tried_data(selection: Mapping[str, Any]) -> pd.DataFrame:
    """The same with full numbers, for the download."""
    return pd.DataFrame(_entries(selection))


def without_difference(selection: Mapping[str, Any]) -> dict[str, Any] | None:
    """Gini of the model minus that of the choice without pretraining, like a gain; None if not measured.

    Of several classes the AUC, of an amount the error of that choice minus the model's.
    """
    other = selection.get(WITHOUT) or {}
    several = "macro_f1" in (other.get("test") or {})
    measured = other.get("difference") if several else as_gini(other.get("difference"))
    return None if measured is None else {**measured, "over": WITHOUT}


def without_sentence(selection: Mapping[str, Any], rows: int) -> str:
    """The choice as it would have been without any pretrained backbone, and what pretraining brings."""
    other = selection[WITHOUT]
    weights = sorted((other.get("weights") or {}).items(), key=lambda pair: -pair[1])
    parts = [(_spoken_by_name(selection, name), weight) for name, weight in weights if weight > 0]
    without = mean_of(parts) if parts else _spoken_by_name(selection, other.get("name"))
    if not pretrained_share(selection):
        return text.WITHOUT.format(without=without, verdict=text.NOT_IN_THE_MODEL)
    verdict = gain_verdict(without_difference(selection))
    value, ends = verdict.value, [verdict.low or 0.0, verdict.high or 0.0]
    if verdict.code == "worse" and value is not None:
        value, ends = -value, [-ends[1], -ends[0]]
    amounts = verdict.metric == "rmse" and value is not None
    size = with_interval(value, ends)
    if amounts:
        # The difference is the other choice's error minus the model's; told is the change of the error.
        open_end = verdict.code == "no gain found"
        value, ends = (-(value or 0.0), [-ends[1], -ends[0]]) if open_end else (value or 0.0, ends)
        size = with_ends(value, ends, sign=open_end)
    size = size.replace("[", "\\[").replace("]", "\\]")
    up, down = (text.LOWER, text.HIGHER) if amounts else (text.HIGHER, text.LOWER)
    sentence = text.VERDICTS[verdict.code].format(
        rows=count(rows), size=size, better=up, worse=down, metric=METRIC_TITLES[verdict.metric]
    )
    return text.WITHOUT.format(without=without, verdict=sentence)


def without_table(metrics: Mapping[str, Any]) -> pd.DataFrame:
    """Gini, AUC and log loss on test rows: the model beside the choice without pretraining."""
    selection = metrics["selection"]
    other = selection[WITHOUT].get("test") or {}
    measured = selection[WITHOUT].get("difference") or {}
    columns = text.WITHOUT_COLUMNS
    rows = []
    for metric in ("gini", "auc", "log_loss"):
        ours, theirs = metrics["model"].get(metric), other.get(metric)
        difference = None if ours is None or theirs is None else ours - theirs
        factor = {"gini": 2, "auc": 1}.get(metric)
        interval = measured.get("interval") if factor and measured.get("metric") == "auc" else None
        words = signed(difference)
        if interval and factor:
            words += f" [{signed(factor * interval[0])}, {signed(factor * interval[1])}]"
        rows.append(
            {
                columns["metric"]: names.metric_name(metric),
                columns["model"]: metric3(ours),
                columns["without"]: metric3(theirs),
                columns["difference"]: words,
            }
        )
    return pd.DataFrame(rows)
