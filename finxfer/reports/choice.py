"""How the card tells what the model is and how it was chosen: `choice` and `selection` of metrics.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from finxfer.evaluation.amounts import with_ends
from finxfer.evaluation.wording import METRIC_TITLES, MODEL_TITLES, as_gini, gain_verdict, model_title
from finxfer.records.spec import BINARY, REGRESSION
from finxfer.reports import formats
from finxfer.reports.figures import Dot, DotDrawing, dots

ENSEMBLE = "ensemble"
KINDS = {
    "as-is": "pretrained",
    "fine-tuned": "pretrained, fine-tuned",
    "corrected": "pretrained, corrected",
    "baseline": "not pretrained",
}
CHANCE_ERRORS = 2.0
"""A difference of fewer standard errors than this could be chance (about 95%)."""


@dataclass(frozen=True)
class Choice:
    """finxfer's own choice as the card shows it: sentences, a drawing, and the table of what was tried."""

    sentence: str
    tried: list[dict[str, Any]]
    drawing: DotDrawing
    without: str


def model_words(metrics: Mapping[str, Any]) -> str:
    """What the model is, in a few words."""
    choice, depth = str(metrics.get("choice")), metrics.get("freezing_depth")
    if choice == ENSEMBLE:
        return _winner(metrics.get("selection") or {})
    if choice in MODEL_TITLES:
        return f"{model_title(choice, metrics.get('task', BINARY))}; no backbone is in it"
    backbone = metrics.get("backbone")
    if choice == "as-is" or not isinstance(depth, int):
        return f"{backbone} as it is, nothing trained"
    if choice == "corrected":
        return f"{backbone}, all stages frozen, corrected by a small logistic regression"
    return f"{backbone}, fine-tuned with {depth} of {metrics.get('stages')} stages frozen"


def choice_values(metrics: Mapping[str, Any], rows: int) -> Choice | None:
    """The choice of a run in which finxfer chose; None where the analyst fixed backbone and depth.

    rows: test rows with a known outcome.
    """
    selection = metrics.get("selection")
    if not selection or not selection.get("tried"):
        return None
    entries = _entries(selection)
    return Choice(
        sentence=_sentence(selection),
        tried=[_row(selection, one) for one in entries],
        drawing=_drawing(selection, entries),
        without=_without(selection, rows),
    )


def _title(selection: Mapping[str, Any], name: object) -> str:
    """A candidate's name; what is not among those tried is shown as it is."""
    tried: list[dict[str, Any]] = selection.get("tried") or []
    one = next((entry for entry in tried if entry.get("name") == name), {})
    backbone, depth = one.get("backbone"), one.get("depth")
    if not backbone:
        return model_title(str(name), REGRESSION if "squared_error" in one else BINARY)
    if one.get("kind") == "corrected":
        return f"{backbone} corrected"
    if isinstance(depth, int):
        return f"{backbone} fine-tuned at depth {depth}"
    return f"{backbone} fine-tuned" if one.get("kind") == "fine-tuned" else f"{backbone} as it is"


def _mean_of(parts: Sequence[tuple[str, float]]) -> str:
    if len(parts) == 1:
        return parts[0][0]
    words = [f"{name} ({weight:.0%})" for name, weight in parts]
    return f"a mean of {', '.join(words[:-1])} and {words[-1]}" if words else "a mean of several models"


def _winner(selection: Mapping[str, Any]) -> str:
    kept = [(one["name"], one["weight"]) for one in selection.get("tried") or [] if one.get("weight")]
    if not kept:
        return _title(selection, (selection.get("winner") or {}).get("name"))
    kept.sort(key=lambda part: -part[1])
    return _mean_of([(_title(selection, name), weight) for name, weight in kept])


def _sentence(selection: Mapping[str, Any]) -> str:
    won = selection.get("winner") or {}
    folds, rows = selection.get("folds") or 0, formats.count(selection.get("rows"))
    where = (
        f"cross-validated over {folds} parts of {rows} training rows,"
        if folds > 1
        else f"on {rows} rows kept out of training,"
    )
    opening = (
        f"{_capital(selection)} was chosen: {where} its {_what(selection)} is {formats.metric(_loss(won))}"
    )
    margin, error = won.get("margin"), won.get("margin_error")
    if won.get("over") is None or margin is None or _loss(won) is None:
        return f"{opening}."
    rank = "the best on its own" if won.get("name") == ENSEMBLE else "the best other"
    other = f"{formats.metric((_loss(won) or 0.0) + margin)} for {_title(selection, won['over'])}, {rank}"
    size = f"{formats.metric(abs(margin))} ± {formats.metric(error)}"
    if margin < 0:
        verdict = f"that is lower by {size}, too little to prefer it to what is simpler or steadier"
    elif error is None or margin < CHANCE_ERRORS * error:
        verdict = f"the difference, {size}, could be chance"
    else:
        verdict = f"{size} lower"
    return f"{opening}, against {other}: {verdict}. ± is one standard error over the rows."


def _what(selection: Mapping[str, Any]) -> str:
    return str(selection.get("metric") or "log_loss").replace("_", " ")


def _loss(one: Mapping[str, Any], what: str = "") -> float | None:
    value: float | None = one.get(f"log_loss{what}", one.get(f"squared_error{what}"))
    return value


def _capital(selection: Mapping[str, Any]) -> str:
    """The winner as a sentence begins; a backbone alone keeps the letters that it was given."""
    name = _winner(selection)
    given = {one.get("backbone") for one in selection["tried"]} - {None}
    return name if any(name.startswith(str(one)) for one in given) else name[:1].upper() + name[1:]


def _entries(selection: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Everything tried, best first; a mean that won is an entry too."""
    won = selection.get("winner") or {}
    mean = [{**won, "kind": "mean", "weight": 1.0}] if won.get("name") == ENSEMBLE else []
    entries = [*selection["tried"], *mean]
    return sorted(entries, key=lambda one: (_loss(one) is None, _loss(one)))


def _name(selection: Mapping[str, Any], one: Mapping[str, Any]) -> str:
    if one.get("name") == ENSEMBLE:
        return "the mean chosen"
    return _title(selection, one.get("name")).replace(" fine-tuned at depth ", ", depth ")


def _row(selection: Mapping[str, Any], one: Mapping[str, Any]) -> dict[str, Any]:
    kind = KINDS.get(str(one.get("kind")), str(one.get("kind")))
    return {
        "name": _name(selection, one),
        "kind": f"{kind}; no better than its start" if one.get("fell_back") else kind,
        "log_loss": _loss(one),
        "error": _loss(one, "_error"),
        "auc": one.get("auc"),
        "weight": one.get("weight") or None,
        "seconds": one.get("seconds"),
        "chosen": one.get("name") == (selection.get("winner") or {}).get("name"),
    }


def _drawing(selection: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> DotDrawing:
    rows = []
    for one in entries:
        loss, error = _loss(one), _loss(one, "_error")
        chosen = one.get("name") == (selection.get("winner") or {}).get("name")
        spread = "" if error is None else f" ± {formats.metric(error)}"
        rows.append(
            Dot(
                label=_name(selection, one),
                value=loss,
                interval=None if loss is None or error is None else (loss - error, loss + error),
                text=formats.metric(loss) + spread + (", chosen" if chosen else ""),
                kind="trained" if chosen else "baseline",
            )
        )
    alt = "; ".join(f"{row.label}: {row.text}" for row in rows)
    return dots(
        f"{_what(selection).capitalize()} of everything tried, with one standard error; left is better",
        alt,
        rows,
    )


def _without(selection: Mapping[str, Any], rows: int) -> str:
    """The choice as it would have been without any pretrained backbone, and what pretraining brings."""
    other = selection.get("without_pretrained")
    if not other:
        return ""
    weights = sorted((other.get("weights") or {}).items(), key=lambda part: -part[1])
    parts = [(_title(selection, name), weight) for name, weight in weights if weight > 0]
    taken = _mean_of(parts) if parts else _title(selection, other.get("name"))
    opening = f"Without any pretrained backbone finxfer would have chosen {taken}."
    if not any(one.get("weight") and one.get("pretrained") for one in selection["tried"]):
        return f"{opening} That is what was chosen: pretraining brings nothing here."
    several = "macro_f1" in (other.get("test") or {})
    measured = other.get("difference") if several else as_gini(other.get("difference"))
    verdict = gain_verdict(None if measured is None else {**measured, "over": "without_pretrained"})
    if verdict.code == "not measured":
        return f"{opening} What pretraining brings is not measured: too few test rows of both outcomes."
    ends = formats.interval((verdict.low or 0.0, verdict.high or 0.0), "signed")
    value, metric = formats.signed(verdict.value), METRIC_TITLES[verdict.metric]
    if verdict.metric == "rmse" and verdict.value is not None:
        # Told as the change of the error, which is below zero where pretraining helps.
        value, _, ends = with_ends(
            -verdict.value, [-(verdict.high or 0.0), -(verdict.low or 0.0)], sign=True
        ).partition(" ")
    size = f"{metric} {value}, 95% interval {ends}, on the same {rows:,} test rows"
    words = {"better": "Pretraining brings a gain", "worse": "Pretraining did harm"}
    return f"{opening} {words.get(verdict.code, 'No gain from pretraining was found')}: {size}."
