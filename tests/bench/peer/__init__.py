"""The same job as a flow of viewflow 2. An app of its own, installed by `viewflow_settings` alone.

Nothing here is imported by tests: viewflow is not in the environment they run in.
"""
