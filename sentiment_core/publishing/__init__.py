"""Publishing: a model's card from its manifests and runs, its repository's folder, and the push to a hub."""
