# Licensed under the Apache License, Version 2.0; see LICENSE.
"""PyTorch Geometric's LCMAggregation as the peer of: mvn -q -Presults "-Dresults=lcm speed --peer python3".

That command starts this script (pip install torch torch-geometric) and times both in turns, with these lines:

    shape PATH LENGTH...     sets of these sizes; the file has the features, then the weights and the elements in float32
    values PATH              writes the results in float32
    forward|step SECONDS N   warms up, then answers N times in milliseconds

Where the sets have different sizes, the peer pads them to the longest with zeros, so that its results are others.
"""
import sys
import time
import warnings

import numpy
import torch
from torch_geometric.nn.aggr import LCMAggregation

warnings.filterwarnings("ignore")


class Sets:
    """The sets of one shape and the aggregation over them."""

    def __init__(self, path, lengths):
        numbers = torch.from_numpy(numpy.fromfile(path, dtype=numpy.float32))
        features, numbers = int(numbers[0]), numbers[1:]
        self.sets = len(lengths)
        self.index = torch.repeat_interleave(torch.arange(self.sets), torch.tensor(lengths))
        self.lcm = LCMAggregation(features, features, project=False)
        for parameter in self.lcm.parameters():
            parameter.data = numbers[: parameter.numel()].reshape(parameter.shape).clone()
            numbers = numbers[parameter.numel():]
        self.x = numbers.reshape(-1, features).clone()

    def forward(self):
        with torch.no_grad():
            return self.lcm(self.x, self.index, dim_size=self.sets)

    def step(self):
        y = self.x.clone().requires_grad_()
        self.lcm.zero_grad()
        self.lcm(y, self.index, dim_size=self.sets).sum().backward()


def times(body, seconds, repeats):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        body()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        body()
        taken.append((time.perf_counter() - start) * 1e3)
    return " ".join(map(str, taken))


for line in sys.stdin:
    command, *arguments = line.split()
    if command == "shape":
        sets = Sets(arguments[0], [int(n) for n in arguments[1:]])
        answer = "ready"
    elif command == "values":
        sets.forward().numpy().tofile(arguments[0])
        answer = "written"
    else:
        answer = times(getattr(sets, command), float(arguments[0]), int(arguments[1]))
    print(answer, flush=True)
