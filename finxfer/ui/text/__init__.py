"""Every visible sentence, one module per page, so that the screens can speak another language."""
