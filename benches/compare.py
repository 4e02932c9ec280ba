#!/usr/bin/env python3
"""Lays this library's training steps beside those of other libraries, measured in turn on the same machine.

    python3 benches/compare.py --peer 'jax=python train_jax.py --threads {threads} --nets {net}' \\
                               --peer 'rustyml=rustyml-bench {net}' …

Each peer is a command that prints rows of the form of the `throughput` program,

    | name | net | batch | threads | microseconds a step | … |        and        | name-infer | net | 1 | threads | … us |

with {net} and {threads} filled in; a command that is not there is left out with a message. Round after round every program
runs once for each net, so that all of them meet the same moods of the machine; medians over the rounds are compared. On one
thread each is pinned to one core. Needs nothing but Python's standard library.
"""
import argparse
import os
import re
import shlex
import shutil
import statistics
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nets", default="abcde")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epoch", action="store_true", help="also shuffled epochs of this library")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND")
    return parser.parse_args()


def rows(text):
    """The rows of a program: {(net, batch, 'step' or 'infer'): microseconds}."""
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) < 5 or not re.fullmatch("[a-e]", cells[1]):
            continue
        if cells[0].startswith("by-hand"):
            continue
        numbers = re.findall(r"[\d.]+(?= us)", line) if "infer" in cells[0] else [cells[4]]
        kind = "infer" if "infer" in cells[0] else "step"
        found[cells[1], int(cells[2]), kind] = min(map(float, numbers))
    return found


def by_hand(text):
    """Microseconds of the prediction by plain loops that this library's program measures for the network e."""
    return [float(us) for us in re.findall(r"^\| by-hand-infer .* ([\d.]+) us", text, re.MULTILINE)]


def epochs(text):
    """Samples a second of this library's shuffled epochs, and of its steps."""
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if cells[0] == "gradflow" and len(cells) > 6 and cells[6]:
            found[cells[1], int(cells[2])] = float(cells[6]) / float(cells[5])
    return found


def run(command, net, threads):
    filled = [part.format(net=net, threads=threads) for part in shlex.split(command)]
    pin = ["taskset", "-c", "0"] if threads == 1 and shutil.which("taskset") else []
    environment = dict(os.environ, RAYON_NUM_THREADS=str(threads), OMP_NUM_THREADS=str(threads))
    done = subprocess.run(pin + filled, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(filled)} failed:\n{done.stderr}")
    return done.stdout


def main():
    args = arguments()
    subprocess.run(["cargo", "build", "--release", "-q", "-p", "gradflow-benches"], cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    own = f"{target}/release/throughput {{net}} --threads {{threads}} --infer{' --epoch' if args.epoch else ''}"
    programs = {"gradflow": own}
    for peer in args.peer:
        name, _, command = peer.partition("=")
        if shutil.which(shlex.split(command)[0]):
            programs[name] = command
        else:
            print(f"{name} is left out: there is no program {shlex.split(command)[0]}")

    seen, shares = defaultdict(list), defaultdict(list)
    for net in args.nets:
        for _ in range(args.rounds):
            for name, command in programs.items():
                text = run(command, net, args.threads)
                for key, us in rows(text).items():
                    seen[(name, *key)].append(us)
                if name == "gradflow":
                    for key, share in epochs(text).items():
                        shares[key].append(share)
                    for us in by_hand(text):
                        seen["by hand", "e", 1, "infer"].append(us)

    if ("by hand", "e", 1, "infer") in seen:
        programs["by hand"] = None
    peers = [name for name in programs if name != "gradflow"]
    print(f"{args.threads} thread(s), medians of {args.rounds} rounds in turn, microseconds; ratio = fastest peer / gradflow")
    print("| net | batch | what | gradflow | " + " | ".join(peers) + " | ratio | epoch/step rate |")
    print("|" + "---|" * (len(peers) + 6))
    for net, batch, kind in sorted({key[1:] for key in seen if key[0] == "gradflow"}):
        median = {name: statistics.median(seen[name, net, batch, kind]) for name in programs if seen.get((name, net, batch, kind))}
        others = {name: us for name, us in median.items() if name != "gradflow"}
        rivals = {name: us for name, us in others.items() if name != "by hand"}
        ratio, best = min(((us / median["gradflow"], name) for name, us in rivals.items()), default=(float("nan"), "-"))
        share = f"{statistics.median(shares[net, batch]):.2f}" if shares.get((net, batch)) and kind == "step" else ""
        cells = [f"{others[name]:.2f}" if name in others else "" for name in peers]
        print(f"| {net} | {batch} | {kind} | {median['gradflow']:.2f} | {' | '.join(cells)} | {ratio:.2f} ({best}) | {share} |")


if __name__ == "__main__":
    main()
