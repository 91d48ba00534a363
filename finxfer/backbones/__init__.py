"""Pretrained networks: their cards, stages and weights, one module per family."""
