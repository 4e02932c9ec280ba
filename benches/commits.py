#!/usr/bin/env python3
"""Builds any two commits of this repository and compares the speed of their training steps and predictions, in alternation.

    benches/commits.py OLD [NEW] [--nets abcde] [--rounds 7] [--threads 1] [--instructions a1,c1,e1]

Each commit is checked out and built in release beside the other in a folder of its own (--into, kept, so that a second
call need not build). Then `throughput --infer` runs in turn, old and new, and the table shows the best and the median of
the rounds: the best of seven is what the machine can do when nobody disturbs it. NEW defaults to HEAD. With --instructions,
callgrind counts what one step executes, by the difference of two runs of different length; noise does not touch that.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile


def run(*command, cwd=None):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def build(commit, into):
    """The folder with the programs of a commit."""
    name = run("git", "rev-parse", "--short=12", commit).strip()
    tree = os.path.join(into, name)
    if not os.path.isdir(tree):
        run("git", "worktree", "add", "--detach", tree, name)
    print(f"building {commit} ({name})", file=sys.stderr)
    run("cargo", "build", "--release", "--locked", "-p", "gradflow-benches", "--bins", cwd=tree)
    return os.path.join(tree, "target", "release")


def rows(programs, options):
    """Microseconds by row of the table that `throughput` prints."""
    text = run(os.path.join(programs, "throughput"), options.nets, "--infer", "--threads", str(options.threads))
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
        if cells[0] == "gradflow":
            found[f"{cells[1]} {cells[2]}"] = float(cells[4])
        elif cells[0] == "gradflow-infer":
            found[f"{cells[1]} predict"] = float(cells[4].split()[0])
    return found


def instructions(programs, net, batch, steps):
    """Instructions of the whole program `steps`, for so many steps."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out")
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
        command += [os.path.join(programs, "throughput"), net, "--batch", batch, "--steps", str(steps)]
        command += ["--level", "avx2"]
        done = subprocess.run(command, capture_output=True, text=True)
        count = re.search(r"Collected : (\d+)", done.stderr)
        return int(count.group(1)) if count else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new", nargs="?", default="HEAD")
    parser.add_argument("--nets", default="abcde")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--into", default=os.path.join(tempfile.gettempdir(), "gradflow-commits"))
    parser.add_argument("--instructions", default="")
    options = parser.parse_args()
    programs = [build(commit, options.into) for commit in (options.old, options.new)]
    if options.instructions:
        print("| net, batch | instructions a step: old | new | new/old |\n|---|---|---|---|")
        for row in options.instructions.split(","):
            net, batch = row[0], row[1:]
            counts = [[instructions(p, net, batch, n) for n in (20, 220)] for p in programs]
            if None in counts[0] + counts[1]:
                sys.exit("valgrind or the option --steps of throughput is missing")
            old, new = [(more - less) / 200 for less, more in counts]
            print(f"| {net} {batch} | {old:.0f} | {new:.0f} | {new / old:.3f} |")
    if options.rounds == 0:
        return
    seen = [{}, {}]
    for turn in range(options.rounds):
        for which in (0, 1) if turn % 2 == 0 else (1, 0):
            for row, us in rows(programs[which], options).items():
                seen[which].setdefault(row, []).append(us)
        print(f"round {turn + 1} of {options.rounds}", file=sys.stderr)
    print("| row | old: best us | new: best us | new/old | old: median | new: median | new/old |")
    print("|---|---|---|---|---|---|---|")
    for row, old in seen[0].items():
        new = seen[1].get(row, [float("nan")])
        best, median = (min(old), min(new)), (statistics.median(old), statistics.median(new))
        print(
            f"| {row} | {best[0]:.3f} | {best[1]:.3f} | {best[1] / best[0]:.3f} "
            f"| {median[0]:.3f} | {median[1]:.3f} | {median[1] / median[0]:.3f} |"
        )


if __name__ == "__main__":
    main()
