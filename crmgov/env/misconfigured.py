"""What is raised where the surroundings cannot be worked with."""


class Misconfigured(Exception):
    """The surroundings contradict themselves. The message says which variable to set."""
