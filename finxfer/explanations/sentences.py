"""Every sentence that explanations write, by language. Nothing here is HTML or markdown: whoever shows a
sentence escapes it for the place where it is shown."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {
    "en": {
        "raises": "{feature} is {value}, which adds {points} percentage points ({usual})",
        "lowers": "{feature} is {value}, which takes away {points} percentage points ({usual})",
        "raises_amount": "{feature} is {value}, which pushes the prediction up by {points} ({usual})",
        "lowers_amount": "{feature} is {value}, which pushes the prediction down by {points} ({usual})",
        "raises_class": (
            "{feature} is {value}, which adds {points} percentage points to this class ({usual})"
        ),
        "lowers_class": (
            "{feature} is {value}, which takes {points} percentage points from this class ({usual})"
        ),
        "theme": (
            "{theme} adds {points} percentage points, above all because {feature} is {value} ({usual})"
        ),
        "detail": "{feature} is {value}, {usual}",
        "typical": "typical: {typical}",
        "is_typical": "as is typical",
        "missing": "missing",
        "other": "other or missing",
        "any": "any value",
        "up_to": "up to {high}",
        "between": "above {low} up to {high}",
        "above": "above {low}",
        "asks_number": "Is {feature} at most {value}?",
        "asks_word": "Is {feature} {value}?",
        "scorecard": (
            "Score = {base} plus the points of one bin of each feature. 600 points are odds of 50 good "
            "customers to one bad; 20 points more double the odds."
        ),
        "tree": (
            "At most {depth} questions; each end holds the model's mean probability of its training rows."
        ),
        "surrogate": (
            "It tells R² {r2} [{low}, {high}] of the model's probabilities on {rows} test rows, and falls on "
            "the same side of the threshold for {agreement} of them."
        ),
        "surrogate_amount": (
            "It tells R² {r2} [{low}, {high}] of the model's predictions on {rows} test rows."
        ),
        "surrogate_flat": "The model gives every test row the same probability: there is nothing to tell.",
        "empty": "empty",
        "true": "yes",
        "false": "no",
        "stable": (
            "{given} reasons of {customers} declined customers, looked for again in {draws} draws ({groups} "
            "reference groups, {seeds} orders each). Held back from exports, because fewer than {least} of "
            "the draws have them among the four: {held}, of {affected} customers."
        ),
        "not_measured": (
            "{given} reasons of {customers} declined customers. Whether they would be given again against "
            "another reference group was not measured."
        ),
        "fidelity": (
            "R² is {r2} [{low}, {high}] against permutation paths with {evaluations} predictions of the "
            "model itself a customer, on {rows} customers that the explainer has not learned from. That "
            "standard repeats itself with R² {own}."
        ),
        "reference": (
            "Every value compares with a reference group of {rows} training rows, drawn so that the share of "
            "positive outcomes is that of the training data. “Typical” is this group's median, or its most "
            "frequent value. With another group of that size the base value would differ by about {points} "
            "percentage points (one standard error)."
        ),
        "reference_amount": (
            "Every value compares with a reference group of {rows} training rows, drawn evenly over the "
            "target's tenths. “Typical” is this group's median, or its most frequent value. With another "
            "group of that size the base value would differ by about {points} (one standard error)."
        ),
    }
}


def sentence(key: str, language: str = "en", **parts: str) -> str:
    """One sentence with its parts filled in."""
    return SENTENCES[language][key].format(**parts)
