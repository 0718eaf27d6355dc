"""The embedded test gateway: the stand-in bank, spoken to over HTTP like any other company."""
