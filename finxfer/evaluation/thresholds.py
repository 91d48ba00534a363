"""The decision threshold: chosen on validation rows, only reported on test rows.

The rule is Youden's J: the threshold with the largest recall minus false-positive rate (Youden 1950). It is
where the Kolmogorov-Smirnov distance of the two score distributions is reached, the cut-off that credit risk
already knows; it needs no costs, which nobody has stated yet, and it does not collapse to "flag nobody" where
positives are rare, as accuracy and the plain 0.5 do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from finxfer.evaluation.metrics import as_labels, as_probabilities, has_both_classes, score_groups

NO_INFORMATION_THRESHOLD = 0.5


def choose_threshold(y_validation: ArrayLike, p_validation: ArrayLike) -> float:
    """Threshold in (0, 1] to flag rows with `p >= threshold`, by Youden's J on the validation rows.

    The threshold lies half-way between the lowest flagged and the highest unflagged score, so that no row
    sits on it by rounding. Of several equally good ones the highest is taken: it flags the fewest.
    Where one class is absent or all scores are equal, the rows hold no information and 0.5 is returned.
    """
    y = as_labels(y_validation)
    p = as_probabilities(p_validation, len(y))[y >= 0]
    y = y[y >= 0]
    if not has_both_classes(y):
        return NO_INFORMATION_THRESHOLD
    groups = score_groups(p)
    if len(groups.scores) == 1:
        return NO_INFORMATION_THRESHOLD
    positive, negative = groups.sums((y == 1).astype(float)), groups.sums((y == 0).astype(float))
    # Youden's J when everything from distinct score i (i >= 1) upwards is flagged.
    youden = (np.cumsum(negative) / negative.sum() - np.cumsum(positive) / positive.sum())[:-1]
    best = len(youden) - 1 - int(np.argmax(np.round(youden[::-1], 12)))
    low, high = groups.scores[best], groups.scores[best + 1]
    middle = float(low + (high - low) / 2)
    return middle if middle > low else float(high)
