"""Side by side: our path and the peer or limit, alternately in one process. No timed tests."""
