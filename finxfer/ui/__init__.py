"""The screens. Nothing here computes on customer rows or imports torch, shap or lightgbm."""
