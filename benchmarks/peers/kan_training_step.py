"""Training steps of the public formulas of Kolmogorov-Arnold layers, in PyTorch.

A worker for the benchmark KanTrainingStep, which starts it, sends it one line for each step and
waits for the answer. Written from the published formulas; with --efficient-kan the public code of
efficient-kan (MIT) is imported from a checkout instead, for the figures that name it.

  kan_training_step.py METHOD WIDTHS BATCH [--efficient-kan DIR] [--threads N]

METHOD is efficient-kan, efficient-kan-unscaled, fastkan or relu-kan; WIDTHS is like 784,64,10.
Answers: "ready", then for "step" a "done", for "forward" a "done", for "memory" the growth of the
resident set in bytes at its peak since before the network was built.
"""

import argparse
import math
import sys

import torch
from torch import nn
from torch.nn import functional as F


class EfficientKanLayer(nn.Module):
    """silu(x) W_b + B(x) (W_s * scaler), Cox and de Boor by array operations."""

    def __init__(self, inputs, outputs, grid=5, order=3, scaled=True):
        super().__init__()
        self.order = order
        h = 2.0 / grid
        knots = torch.arange(-order, grid + order + 1) * h - 1
        self.register_buffer("knots", knots.expand(inputs, -1).contiguous())
        self.base = nn.Parameter(torch.empty(outputs, inputs))
        self.spline = nn.Parameter(0.1 / grid * torch.randn(outputs, inputs, grid + order))
        nn.init.kaiming_uniform_(self.base, a=math.sqrt(5))
        self.scaler = None
        if scaled:
            self.scaler = nn.Parameter(torch.empty(outputs, inputs))
            nn.init.kaiming_uniform_(self.scaler, a=math.sqrt(5))

    def basis(self, x):
        t = self.knots
        x = x.unsqueeze(-1)
        b = ((x >= t[:, :-1]) & (x < t[:, 1:])).to(x.dtype)
        for p in range(1, self.order + 1):
            left = (x - t[:, : -(p + 1)]) / (t[:, p:-1] - t[:, : -(p + 1)])
            right = (t[:, p + 1 :] - x) / (t[:, p + 1 :] - t[:, 1:(-p)])
            b = left * b[:, :, :-1] + right * b[:, :, 1:]
        return b.contiguous()

    def forward(self, x):
        w = self.spline
        if self.scaler is not None:
            w = w * self.scaler.unsqueeze(-1)
        y = F.linear(F.silu(x), self.base)
        return y + F.linear(self.basis(x).view(x.size(0), -1), w.view(w.size(0), -1))


class FastKanLayer(nn.Module):
    """Gaussians of the normalized input, and silu(x) W_b + b."""

    def __init__(self, inputs, outputs, grid=8, low=-2.0, high=2.0):
        super().__init__()
        self.norm = nn.LayerNorm(inputs)
        self.register_buffer("centres", torch.linspace(low, high, grid))
        self.width = (high - low) / (grid - 1)
        self.spline = nn.Linear(inputs * grid, outputs, bias=False)
        nn.init.trunc_normal_(self.spline.weight, mean=0, std=0.1)
        self.base = nn.Linear(inputs, outputs)

    def forward(self, x):
        r = torch.exp(-(((self.norm(x)[..., None] - self.centres) / self.width) ** 2))
        return self.spline(r.view(*x.shape[:-1], -1)) + self.base(F.silu(x))


class ReluKanLayer(nn.Module):
    """(relu(e - x) relu(x - s) r)^2 and a convolution over all of it."""

    def __init__(self, inputs, outputs, grid=5, order=3):
        super().__init__()
        low = torch.arange(-order, grid) / grid
        self.start = nn.Parameter(low.expand(inputs, -1).clone())
        self.end = nn.Parameter((low + (order + 1) / grid).expand(inputs, -1).clone())
        self.r = 4 * grid * grid / ((order + 1) * (order + 1))
        self.shape = (1, grid + order, inputs)
        self.conv = nn.Conv2d(1, outputs, (grid + order, inputs))

    def forward(self, x):
        x = x.unsqueeze(2)
        b = torch.relu(x - self.start) * torch.relu(self.end - x) * self.r
        b = (b * b).reshape(x.size(0), *self.shape)
        return self.conv(b).flatten(1)


def layer(method, inputs, outputs):
    if method == "fastkan":
        return FastKanLayer(inputs, outputs)
    if method == "relu-kan":
        return ReluKanLayer(inputs, outputs)
    return EfficientKanLayer(inputs, outputs, scaled=method == "efficient-kan")


def network(arguments, widths):
    if arguments.efficient_kan and arguments.method.startswith("efficient-kan"):
        sys.path.insert(0, arguments.efficient_kan + "/src")
        from efficient_kan import KANLinear

        scaled = arguments.method == "efficient-kan"
        layers = [
            KANLinear(a, b, enable_standalone_scale_spline=scaled)
            for a, b in zip(widths, widths[1:])
        ]
    else:
        layers = [layer(arguments.method, a, b) for a, b in zip(widths, widths[1:])]
    return nn.Sequential(*layers)


def status(name):
    with open("/proc/self/status") as lines:
        for line in lines:
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
    return 0


def reset_peak():
    with open("/proc/self/clear_refs", "w") as f:
        f.write("5")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("method")
    parser.add_argument("widths")
    parser.add_argument("batch", type=int)
    parser.add_argument("--efficient-kan")
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    widths = [int(w) for w in arguments.widths.split(",")]
    # The libraries are loaded and touched by a tiny network, so that they do not count.
    tiny = network(arguments, [4, 3, 2])
    update = torch.optim.AdamW(tiny.parameters(), lr=1e-3)
    for _ in range(20):
        update.zero_grad()
        tiny(torch.rand(8, 4)).square().mean().backward()
        update.step()
    before = status("VmRSS")
    reset_peak()
    net = network(arguments, widths)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=1e-4)
    x = torch.rand(arguments.batch, widths[0]) * 2 - 1
    classes = widths[-1] > 1
    y = torch.arange(arguments.batch) % 10 if classes else torch.rand(arguments.batch, 1)
    loss = nn.CrossEntropyLoss() if classes else nn.MSELoss()

    def step():
        optimizer.zero_grad()
        loss(net(x), y).backward()
        optimizer.step()

    print("ready", flush=True)
    for line in sys.stdin:
        command = line.strip()
        if command == "step":
            step()
            print("done", flush=True)
        elif command == "forward":
            with torch.no_grad():
                net(x)
            print("done", flush=True)
        elif command == "gradient":
            optimizer.zero_grad()
            loss(net(x), y).backward()
            print("done", flush=True)
        elif command == "memory":
            print(status("VmHWM") - before, flush=True)


if __name__ == "__main__":
    main()
