# SPDX-License-Identifier: Apache-2.0
"""One update of a small network on a CUDA device, recorded once and replayed.

A step is hundreds of kernels of a few microseconds; launching them one by one
takes several times as long as running them.  What changes from step to step
(image numbers, learning rate, lambda, decay of the average) is in tensors.
"""
import torch

EAGER_STEPS = 3            # before recording: they create the optimizer's state and libraries' plans


class Step:
    """As engine.Step; augmentation and dropout draw from the device's default generator."""

    def __init__(self, net, average, opt, augment, labels, objective):
        self.net, self.average, self.opt = net, average, opt
        self.augment, self.labels, self.objective = augment, labels, objective
        self.index = None
        self.slope, self.rest = (labels.new_zeros((), dtype=torch.float32) for _ in range(2))
        self.merged = self.graph = self.loss = None
        self.eager = 0

    def __call__(self, index, lr, generator=None):
        """Returns the loss, in a tensor that the next call overwrites."""
        self._set(index, lr)
        merged = self.net.act_learn == 1.0
        if merged != self.merged:             # lambda == 1 takes another path in fast.py
            self.merged, self.graph, self.eager = merged, None, EAGER_STEPS
        if self.graph is None and self.eager:
            self.eager -= 1
            self._eager()
        else:
            if self.graph is None:
                self._record()
            self.graph.replay()
        self.average.net.set_lambda(self.net.act_learn)
        return self.loss

    def _set(self, index, lr):
        if self.index is None:
            self.index = torch.empty(len(index), dtype=torch.int64, device=self.labels.device)
        self.index.copy_(index, non_blocking=True)
        for group in self.opt.param_groups:
            group["lr"].fill_(lr)
        self.slope.fill_(self.net.act_learn)
        self.rest.fill_(1 - self.average.next_decay())

    def _eager(self):
        """The step as it is, on a side stream as recording demands of the steps before it."""
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            self._update()
        torch.cuda.current_stream().wait_stream(side)

    def _record(self):
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self._update()

    def _update(self):
        images = self.augment.batch(self.index, None)
        loss = self.objective(self.net, images, self.labels[self.index],
                              1.0 if self.merged else self.slope)
        self.opt.zero_grad(set_to_none=True)
        loss.backward()
        self.opt.step()
        self._average()
        self.loss = loss.detach()

    @torch.no_grad()
    def _average(self):
        """Average.update() in few kernels."""
        pairs = list(zip(self.average.net.state_dict().values(), self.net.state_dict().values()))
        mine, theirs = zip(*(pair for pair in pairs if pair[0].is_floating_point()))
        change = torch._foreach_sub(theirs, mine)
        torch._foreach_mul_(change, self.rest)
        torch._foreach_add_(mine, change)
        for counter, new in pairs:
            if not counter.is_floating_point():
                counter.copy_(new)
