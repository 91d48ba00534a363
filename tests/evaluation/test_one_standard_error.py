"""The shallowest model that cannot be told from the best."""

from __future__ import annotations

import numpy as np
import pytest

from finxfer.evaluation.one_standard_error import one_standard_error

ROWS = 400


def losses(*shifts: float, spread: float = 0.1) -> list[np.ndarray]:
    """The same noise for every model, and a difference of its own for each beyond the first."""
    generator = np.random.default_rng(0)
    shared = generator.gamma(1.0, 0.5, ROWS)
    return [shared + shift + spread * _centred(generator.normal(size=ROWS)) for shift in shifts]


def _centred(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / values.std()


def test_the_first_within_one_standard_error_is_recommended() -> None:
    # The error of a difference is about 0.1 * sqrt(2) / sqrt(400) = 0.007.
    ranked = one_standard_error(losses(0.05, 0.004, 0.0))
    assert (ranked.best, ranked.recommended) == (2, 1)
    assert [one.within for one in ranked.behind] == [False, True, True]
    assert ranked.behind[1].value == pytest.approx(0.004)
    assert ranked.behind[1].error == pytest.approx(0.007, abs=0.001)
    assert (ranked.behind[2].value, ranked.behind[2].error) == (0.0, 0.0)


def test_pairing_tells_apart_what_means_alone_do_not() -> None:
    """A twentieth of the noise is the models' own: the error of the best's own mean would take in both."""
    made = losses(0.005, 0.0, spread=0.01)
    alone = made[1].std() / np.sqrt(ROWS)
    ranked = one_standard_error(made)
    assert made[0].mean() < made[1].mean() + alone
    assert ranked.recommended == ranked.best == 1


def test_equal_models_are_level_and_the_shallowest_is_the_best() -> None:
    (one,) = losses(0.0)
    ranked = one_standard_error([one, one.copy(), one.copy()])
    assert (ranked.best, ranked.recommended) == (0, 0)
    assert all(behind.within for behind in ranked.behind)


def test_a_loss_that_is_no_number_counts_against_its_model() -> None:
    broken, fine = losses(0.0, 0.1)
    broken[3] = np.nan
    ranked = one_standard_error([broken, fine])
    assert ranked.recommended == ranked.best == 1
    assert not ranked.behind[0].within


def test_a_single_row_has_no_error() -> None:
    ranked = one_standard_error([np.array([0.3]), np.array([0.2])])
    assert ranked.recommended == 1 and ranked.behind[0].error == 0.0


@pytest.mark.parametrize("made", [[], [np.zeros(0)], [np.zeros(3), np.zeros(2)]])
def test_losses_of_other_rows_are_refused(made: list[np.ndarray]) -> None:
    with pytest.raises(ValueError, match="same rows"):
        one_standard_error(made)
