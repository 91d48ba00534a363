"""finxfer: transfer learning on financial customer data, with the evidence beside the claim."""

__version__ = "0.1.0"
