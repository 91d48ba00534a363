"""SHAP values on the probability scale, reasons in words, and their files; shap is imported when used."""
