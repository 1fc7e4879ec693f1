"""S and D of any AdvSeg spec in PyTorch's own modules: what a user would write. list() gives parameters in AdvSeg's order."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    """3x3 convolution, InstanceNorm, leaky ReLU; slope 0 is ReLU."""

    def __init__(self, i, o, stride, norm, slope):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(i, o, 3, stride, 1), nn.InstanceNorm2d(o, affine=True) if norm else None
        self.act = nn.LeakyReLU(slope) if slope else nn.ReLU()

    def forward(self, x):
        x = self.conv(x)
        return self.act(x if self.norm is None else self.norm(x))

    def list(self):
        return [self.conv.weight, self.conv.bias] + ([] if self.norm is None else [self.norm.weight, self.norm.bias])


class Segmentor(nn.Module):
    def __init__(self, spec):
        super().__init__()
        self.levels, n = spec['levels'], spec['convolutionsPerLevel']
        c, strided = [spec['width'] << level for level in range(self.levels)], spec['downsampling'] == 'strided-convolution'
        slope = spec['leakySlope'] if spec['decoderActivation'] == 'leaky-relu' else 0
        self.pool, self.nearest = not strided, spec['upsampling'] == 'nearest-convolution'
        self.encoder = nn.ModuleList(nn.ModuleList(
            Block((c[level - 1] if level else 3) if j == 0 else c[level], c[level], 2 if strided and level and j == 0 else 1,
                  spec['normalizeFirst'] or level or j, spec['leakySlope']) for j in range(n)) for level in range(self.levels))
        self.up = nn.ModuleList(nn.Conv2d(c[level + 1], c[level], 3, 1, 1) if self.nearest else nn.ConvTranspose2d(c[level + 1], c[level], 2, 2)
                                for level in range(self.levels - 1))
        self.decoder = nn.ModuleList(nn.ModuleList(
            Block(2 * c[level] if j == 0 else c[level], c[level], 1, True, slope) for j in range(n)) for level in range(self.levels - 1))
        self.head = nn.Conv2d(c[0], 4, 1)

    def forward(self, x):
        maps = []
        for level, blocks in enumerate(self.encoder):
            if level and self.pool:
                x = F.max_pool2d(x, 2)
            for block in blocks:
                x = block(x)
            maps.append(x)
        for level in reversed(range(self.levels - 1)):
            x = self.up[level](F.interpolate(x, scale_factor=2.0, mode='nearest') if self.nearest else x)
            x = torch.cat([x, maps[level]], 1)
            for block in self.decoder[level]:
                x = block(x)
        return self.head(x)

    def list(self):
        up = [p for u in self.up for p in (u.weight, u.bias)]
        encoder, decoder = ([p for level in part for block in level for p in block.list()] for part in (self.encoder, self.decoder))
        return encoder + up + decoder + [self.head.weight, self.head.bias]


class Discriminator(nn.Module):
    def __init__(self, spec):
        super().__init__()
        c = [7] + spec['channels']
        self.body = nn.Sequential(*(
            Block(c[i], c[i + 1], spec['firstStride'] if i == 0 else 2, spec['norm'] == 'middle' and 0 < i < len(c) - 2, spec['leakySlope'])
            for i in range(len(c) - 1)))
        self.dense = nn.Linear(c[-1], 1)

    def forward(self, x, maps):
        return self.dense(self.body(torch.cat([x, maps], 1)).mean((2, 3))).squeeze(1)

    def list(self):
        return [p for block in self.body for p in block.list()] + [self.dense.weight, self.dense.bias]


def fill(net, flat):
    """Lays AdvSeg's flat weights into the modules."""
    at = 0
    with torch.no_grad():
        for p in net.list():
            p.copy_(flat[at:at + p.numel()].view(p.shape))
            at += p.numel()
    assert at == flat.numel(), (at, flat.numel())
