"""Reports: what finished runs measured of several models, as one tree of sections: HTML, Markdown, JSON."""
