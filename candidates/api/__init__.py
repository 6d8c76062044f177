"""The public API of recruiting: DRF views that parse, authorise, call one function of the floors below, and answer."""
