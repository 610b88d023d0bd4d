"""Who asks, and whether they may: one check for both faces; what no rule names is refused."""
