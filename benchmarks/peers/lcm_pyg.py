# Licensed under the Apache License, Version 2.0; see LICENSE.
"""Times PyTorch Geometric's LCMAggregation (pip install torch torch-geometric).

The shapes are those of: mvn -q -Presults "-Dresults=lcm speed". Set OMP_WAIT_POLICY=PASSIVE for both, and
OMP_NUM_THREADS=1 for one thread. Run the two in turns, several times, and compare the shortest times.
Where the sets have different sizes, the peer pads them to the longest with zeros.
"""
import statistics
import time
import warnings

import torch
from torch_geometric.nn.aggr import LCMAggregation

warnings.filterwarnings("ignore")
REPEATS = 31
WARM_UP = 0.7  # seconds
# Sets, elements of each (0: by a power law), features.
SHAPES = [
    (1, 16, 32), (1, 64, 32), (1, 256, 32), (1, 1024, 32), (1, 4096, 32),
    (16, 1024, 32), (128, 16, 128), (256, 0, 64),
]


def lengths(sets, n):
    return [n if n else int(min(1024, (1 - (i + 0.5) / sets) ** (-1 / 1.1))) for i in range(sets)]


def times(body):
    end = time.perf_counter() + WARM_UP
    while time.perf_counter() < end:
        body()
    taken = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        body()
        taken.append((time.perf_counter() - start) * 1e3)
    return f"{statistics.median(taken):.2f} (shortest {min(taken):.2f}) ms"


torch.manual_seed(1)
for sets, n, features in SHAPES:
    sizes = torch.tensor(lengths(sets, n))
    index = torch.repeat_interleave(torch.arange(sets), sizes)
    x = torch.randn(len(index), features)
    lcm = LCMAggregation(features, features, project=False)

    def forward():
        with torch.no_grad():
            lcm(x, index, dim_size=sets)

    def step():
        y = x.clone().requires_grad_()
        lcm.zero_grad()
        lcm(y, index, dim_size=sets).sum().backward()

    print(
        f"pyg   sets {sets} n {n} F {features}: forward {times(forward)},"
        f" forward and backward {times(step)}",
        flush=True,
    )
