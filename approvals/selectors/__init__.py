"""Finished plates for screens and answers: loaded, ordered, scoped by `for_user`."""
