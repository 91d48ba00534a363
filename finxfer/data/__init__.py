"""Reading tables, proposing roles, checking quality, splitting, encoding, and the samples."""
