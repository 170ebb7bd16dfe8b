"""From the results of the pairs to ratios, outcomes and lines of a table."""

import statistics

NOISE = 0.05  # a difference below this is "even": the same library compared with itself differs as much
SIDES = ("ours", "libzmq", "beside", "limit")


def spread(values):
    if not values:
        return None
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "all": values}


def values_of(figure, results):
    return [sum(result[key] for key in figure.keys) if result and all(key in result for key in figure.keys) else None
            for result in results]


def ratio(ours, others):
    return spread([a / b for a, b in zip(ours, others) if a is not None and b])


def meets(measured, target, better):
    return measured >= target if better == "higher" else measured <= target


def verdict(measured, better):
    """Against libzmq: only what every pair agrees on, by more than the noise, counts."""
    low, high = measured["min"], measured["max"]
    if better == "lower":
        low, high = 1 / high, 1 / low
    return "win" if low > 1 + NOISE else "LOSS" if high < 1 - NOISE else "even"


def judge(row, figure, results):
    """One line of the table, as data."""
    values = {side: values_of(figure, results[side]) for side in results if figure.has_beside or side != "beside"}
    line = {"name": f"{row.name} {figure.label}".strip(), "unit": figure.unit, "better": figure.better,
            "at_most": figure.at_most, "checks": []}
    for side in SIDES:
        line[side] = spread([v for v in values.get(side, []) if v is not None])
    for side, target in (("libzmq", figure.to_libzmq), ("beside", figure.to_beside)):
        measured = ratio(values["ours"], values.get(side, []))
        line[f"to_{side}"], line[f"to_{side}_target"] = measured, target
        if measured and target is not None:
            least = ratio(values.get("limit", []), values.get(side, []))
            line["checks"].append(check(f"to_{side}", measured, target, figure.better, least))
    if figure.at_most is not None and line["ours"]:
        line["checks"].append(check("at_most", line["ours"], figure.at_most, "lower", line["limit"]))
    line["verdict"] = verdict(line["to_libzmq"], figure.better) if line["to_libzmq"] else None
    return line


def check(what, measured, target, better, limit):
    """A target, whether it is met, and what the limit makes of it: None where there is none."""
    return {"what": what, "met": meets(measured["median"], target, better), "limit": limit and limit["median"],
            "beyond": bool(limit) and not meets(limit["median"], target, better)}


def judge_row(row, results):
    """`results`: side -> a result, or None where the run failed, per pair."""
    lines = [judge(row, figure, results) for figure in row.figures]
    cpu = {side: [r.get("cpu_per_million") if r else None for r in results[side]] for side in results}
    first = lines[0]
    first["cpu_ours"], first["cpu_libzmq"] = (spread([v for v in cpu.get(s, []) if v is not None]) for s in ("ours", "libzmq"))
    first["cpu_ratio"], first["cpu_target"] = ratio(cpu["ours"], cpu.get("libzmq", [])), row.cpu_target
    if first["cpu_ratio"] and row.cpu_target:
        least = ratio(cpu.get("limit", []), cpu.get("libzmq", []))
        first["checks"].append(check("CPU", first["cpu_ratio"], row.cpu_target, "lower", least))
    for line in lines:
        line["outcome"] = outcome(line)
    return {"row": row.name, "group": row.group, "beside": row.beside_what if row.beside else None,
            "limit": row.limit_what if row.limit else None, "size": row.size,
            "transport": row.transport, "lines": lines, "runs": results}


NAMES = {"to_libzmq": "", "to_beside": "of beside ", "at_most": "", "CPU": "CPU "}


def outcome(line):
    """`beyond`: what is missed is missed by the limit, too; in brackets what that comes to. `MISSED`: some is not."""
    if not line["ours"]:
        return "FAILED"
    missed = [one for one in line["checks"] if not one["met"]]
    word = "-" if not line["checks"] else "met"
    if missed:
        beyond = all(one["beyond"] for one in missed)
        ours = [one for one in missed if one["beyond"] == beyond]
        notes = [(NAMES[one["what"]] + (f"{one['limit']:.2f}" if one["limit"] else "")).strip() for one in ours]
        notes = [note for note in notes if note]
        word = ("beyond" if beyond else "MISSED") + (f" ({', '.join(notes)})" if notes else "")
    return f"{word}, LOSS" if line["verdict"] == "LOSS" else word


def number(x):
    if x is None:
        return "-"
    for factor, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if x >= factor:
            return f"{x / factor:.3g}{letter}" if x < 100 * factor else f"{x / factor:.0f}{letter}"
    return f"{x:.3g}" if x < 100 else f"{x:.0f}"


def median(measured):
    return number(measured and measured["median"])


def compared(measured, target, better):
    """2.07 (1.90..2.31) >=2.5"""
    if not measured:
        return "-"
    text = f"{measured['median']:.2f}"
    if len(measured["all"]) > 1:
        text += f" ({measured['min']:.2f}..{measured['max']:.2f})"
    if target is not None:
        text += f" {'>=' if better == 'higher' else '<='}{target:g}"
    return text


HEADINGS = ["row", "unit", "ours", "libzmq", "beside", "ours/libzmq", "ours/beside", "CPU ours", "libzmq", "ratio", "outcome"]
WIDTHS = [40, 6, 8, 8, 8, 26, 26, 9, 7, 11, 12]


def cells(line):
    ours = median(line["ours"])
    if line["at_most"] is not None:
        ours += f" <={number(line['at_most'])}"
    cpu = compared(line.get("cpu_ratio") and {**line["cpu_ratio"], "all": [0]}, line.get("cpu_target"), "lower")
    return [line["name"], line["unit"], ours, median(line["libzmq"]), median(line["beside"]),
            compared(line["to_libzmq"], line["to_libzmq_target"], line["better"]),
            compared(line["to_beside"], line["to_beside_target"], line["better"]),
            median(line.get("cpu_ours")), median(line.get("cpu_libzmq")), cpu, line["outcome"]]


def text_line(texts):
    padded = [texts[0].ljust(WIDTHS[0])] + [text.rjust(width) for text, width in zip(texts[1:-1], WIDTHS[1:])]
    return " ".join(padded) + "  " + texts[-1]


def closing(table):
    """How many targets were met, and every loss by name."""
    lines = [line for row in table for line in row["lines"]]
    words = [line["outcome"] for line in lines]
    losses = [line["name"] for line in lines if line["verdict"] == "LOSS"]
    counted = {name: sum(word.startswith(name) for word in words) for name in ("met", "beyond", "MISSED", "-", "FAILED")}
    text = f"{counted['met']} met, {counted['beyond']} beyond the machine, {counted['MISSED']} missed, {counted['-']} without a target, {counted['FAILED']} failed; " \
           f"slower than libzmq in every pair: {len(losses)}"
    return text + (" (" + ", ".join(losses) + ")" if losses else "")
