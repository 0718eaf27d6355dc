"""Sets of stories read per window: one contract, a store for one host; used by gate and meter."""
