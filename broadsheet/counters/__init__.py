"""Sets of stories read per window: one contract, a store for one host and one for several."""
