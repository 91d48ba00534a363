"""What pages and worker both read and write: specs, run folders, events, stored tables. No torch here."""
