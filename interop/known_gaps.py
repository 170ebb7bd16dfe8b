"""What known_gaps.toml lists for the suites of whole programs."""

import tomllib


def read_gaps(path, section, kind):
    """{row: reason} of this kind of run, and the rows among them that pass at times."""
    with open(path, "rb") as file:
        entries = tomllib.load(file).get(section, [])
    mine = [entry for entry in entries if entry.get("run", "zither") == kind]
    return ({row: entry["reason"] for entry in mine for row in entry["rows"]},
            {row for entry in mine if entry.get("race") for row in entry["rows"]})
