#!/usr/bin/env python3
"""Steps of one process and of two, in turn, and PyTorch's DistributedDataParallel with gloo beside them (benches/ddp.py), if its Python is named.

    cargo build --release --manifest-path crates/mpi/Cargo.toml --bin gradflow-mpi-steps --no-default-features --features measure
    python3 benches/ranks.py PATH/TO/gradflow-mpi-steps [--rounds 8] [--python PATH]

The network of the example cifar10 with mini-batches of 256 in all, one thread each. Prints the medians over the rounds of the median times of
a step in microseconds, and of the ratios within each round.
"""
import argparse
import re
import statistics
import subprocess
from pathlib import Path

RUN = ["mpirun", "--allow-run-as-root", "--bind-to", "none", "-n"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("steps")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--python")
    said = parser.parse_args()
    ours = lambda ranks, pieces: [*RUN, str(ranks), said.steps, "step", "cifar", "256", str(pieces), "40"]
    commands = {
        "1 process, 1 piece": ours(1, 1),
        "1 process, 12 pieces": ours(1, 12),
        "2 processes, 2 pieces": ours(2, 2),
        "2 processes, 12 pieces": ours(2, 12),
    }
    if said.python:
        script = str(Path(__file__).with_name("ddp.py"))
        for ranks in 1, 2:
            commands[f"torch, {ranks}"] = [said.python, script, str(ranks), "256", "40"]
    times = {name: [] for name in commands}
    for _ in range(said.rounds):
        for name, command in commands.items():
            out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            times[name].append(float(re.search(r"median=([\d.]+)", out)[1]))
    for name, all in times.items():
        print(f"{name}: {statistics.median(all):.0f} us (least {min(all):.0f})")
    pairs = [(a, b) for a in times for b in times if a != b and b.startswith("2 processes")]
    for slow, fast in pairs:
        ratios = [a / b for a, b in zip(times[slow], times[fast])]
        print(f"{slow} / {fast}: {statistics.median(ratios):.2f} (least times {min(times[slow]) / min(times[fast]):.2f})")


if __name__ == "__main__":
    main()
