"""Writes peer.csv: 30 steps of each scheme on the patients, weights and batches of Small.cs, in PyTorch and double precision.

Written from the definitions (Philox: Salmon et al. 2011; losses: Kohl et al. 2017; Adam: torch.optim), not from the C# code's structure.
Run with any PyTorch from 1.13 on: python3 peer.py > peer.csv
"""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
SIZE, SLICES, SEED, K, BATCH, STEPS = 24, 3, 5, 3, 5, 30
S_WEIGHTS, D_WEIGHTS, S_BATCH, D_BATCH, PHANTOM = 3, 4, 5, 6, 8


def philox(seed, purpose, step=0, stream=0, blocks=1):
    """uint32 draws of one sequence: counter words (index, stream, step, purpose), key the seed."""
    m = np.uint64(0xFFFFFFFF)
    c = [np.arange(blocks, dtype=np.uint64)] + [np.full(blocks, v, np.uint64) for v in (stream, step, purpose)]
    k0, k1 = seed & 0xFFFFFFFF, seed >> 32
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(p1 >> np.uint64(32)) ^ c[1] ^ np.uint64(k0), p1 & m, (p0 >> np.uint64(32)) ^ c[3] ^ np.uint64(k1), p0 & m]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack(c, 1).ravel()


class Draws:
    def __init__(self, *at, blocks):
        self.u, self.i = philox(*at, blocks=blocks), 0

    def u32(self):
        self.i += 1
        return int(self.u[self.i - 1])

    def single(self):
        return (self.u32() >> 8) / 2**24

    def double(self):
        high = self.u32()
        return ((high << 21) | (self.u32() >> 11)) / 2**53

    def uniform(self, low, high):
        return low + (high - low) * self.double()

    def integer(self, bound):
        while True:
            product = self.u32() * bound
            if product % 2**32 >= 2**32 % bound:
                return product >> 32


MEANS = [[0, 0, 0], [-1, -1.5, 1.5], [1, .5, 0], [.25, .25, .25]]


def patient(index):
    d = Draws(7, PHANTOM, 0, index, blocks=SLICES * (2 + 3 * SIZE * SIZE))
    x, y = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    images, labels = [], []
    for _ in range(SLICES):
        cx, cy = 7 + d.integer(10), 7 + d.integer(10)
        label = np.where((x - 12)**2 + (y - 12)**2 < 81, np.where(y < 12, 3, 2), 0)
        if index < 6:
            label = np.where((x - cx)**2 + (y - cy)**2 < 9, 1, label)
        mean = np.moveaxis(np.array(MEANS)[label], 2, 0)
        noise = np.array([d.single() for _ in range(3 * SIZE * SIZE)]).reshape(3, SIZE, SIZE)
        images.append(mean + noise - .5)
        labels.append(label)
    return np.stack(images), np.stack(labels)


def conv(i, o, stride, norm=True):
    return nn.Sequential(nn.Conv2d(i, o, 3, stride, 1), *([nn.InstanceNorm2d(o, affine=True)] if norm else []), nn.LeakyReLU(.2))


class UNet(nn.Module):
    def __init__(self, c=(4, 8, 16)):
        super().__init__()
        self.down = nn.ModuleList([nn.Sequential(conv(3 if i == 0 else c[i - 1], n, 1), conv(n, n, 1)) for i, n in enumerate(c)])
        self.up = nn.ModuleList([nn.ConvTranspose2d(c[i + 1], c[i], 2, 2) for i in range(2)])
        self.merge = nn.ModuleList([nn.Sequential(conv(2 * c[i], c[i], 1), conv(c[i], c[i], 1)) for i in range(2)])
        self.head = nn.Conv2d(c[0], 4, 1)

    def forward(self, x):
        h0 = self.down[0](x)
        h1 = self.down[1](F.max_pool2d(h0, 2))
        h2 = self.down[2](F.max_pool2d(h1, 2))
        m1 = self.merge[1](torch.cat([self.up[1](h2), h1], 1))
        return self.head(self.merge[0](torch.cat([self.up[0](m1), h0], 1)))


class Judge(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(conv(7, 4, 2, norm=False), conv(4, 8, 2), conv(8, 8, 2, norm=False))
        self.dense = nn.Linear(8, 1)

    def forward(self, x, y):
        return self.dense(self.body(torch.cat([x, y], 1)).mean((2, 3))).squeeze(1)


def initialise(net, purpose):
    """PyTorch's bounds, read off PyTorch's own fan-in function; normalisation keeps weight 1 and bias 0."""
    stream = 0
    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            fan_in, _ = nn.init._calculate_fan_in_and_fan_out(module.weight)
        for p in module.parameters(recurse=False):
            if not isinstance(module, nn.InstanceNorm2d):
                u = philox(SEED, purpose, 0, stream, blocks=(p.numel() + 3) // 4)[:p.numel()]
                p.data.copy_(torch.tensor(((u >> np.uint64(8)) / 2**24 * 2 - 1) / np.sqrt(fan_in)).view(p.shape))
            stream += 1


def batch(data, purpose, number):
    d = Draws(SEED, purpose, number, 0, blocks=64)
    images, labels, maps = [], [], []
    for _ in range(BATCH):
        role = range(9) if d.double() < .7 else range(18, 30)
        s = role[d.integer(len(role))]
        a, tx, ty = d.uniform(-.4, .4), d.uniform(-3, 3) * 2 / SIZE, d.uniform(-3, 3) * 2 / SIZE
        f = -1 if d.double() < .5 else 1
        images.append(data[0][s])
        labels.append(data[1][s])
        maps.append([[np.cos(a) * f, -np.sin(a), tx], [np.sin(a) * f, np.cos(a), ty]])
    grid = F.affine_grid(torch.tensor(np.array(maps)), (BATCH, 1, SIZE, SIZE), align_corners=False)
    x = F.grid_sample(torch.tensor(np.array(images)), grid, padding_mode='border', align_corners=False)
    y = F.grid_sample(torch.tensor(np.array(labels), dtype=torch.float64)[:, None], grid, mode='nearest', padding_mode='zeros', align_corners=False)
    return x, y[:, 0].long()


def one_hot(y):
    return F.one_hot(y, 4).permute(0, 3, 1, 2).double()


def train(scheme, data):
    bce = F.binary_cross_entropy_with_logits
    s, d = UNet(), Judge()
    initialise(s, S_WEIGHTS)
    initialise(d, D_WEIGHTS)
    os = torch.optim.Adam(s.parameters(), 2e-3, betas=(.5, .999))
    od = torch.optim.Adam(d.parameters(), 1e-3, betas=(.5, .999))
    for step in range(STEPS):
        os.param_groups[0]['lr'] = 2e-3 * .5**(step // 10)
        ld = []
        for i in range(K if scheme not in ('cross-entropy', 'dice-ce') else 0):
            x, y = batch(data, D_BATCH, step * K + i)
            with torch.no_grad():
                fake = F.softmax(s(x), 1)
            real, made = d(x, one_hot(y)), d(x, fake)
            loss = bce(real, torch.ones_like(real)) + bce(made, torch.zeros_like(made))
            od.zero_grad()
            loss.backward()
            od.step()
            ld.append(loss.item())
        x, y = batch(data, S_BATCH, step)
        z = s(x)
        ce = F.cross_entropy(z, y)
        made = d(x, F.softmax(z, 1))
        p, t = F.softmax(z, 1)[:, 1:], one_hot(y)[:, 1:]
        dice = (2 * (p * t).sum((0, 2, 3)) + 1e-5) / ((p + t).sum((0, 2, 3)) + 1e-5)
        loss = {'cross-entropy': ce, 'adversarial': bce(made, torch.ones_like(made)), 'hybrid': bce(made, torch.ones_like(made)) + .5 * ce,
                'minimax': -bce(made, torch.zeros_like(made)), 'dice-ce': ce + 1 - dice.mean()}[scheme]
        os.zero_grad()
        loss.backward()
        os.step()
        print(f"{scheme},{step + 1},{loss.item():.9g},{f'{np.mean(ld):.9g}' if ld else ''}")


if __name__ == '__main__':
    stacks = [patient(i) for i in range(10)]
    cohort = np.concatenate([p[0] for p in stacks]), np.concatenate([p[1] for p in stacks])
    print('scheme,step,segmentor,discriminator')
    for name in ('cross-entropy', 'adversarial', 'hybrid', 'minimax', 'dice-ce'):
        train(name, cohort)
