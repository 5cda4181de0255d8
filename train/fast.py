# SPDX-License-Identifier: Apache-2.0
"""The training form of VanillaNet as large matrix products (small maps).

torch's depthwise backward and batch norm dominate a training step on a CPU; on
a GPU, too, one product is faster than a depthwise convolution of small maps.
Here activations are channel-major with the batch innermost, [C, P, B] with
P = H*W, and three things are different:
  * the zero-padded depthwise convolution is, per channel, a product with the
    (P x P) Toeplitz matrix of its kernel.  At 7x7 with n = 3 the matrix has no
    zeros, so nothing is wasted; the waste grows with the map;
  * between two nonlinearities everything is affine (BN, 1x1 conv, BN, ...), so
    only the composed matrix is applied to the data (class Affine);
  * BN statistics anywhere in such a chain follow from the mean and covariance
    of the chain's input:  mean(Az+b) = A m + b,  var(Az+b) = diag(A S A').
At lambda == 1 a block then costs one covariance, one matrix product, one
ReLU and one depthwise product.  Parameters and BN buffers are those of the
VanillaNet module that is passed in: there is no second copy.
"""
import functools

import torch
import torch.nn.functional as F


class _Moments(torch.autograd.Function):
    """z [C, N] -> (mean [C], covariance [C, C]).  By hand because autograd would take two
    products and three passes for the gradient; one product does."""

    @staticmethod
    def forward(ctx, z):
        mean = z.sum(1) / z.shape[1]
        ctx.save_for_backward(z, mean)
        return mean, torch.addmm(torch.outer(mean, mean), z, z.t(), beta=-1, alpha=1 / z.shape[1])

    @staticmethod
    def backward(ctx, grad_mean, grad_cov):
        z, mean = ctx.saved_tensors
        both = (grad_cov + grad_cov.t()) / z.shape[1]
        return torch.addmm((grad_mean / z.shape[1] - both @ mean).unsqueeze(1), both, z)


class _PooledMoments(torch.autograd.Function):
    """z [C, P, B] -> (mean over P [C, B], mean square [C]); one pass for the gradient."""

    @staticmethod
    def forward(ctx, z):
        ctx.save_for_backward(z)
        flat = z.flatten(1).unsqueeze(1)
        square = torch.bmm(flat, flat.transpose(1, 2)).flatten() / flat.shape[2]
        return z.sum(1) / z.shape[1], square

    @staticmethod
    def backward(ctx, grad_pooled, grad_square):
        z, = ctx.saved_tensors
        scale = grad_square * (2.0 / z[0].numel())
        return torch.addcmul((grad_pooled / z.shape[1]).unsqueeze(1), z, scale[:, None, None])


class Affine:
    """The value A z + b of data z [C, H, W, B], without forming it."""

    def __init__(self, z):
        self.z, self.a, self.b, self.stats = z, None, None, None

    def _moments(self):
        """(mean [C], covariance [C, C]) of z over pixels and batch; computed once."""
        if self.stats is None:
            self.stats = _Moments.apply(self.z.flatten(1))
        return self.stats

    def conv(self, conv):
        """A 1x1 convolution."""
        weight = conv.weight.flatten(1)
        self.b = conv.bias if self.b is None else weight @ self.b + conv.bias
        self.a = weight if self.a is None else weight @ self.a
        return self

    def norm(self, bn):
        """BN; updates the module's running statistics in training."""
        if bn.training:
            mean, cov = self._moments()
            centre = mean if self.a is None else self.a @ mean
            var = cov.diagonal() if self.a is None else ((self.a @ cov) * self.a).sum(1)
            offset = _track(bn, centre if self.b is None else centre + self.b, var,
                            self.z[0].numel())
        else:
            offset, var = bn.running_mean, bn.running_var
        scale = bn.weight * torch.rsqrt(var + bn.eps)
        self.b = bn.bias + scale * ((0.0 if self.b is None else self.b) - offset)
        self.a = torch.diag(scale) if self.a is None else scale.unsqueeze(1) * self.a
        return self

    def leaky(self, slope):
        """The inner activation; the chain only ends where it is not the identity."""
        constant = isinstance(slope, float)
        return self if constant and slope == 1.0 else Affine(_leaky(self.value(), slope))

    def value(self):
        """[C', H, W, B]."""
        if self.a is None:
            return self.z
        y = torch.addmm(self.b.unsqueeze(1), self.a, self.z.flatten(1))
        return y.reshape(-1, *self.z.shape[1:])


def _leaky(x, slope):
    """Leaky ReLU; a slope that is a tensor, in [0, 1], may change under a recorded graph."""
    return F.leaky_relu(x, slope) if isinstance(slope, float) else torch.maximum(x, slope * x)


def _track(bn, mean, var, count):
    """Running statistics as nn.BatchNorm2d keeps them (unbiased variance).  Returns mean."""
    with torch.no_grad():
        bn.num_batches_tracked += 1
        bn.running_mean.lerp_(mean, bn.momentum)
        bn.running_var.lerp_(var * (count / (count - 1)), bn.momentum)
    return mean


@functools.lru_cache(maxsize=None)
def _toeplitz_basis(height, width, n, device):
    """[(2n+1)^2, P*P]: row t marks the (output, input) pixel pairs that tap t joins."""
    side = 2 * n + 1
    basis = torch.zeros(side, side, height, width, height, width)
    for dy in range(-n, n + 1):
        for dx in range(-n, n + 1):
            for y in range(max(0, -dy), min(height, height - dy)):
                for x in range(max(0, -dx), min(width, width - dx)):
                    basis[dy + n, dx + n, y, x, y + dy, x + dx] = 1.0
    return basis.reshape(side * side, -1).to(device)


def _series(x, act):
    """ReLU and depthwise convolution, without the BN: [C, H, W, B] -> the same shape."""
    x, weight = F.relu(x), act.weight.flatten(1)
    if act.act_num == 0:
        return x * weight.reshape(-1, 1, 1, 1)
    channels, height, width, _ = x.shape
    pixels = height * width
    matrix = weight @ _toeplitz_basis(height, width, act.act_num, x.device)
    return torch.bmm(matrix.reshape(channels, pixels, pixels),
                     x.reshape(channels, pixels, -1)).reshape(x.shape)


class _Pool2(torch.autograd.Function):
    """2x2 max pooling of [C, H, W, B]; the gradient goes to the first of equal maxima."""

    @staticmethod
    def _quarters(x):
        x = x.reshape(x.shape[0], x.shape[1] // 2, 2, x.shape[2] // 2, 2, x.shape[3])
        return x[:, :, 0, :, 0], x[:, :, 0, :, 1], x[:, :, 1, :, 0], x[:, :, 1, :, 1]

    @staticmethod
    def forward(ctx, x):
        a, b, c, d = _Pool2._quarters(x)
        top, bottom = torch.maximum(a, b), torch.maximum(c, d)
        ctx.save_for_backward(top >= bottom, a >= b, c >= d)
        return torch.maximum(top, bottom)

    @staticmethod
    def backward(ctx, grad):
        upper, first, third = ctx.saved_tensors
        top = grad * upper.to(grad.dtype)
        bottom = grad - top
        count, height, width, batch = grad.shape
        out = grad.new_empty(count, 2 * height, 2 * width, batch)
        a, b, c, d = _Pool2._quarters(out)
        torch.mul(top, first.to(grad.dtype), out=a)
        torch.sub(top, a, out=b)
        torch.mul(bottom, third.to(grad.dtype), out=c)
        torch.sub(bottom, c, out=d)
        return out


def _pool(x, pool):
    """The block's pooling module on [C, H, W, B]."""
    if isinstance(pool, torch.nn.Identity):
        return x
    if isinstance(pool, torch.nn.MaxPool2d) and not (x.shape[1] % 2 or x.shape[2] % 2):
        return _Pool2.apply(x)
    return pool(x.permute(3, 0, 1, 2)).permute(1, 2, 3, 0)


def _shortcut(x, y):
    """x brought to y's shape, as vanillanet.match_shape() does for NCHW."""
    if x.shape[1:3] != y.shape[1:3]:
        x = F.adaptive_max_pool2d(x.permute(3, 0, 1, 2), y.shape[1:3]).permute(1, 2, 3, 0)
    return F.pad(x, (0, 0, 0, 0, 0, 0, 0, y.shape[0] - x.shape[0]))


def _patches(image, conv):
    """image [B, Cin, H, W] -> the stem's input columns [Cin*k*k, h, w, B]."""
    kernel, stride, pad = conv.kernel_size[0], conv.stride[0], conv.padding[0]
    x = F.pad(image, (pad,) * 4).permute(1, 2, 3, 0).contiguous()
    rows, columns = ((s - kernel) // stride + 1 for s in x.shape[1:3])
    taps = [x[:, i:i + stride * (rows - 1) + 1:stride, j:j + stride * (columns - 1) + 1:stride]
            for i in range(kernel) for j in range(kernel)]
    return torch.stack(taps, 1).flatten(0, 1)


def _pooled_norm(z, bn):
    """Average over the pixels of BN(z): [C, H, W, B] -> [C, B].  Needs no covariance."""
    if bn is None:
        return z.mean((1, 2))
    z = z.flatten(1, 2)
    pooled, square = _PooledMoments.apply(z)
    if bn.training:
        mean = pooled.mean(1)
        var = square - mean.square()
        _track(bn, mean, var, z[0].numel())
    else:
        mean, var = bn.running_mean, bn.running_var
    scale = bn.weight * torch.rsqrt(var + bn.eps)
    return scale.unsqueeze(1) * (pooled - mean.unsqueeze(1)) + bn.bias.unsqueeze(1)


def forward(net, image, slope=None):
    """Logits [B, classes] of a training-form VanillaNet for image [B, Cin, H, W].

    `slope` replaces the network's lambda; a tensor is never taken for the identity."""
    slope, deep = net.act_learn if slope is None else slope, net.cfg.deep
    x = Affine(_patches(image, net.stem1[0])).conv(net.stem1[0]).norm(net.stem1[1])
    if deep:
        x = x.leaky(slope).conv(net.stem2[0]).norm(net.stem2[1])
    # Between blocks x is the depthwise output and `norm` the BN it still awaits, if any.
    x, norm = _series(x.value(), net.stem2[-1]), net.stem2[-1].bn
    for block in net.stages:
        chain = Affine(x).norm(norm) if norm else Affine(x)
        if block.shortcut is not None:
            chain = Affine(chain.value())
        source = chain.z
        if deep:
            chain = chain.conv(block.conv1[0]).norm(block.conv1[1]).leaky(slope)
        chain = chain.conv(block.conv2[0]).norm(block.conv2[1])
        y = _pool(chain.value(), block.pool)
        if block.shortcut == "before":
            y = y + _shortcut(source, y)
        x, norm = _series(y, block.act), block.act.bn
        if block.shortcut == "after":
            x, norm = Affine(x).norm(norm).value() + _shortcut(source, y), None
    pooled = _pooled_norm(x, norm)
    head = net.cls1[1:](pooled.t().contiguous()[:, :, None, None])
    return (net.cls2(_leaky(head, slope)) if deep else head).flatten(1)
