"""The public API of rooms and interviews: DRF views that parse, authorise, call one function below them, and answer."""
