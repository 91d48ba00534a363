"""Jobs as processes of their own: launching, queueing, running, resuming."""
