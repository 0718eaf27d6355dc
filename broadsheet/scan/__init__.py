"""The leak scanner: walks a live site as those would who may not read, and looks for locked text.

It needs an address and nothing of this house: no settings, no database. ``walk.scan_site`` is the
door. First it learns what is locked (``learning``), then it becomes a reader whose allowance is
spent (``readers``), then it knocks at every door of every story (``doors``, ``around``) and looks
for the locked sentences in whatever comes back (``letters``, ``locked``).
"""
