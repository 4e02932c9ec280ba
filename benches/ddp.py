"""Steps of PyTorch's DistributedDataParallel with gloo on the network of the example cifar10, beside gradflow-mpi-steps.

    python3 benches/ddp.py 2 256 30

two processes of one thread each, a mini-batch of 256 in all, the median and the lower quartile of 30 steps in microseconds.
"""

import os
import sys
import time

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn
from torch.nn.parallel import DistributedDataParallel


def train(rank, ranks, batch, steps):
    os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
    os.environ.setdefault("MASTER_PORT", "29511")
    torch.set_num_threads(1)
    torch.manual_seed(1)
    net = nn.Sequential(
        nn.Conv2d(3, 5, 3), nn.Softsign(), nn.MaxPool2d(2),
        nn.Conv2d(5, 8, 5, stride=2), nn.Softsign(), nn.Flatten(), nn.Linear(288, 10),
    )
    if ranks > 1:
        dist.init_process_group("gloo", rank=rank, world_size=ranks)
        net = DistributedDataParallel(net)
    rule = torch.optim.Adam(net.parameters(), lr=1e-4, fused=True)
    each = batch // ranks
    data = torch.rand(each * 4, 3, 32, 32)
    labels = torch.arange(each * 4) * 7 % 10
    loss = nn.CrossEntropyLoss()
    times = []
    for step in range(steps + 3):
        start = time.perf_counter()
        some = torch.randperm(each * 4)[:each]
        rule.zero_grad(set_to_none=True)
        loss(net(data[some]), labels[some]).backward()
        rule.step()
        if step >= 3:
            times.append((time.perf_counter() - start) * 1e6)
    times.sort()
    if rank == 0:
        at = lambda part: times[int((len(times) - 1) * part)]
        print(f"torch cifar {batch} ranks={ranks} median={at(0.5):.1f} quartile={at(0.25):.1f}", flush=True)
    if ranks > 1:
        dist.destroy_process_group()


if __name__ == "__main__":
    ranks, batch, steps = (int(argument) for argument in sys.argv[1:4])
    if ranks == 1:
        train(0, 1, batch, steps)
    else:
        mp.spawn(train, (ranks, batch, steps), nprocs=ranks)
