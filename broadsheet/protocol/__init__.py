"""The few messages that gate and newsroom exchange: frozen values, encoded, with a version."""
