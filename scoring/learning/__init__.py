"""The room for machine learning: plain tables in, cards and model files out. It knows no Django and no database.

Only modules in here load scikit-learn, numpy and scipy. Services and commands import from here inside the function
that needs it, so that no web process carries them.
"""
