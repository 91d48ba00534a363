"""Recipes and priors that make backbones."""
