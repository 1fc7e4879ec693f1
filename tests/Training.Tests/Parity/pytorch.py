"""Writes pytorch.csv: S and D of every network option in PyTorch, double precision, for ParityTests.cs.

Both sides make weights and a batch from the same integer hash. A vector (logits, gradients of all parameters in AdvSeg's order, or what
five Adam steps changed, the effective update being that without biases that a normalisation takes away again) is pinned as its norm and its products with three hashed vectors: none of its parts can be wrong and go unseen.
Networks and losses are PyTorch's own modules and functions, put together from the paper's text and docs/reference.md.
Run with any PyTorch from 1.13 on: python3 pytorch.py > pytorch.csv
"python3 pytorch.py model > pytorch.safetensors" writes S of the default options as PyTorch's users would: float32, tensors by name.
"""
import json
import sys

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
SIZE, BATCH, WIDTH, LEVELS, SLOPE, STEPS = 16, 3, 4, 3, .2, 5
S_STREAM, D_STREAM, IMAGES, CLASSES, PROBE = 0, 1000, 2000, 2001, 3000

DEFAULT = dict(down='MaxPool', up='TransposedConvolution', activation='LeakyRelu', convolutions=2, first=True, norm='Middle', stride=2,
               channels=3, classes=4)
CONFIGURATIONS = [
    {}, dict(down='StridedConvolution'), dict(up='NearestConvolution'), dict(activation='Relu'), dict(convolutions=1), dict(convolutions=3),
    dict(first=False), dict(norm='None'), dict(stride=1),
    dict(down='StridedConvolution', up='NearestConvolution', activation='Relu', convolutions=1, first=False, norm='None', stride=1),
    dict(channels=1, classes=2), dict(channels=8, classes=16), dict(channels=5, classes=3, up='NearestConvolution', stride=1),
]


def noise(stream, n):
    """Multiples of 2^-24 in [-1/2, 1/2): a 32-bit integer hash (lowbias32) of the stream and the index."""
    x = (np.arange(1, n + 1, dtype=np.uint64) + np.uint64(stream * 0x9E3779B9 & 0xFFFFFFFF)).astype(np.uint32)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return (x >> np.uint32(8)) / 2**24 - .5


class Block(nn.Module):
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
    def __init__(self, down, up, activation, convolutions, first, channels, classes, **_):
        super().__init__()
        c, strided, slope = [WIDTH * 2**level for level in range(LEVELS)], down == 'StridedConvolution', SLOPE if activation == 'LeakyRelu' else 0
        self.pool = not strided
        self.nearest = up == 'NearestConvolution'
        self.encoder = nn.ModuleList(nn.ModuleList(
            Block((c[level - 1] if level else channels) if j == 0 else c[level], c[level], 2 if strided and level and j == 0 else 1, first or level or j, SLOPE)
            for j in range(convolutions)) for level in range(LEVELS))
        self.up = nn.ModuleList(
            nn.Conv2d(c[level + 1], c[level], 3, 1, 1) if self.nearest else nn.ConvTranspose2d(c[level + 1], c[level], 2, 2) for level in range(LEVELS - 1))
        self.decoder = nn.ModuleList(nn.ModuleList(
            Block(2 * c[level] if j == 0 else c[level], c[level], 1, True, slope) for j in range(convolutions)) for level in range(LEVELS - 1))
        self.head = nn.Conv2d(c[0], classes, 1)

    def forward(self, x):
        maps = []
        for level, blocks in enumerate(self.encoder):
            if level and self.pool:
                x = F.max_pool2d(x, 2)
            for block in blocks:
                x = block(x)
            maps.append(x)
        for level in reversed(range(LEVELS - 1)):
            x = self.up[level](F.interpolate(x, scale_factor=2, mode='nearest') if self.nearest else x)
            x = torch.cat([x, maps[level]], 1)
            for block in self.decoder[level]:
                x = block(x)
        return self.head(x)

    def list(self):
        up = [p for u in self.up for p in (u.weight, u.bias)]
        blocks = [[p for level in part for block in level for p in block.list()] for part in (self.encoder, self.decoder)]
        return blocks[0] + up + blocks[1] + [self.head.weight, self.head.bias]


class Discriminator(nn.Module):
    def __init__(self, norm, stride, channels, classes, **_):
        super().__init__()
        c = [channels + classes, 4, 8, 8]
        self.body = nn.Sequential(*(Block(c[i], c[i + 1], stride if i == 0 else 2, norm == 'Middle' and i == 1, SLOPE) for i in range(3)))
        self.dense = nn.Linear(c[-1], 1)

    def forward(self, x, maps):
        return self.dense(F.adaptive_avg_pool2d(self.body(torch.cat([x, maps], 1)), 1).flatten(1)).flatten()

    def list(self):
        return [p for block in self.body for p in block.list()] + [self.dense.weight, self.dense.bias]


def fill(net, stream):
    """Filters within PyTorch's default bound, normalisation near the identity; each value one of single precision."""
    norms = {id(p): base for m in net.modules() if isinstance(m, nn.InstanceNorm2d) for p, base in ((m.weight, 1), (m.bias, 0))}
    bounds = {}
    for m in net.modules():
        if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            fan_in, _ = nn.init._calculate_fan_in_and_fan_out(m.weight)
            bounds[id(m.weight)] = bounds[id(m.bias)] = float(np.float32(1 / np.sqrt(fan_in)))
    for i, p in enumerate(net.list()):
        u = noise(stream + i, p.numel())
        values = norms[id(p)] + u / 4 if id(p) in norms else 2 * bounds[id(p)] * u
        p.data.copy_(torch.tensor(values.astype('f4').astype('f8')).view(p.shape))


def row(configuration, quantity, vectors):
    v = torch.cat([x.reshape(-1) for x in vectors]).detach().numpy()
    probes = [float(v @ noise(PROBE + i, v.size)) for i in range(3)]
    print(','.join([configuration, quantity, f'{v.size}'] + [f'{x:.17g}' for x in [float(np.sqrt(v @ v))] + probes]))


def dice_loss(z, y):
    """1 minus nnU-Net's soft Dice, batch_dice, do_bg=False, smooth=1e-5 (MemoryEfficientSoftDiceLoss), class by class."""
    p, dice = F.softmax(z, 1), []
    for c in range(1, z.shape[1]):
        inside = p[:, c][y == c].sum()
        dice.append((2 * inside + 1e-5) / torch.clip(p[:, c].sum() + (y == c).sum() + 1e-5, 1e-8))
    return 1 - sum(dice) / len(dice)


def one(name, options):
    options = {**DEFAULT, **options}
    s, d, bce = Segmentor(**options), Discriminator(**options), F.binary_cross_entropy_with_logits
    fill(s, S_STREAM)
    fill(d, D_STREAM)
    channels, classes = options['channels'], options['classes']
    x = torch.tensor(noise(IMAGES, BATCH * channels * SIZE * SIZE) * 4).view(BATCH, channels, SIZE, SIZE)
    y = torch.tensor(np.floor((noise(CLASSES, BATCH * SIZE * SIZE) + .5) * classes).astype('i8')).view(BATCH, SIZE, SIZE)
    expert = F.one_hot(y, classes).permute(0, 3, 1, 2).to(x)

    def discriminator_loss():
        real, made = d(x, expert), d(x, F.softmax(s(x).detach(), 1))
        return bce(real, torch.ones_like(real)) + bce(made, torch.zeros_like(made))

    def segmentor_loss(scheme):
        z = s(x)
        made = d(x, F.softmax(z, 1))
        ce, fool = F.cross_entropy(z, y), bce(made, torch.ones_like(made))
        return {'cross-entropy': ce, 'adversarial': fool, 'hybrid': fool + .5 * ce, 'minimax': -bce(made, torch.zeros_like(made)),
                'dice-ce': ce + dice_loss(z, y)}[scheme]

    row(name, 'logits', [s(x)])
    row(name, 'judgement', [d(x, expert)])
    loss = discriminator_loss()
    row(name, 'discriminator loss', [loss])
    row(name, 'discriminator gradient', torch.autograd.grad(loss, d.list()))
    for scheme in ('cross-entropy', 'adversarial', 'hybrid', 'minimax', 'dice-ce'):
        loss = segmentor_loss(scheme)
        row(name, scheme + ' loss', [loss])
        row(name, scheme + ' gradient', torch.autograd.grad(loss, s.list()))

    before = [[p.detach().clone() for p in net.list()] for net in (s, d)]
    adam_s = torch.optim.Adam(s.list(), 2e-3, betas=(.5, .999))
    adam_d = torch.optim.Adam(d.list(), 1e-3, betas=(.9, .99))
    for _ in range(STEPS):
        for loss, adam in ((discriminator_loss, adam_d), (lambda: segmentor_loss('hybrid'), adam_s)):
            adam.zero_grad()
            loss().backward()
            adam.step()
    for net, start, title in ((s, before[0], 'segmentor'), (d, before[1], 'discriminator')):
        idle = {id(m.conv.bias) for m in net.modules() if isinstance(m, Block) and m.norm is not None}
        row(name, title + ' update', [p - q for p, q in zip(net.list(), start)])
        row(name, title + ' effective update', [p - q for p, q in zip(net.list(), start) if id(p) not in idle])


def model(out):
    """The safetensors format (huggingface.co/docs/safetensors), tensors in the order of their names as its own library writes them."""
    s = Segmentor(**DEFAULT)
    fill(s, S_STREAM)
    spec = dict(width=WIDTH, levels=LEVELS, convolutionsPerLevel=2, downsampling='max-pool', upsampling='transposed-convolution',
                decoderActivation='leaky-relu', normalizeFirst=True, leakySlope=SLOPE)
    header, body = {'__metadata__': {'segmentor': json.dumps(spec), 'crop': str(SIZE)}}, b''
    for name, value in sorted((n.replace('.conv.', '.'), v) for n, v in s.state_dict().items()):
        data = value.numpy().astype('<f4').tobytes()
        header[name] = {'dtype': 'F32', 'shape': list(value.shape), 'data_offsets': [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    out.write(len(text).to_bytes(8, 'little') + text + body)


if __name__ == '__main__' and sys.argv[1:] == ['model']:
    model(sys.stdout.buffer)
elif __name__ == '__main__':
    print('configuration,quantity,count,norm,probe0,probe1,probe2')
    for configuration in CONFIGURATIONS:
        one(' '.join(f'{k}={v}' for k, v in configuration.items()) or 'default', configuration)
