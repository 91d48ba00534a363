"""Judging without flattery: what a row is rated with was chosen by other rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from finxfer.backbones.card import Card
from finxfer.backbones.protocol import Report, TrainingData
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.blend import HALF_ROWS, blend, prior_weights
from finxfer.training.candidates import Baseline, Boosted, Logistic, Work
from finxfer.training.cross_validation import Keeper, Scored, Trials, chosen_elsewhere
from finxfer.training.folds import Folds, make_folds
from finxfer.training.guard import validate
from tests.training.made import QUICK, never, silent, training_data

WORK = Work(QUICK, 0, "cpu", silent, never)


class Noise(Baseline):
    """Very many variants that know nothing: the best by chance looks good to whoever chose it."""

    def raw(self, data: TrainingData, report: Report) -> np.ndarray:
        seed = [len(self.name), int(1000 * data.frame_validation["debt"].sum())]
        return 0.5 * np.random.default_rng(seed).normal(size=(400, len(data.y_validation)))


def trials(folds: Folds, folder: Path | None = None, work: Work = WORK) -> Trials:
    return Trials(folds, work, Keeper(folder, folds, work), of=folds.pieces)


def test_a_row_s_own_part_has_no_say_in_its_variant() -> None:
    parts = np.array([0, 0, 1, 1, 2, 2])
    losses = np.array([[9.0, 9, 1, 1, 1, 1], [1, 1, 2, 2, 2, 2], [3, 3, 3, 3, 3, 3]])
    mine, overall = chosen_elsewhere(losses, parts)
    # Part 0 would choose variant 1 for itself; the others choose 0 for it, and 1 where part 0 is heard.
    assert mine.tolist() == [0, 0, 1, 1, 1, 1] and overall == 1
    alone, best = chosen_elsewhere(losses[:, :2], parts[:2])
    assert alone.tolist() == [1, 1] and best == 1


def test_the_best_of_many_useless_variants_is_not_flattered() -> None:
    folds = make_folds(training_data(), 0)
    rows = np.concatenate([folds.asked(number) for number in range(folds.pieces)])
    candidate = Noise("noise", WORK)
    table = np.concatenate(
        [candidate.raw(folds.piece(number), silent) for number in range(folds.pieces)], axis=1
    )[:, np.argsort(rows)]
    flattered = min(validate(folds.targets, entry).loss for entry in table)
    chance = np.mean([validate(folds.targets, entry).loss for entry in table])
    assert flattered < chance - 0.05
    several = [trials(folds).score(Noise("noise" + "!" * more, WORK)) for more in range(12)]
    assert np.mean([scored.loss for scored in several]) > chance - 0.02
    # Weights chosen by the same rows that judge them would find much in twelve times nothing.
    even = np.mean([scored.raw for scored in several], axis=0)
    assert blend(several, folds).loss > validate(folds.targets, even).loss - 0.01


def test_log_odds_come_in_the_order_of_the_rows() -> None:
    folds = make_folds(training_data(), 0)
    scored = trials(folds).score(Logistic("logistic_regression", WORK))
    assert scored.loss == pytest.approx(validate(folds.targets, scored.raw).loss)
    shuffled = np.random.default_rng(0).permutation(scored.raw)
    assert validate(folds.targets, shuffled).loss > scored.loss + 0.03


def test_what_is_kept_is_not_trained_again_and_belongs_to_its_rows(tmp_path: Path) -> None:
    folds = make_folds(training_data(), 0)
    first = trials(folds, tmp_path).score(Boosted("lightgbm", WORK))
    model = Keeper(tmp_path, folds, WORK).model(first, folds)

    class Untrained(Boosted):
        def raw(self, data: TrainingData, report: Report) -> np.ndarray:
            raise AssertionError("trained again")

        def fit(self, *arguments: object) -> None:  # type: ignore[override]
            raise AssertionError("fitted again")

    again = trials(folds, tmp_path).score(Untrained("lightgbm", WORK))
    assert np.array_equal(again.raw, first.raw) and again.seconds == first.seconds
    frame = training_data().frame_validation
    kept = Keeper(tmp_path, folds, WORK).model(replace(again), folds)
    assert np.array_equal(kept.predict(frame), model.predict(frame))
    for other in (make_folds(training_data(), 1), make_folds(training_data(seed=2), 0)):
        with pytest.raises(AssertionError, match="trained again"):
            trials(other, tmp_path).score(Untrained("lightgbm", WORK))


def test_balanced_weights_keep_the_default_rate() -> None:
    work = replace(WORK, settings=TrainingSettings(class_weighting="balanced"))
    folds = make_folds(training_data(400), 0)
    scored = trials(folds, work=work).score(Logistic("logistic_regression", work))
    rate = folds.targets.mean()
    assert (1 / (1 + np.exp(-scored.raw))).mean() == pytest.approx(rate, abs=0.01)
    model = scored.candidate.fit(folds, scored.variant, scored.logit_shift)
    assert model.predict(folds.frame).mean() == pytest.approx(rate, abs=0.02)


def test_the_progress_tells_candidate_and_fold() -> None:
    told: list[tuple[str, dict[str, object]]] = []
    work = replace(WORK, report=lambda kind, **fields: told.append((kind, fields)))
    folds = make_folds(training_data(), 0)
    trials(folds, work=work).score(Logistic("logistic_regression", work))
    progress = [fields for kind, fields in told if kind == "progress"]
    assert [(one["done"], one["of"], one["fold"], one["folds"]) for one in progress] == [
        (number, 5, number + 1, 5) for number in range(5)
    ]
    (candidate,) = [fields for kind, fields in told if kind == "candidate"]
    assert candidate["name"] == "logistic_regression" and candidate["fell_back"] is False


def test_the_prior_favours_what_was_pretrained_and_is_even_without_it() -> None:
    folds = make_folds(training_data(), 0)
    scored = trials(folds).score(Logistic("logistic_regression", WORK))
    pretrained = replace(scored, candidate=Logistic("other", WORK))
    pretrained.candidate.kind = "as-is"
    assert prior_weights([scored, scored], 300).tolist() == [0.5, 0.5]
    weights = prior_weights([pretrained, scored, scored], 0)
    assert weights.sum() == pytest.approx(1) and weights[0] > 3 * weights[1] and weights[1] == weights[2]
    half = prior_weights([pretrained, scored, scored], HALF_ROWS)
    assert half[0] == pytest.approx(weights[0] / 2) and half.sum() == pytest.approx(1)
    assert isinstance(scored, Scored)


def test_the_prior_lets_a_source_that_knows_the_task_speak_first() -> None:
    folds = make_folds(training_data(), 0)
    baseline = trials(folds).score(Logistic("logistic_regression", WORK))

    def like(kind: str, from_source: bool) -> Scored:
        candidate = Logistic("other", WORK)
        candidate.kind, candidate.from_source = kind, from_source
        return replace(baseline, candidate=candidate)

    pool = [like("as-is", True), like("as-is", True), like("corrected", True), like("as-is", False), baseline]
    few, many = prior_weights(pool, 100), prior_weights(pool, 20_000)
    assert few.sum() == pytest.approx(1) and many.sum() == pytest.approx(1)
    assert few[0] == few[1] and few[:2].sum() == pytest.approx(2 * few[2])
    assert few[:3].sum() > 0.85 and few[4] == few[3] < 0.1
    assert many[:3].sum() < 0.5


def test_what_is_kept_of_a_backbone_is_not_taken_for_another_of_its_name(tmp_path: Path) -> None:
    folds = make_folds(training_data(), 0)
    keeper = Keeper(tmp_path, folds, WORK)
    old, new = (Logistic("book, as-is", WORK) for _ in range(2))
    old.card, new.card = (
        Card(
            "book",
            "Book",
            "mlp",
            [],
            {"name": "head", "title": "Head", "parameters": 1},
            1,
            sha256=letter * 64,
        )
        for letter in "ab"
    )
    keeper.keep(old, 0, np.zeros((1, 3)), 1.0)
    assert keeper.raw(old, 0) is not None and keeper.raw(new, 0) is None
