"""Fine-tuning, freezing, the guard, baselines and the choice among them."""
