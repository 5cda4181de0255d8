# SPDX-License-Identifier: Apache-2.0
"""IDX data sets (Fashion-MNIST, MNIST): reading, splitting, augmenting.

Images stay uint8 [N, H, W] until a batch is drawn; normalisation happens last.
"""
import gzip
import os

import numpy as np
import torch

LABELS = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
          "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
MEAN, STD = 0.2860, 0.3530          # of the 60,000 training images, in [0, 1] pixel units
DEFAULT_DIR = "/usr/share/datasets/fashion-mnist"
FILES = {"train": "train", "test": "t10k"}


def read_idx(path):
    """The uint8 array of an IDX file, gzipped or not."""
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rb") as f:
        head = f.read(4)
        if head[:3] != b"\0\0\x08":
            raise ValueError(f"{path}: not an IDX file of unsigned bytes")
        shape = np.frombuffer(f.read(4 * head[3]), ">u4").astype(int)
        body = np.frombuffer(f.read(), np.uint8)
    if body.size != shape.prod():
        raise ValueError(f"{path}: {body.size} bytes of data, {shape.prod()} announced")
    return body.reshape(shape)


def load(folder, part):
    """(images uint8 [N, 28, 28], labels int64 [N]) of part 'train' or 'test'."""
    def find(kind):
        for ending in ("-ubyte.gz", "-ubyte"):
            path = os.path.join(folder, f"{FILES[part]}-{kind}{ending}")
            if os.path.exists(path):
                return path
        raise FileNotFoundError(f"no {FILES[part]}-{kind}-ubyte[.gz] in {folder}; "
                                "hint: apt-get install dataset-fashion-mnist, or give --data")
    images = torch.from_numpy(read_idx(find("images-idx3")).copy())
    labels = torch.from_numpy(read_idx(find("labels-idx1")).astype(np.int64))
    return images, labels


def split(labels, held_out, seed=0):
    """(train indices, validation indices): the same number of every class is held out.

    The split does not follow the run's seed: runs must be comparable."""
    generator = torch.Generator().manual_seed(seed)
    classes = int(labels.max()) + 1
    order = torch.randperm(len(labels), generator=generator)
    picked = torch.zeros(len(labels), dtype=torch.bool)
    for c in range(classes):
        picked[order[labels[order] == c][:held_out // classes]] = True
    return torch.nonzero(~picked)[:, 0], torch.nonzero(picked)[:, 0]


def normalise(images):
    """uint8 [B, H, W] -> float [B, 1, H, W]."""
    return (images.float() / 255.0 - MEAN).div_(STD).unsqueeze(1)


class Augment:
    """Flip, shift and erase, for a whole batch at once."""

    def __init__(self, images, shift, erase):
        self.shift, self.erase, self.side = shift, erase, images.shape[-1]
        self.padded = torch.nn.functional.pad(images, (shift,) * 4)

    def batch(self, index, generator):
        """Images [B] by index -> float [B, 1, H, W]; every draw comes from `generator`
        (None: the default one of the images' device)."""
        count, side, device = len(index), self.side, self.padded.device
        draw = lambda *shape: torch.rand(*shape, generator=generator, device=device)
        span = torch.arange(side, device=device)
        offset = (draw(2, count, 1) * (2 * self.shift + 1)).long()
        rows, columns = offset[0] + span, offset[1] + span
        columns = torch.where(draw(count, 1) < 0.5, columns.flip(1), columns)
        image = normalise(self.padded[index[:, None, None], rows[:, :, None], columns[:, None, :]])
        return self._erase(image, draw) if self.erase else image

    def _erase(self, image, draw):
        """With probability `erase` a rectangle of 2..1/3 of the area becomes noise."""
        count, side = image.shape[0], self.side
        area = (0.02 + draw(count) * 0.31) * side * side
        aspect = torch.exp((draw(count) * 2 - 1) * 1.1)
        size = torch.stack((torch.sqrt(area * aspect), torch.sqrt(area / aspect)))
        size = size.clamp(1, side).floor()
        size = size.masked_fill(draw(count) >= self.erase, 0)
        first = (draw(2, count) * (side - size + 1)).floor()
        span = torch.arange(side, device=image.device)
        inside = (span >= first[..., None]) & (span < (first + size)[..., None])
        mask = inside[0][:, :, None] & inside[1][:, None, :]
        # Uniform over the pixel range, so that erased parts stay valid pixels.
        noise = (draw(count, side, side) - MEAN) / STD
        return torch.where(mask[:, None], noise[:, None], image)
