"""The peer: what a user would write instead of AdvSeg, the demo protocol in plain PyTorch on one thread.

  peer.py steps SCHEME COHORT                        trains as many steps as each line of stdin says, and answers "CPU_MS WALL_MS" per step
  peer.py run SCHEME FOLD KEEP SEED STEPS COHORT...  one whole run, scored on the held-out fold and on further cohorts; a line of JSON

SCHEME is cross-entropy, adversarial or hybrid; COHORT a folder that AdvSeg rendered, so that both sides train on the same pixels and the
peer need not render them. FOLD 0..3 is held out, the next one selects; KEEP positive training patients are kept (0: all).
"""
import copy
import json
import os
import struct
import sys
import time

os.environ.setdefault('OMP_NUM_THREADS', '1')
import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn as nn  # noqa: E402
import torch.nn.functional as F  # noqa: E402

torch.set_num_threads(1)
SIZE, BATCH, K, SHARE, LAMBDA = 48, 5, 3, .7, .5


def patient(path):
    """AdvSeg's patient file: magic, version, name, positive, slices, size, float32 images, byte labels, SHA-256."""
    data = open(path, 'rb').read()
    at = 13 + data[12]
    positive, slices, size = struct.unpack_from('<?ii', data, at)
    images = np.frombuffer(data, '<f4', slices * 3 * size * size, at + 9).reshape(slices, 3, size, size)
    labels = np.frombuffer(data, 'u1', slices * size * size, at + 9 + images.nbytes).reshape(slices, size, size)
    o = (size - SIZE) // 2
    return images[:, :, o:o + SIZE, o:o + SIZE], labels[:, o:o + SIZE, o:o + SIZE], positive


def load(folder):
    """Positive and negative patients, each a pair of images and labels."""
    patients = [patient(os.path.join(folder, p['file'])) for p in json.load(open(os.path.join(folder, 'manifest.json')))['patients']]
    return [p[:2] for p in patients if p[2]], [p[:2] for p in patients if not p[2]]


def stack(patients):
    return torch.tensor(np.concatenate([p[0] for p in patients])), torch.tensor(np.concatenate([p[1] for p in patients]).astype('i8'))


def conv(i, o, stride=1, norm=True):
    return nn.Sequential(nn.Conv2d(i, o, 3, stride, 1), *([nn.InstanceNorm2d(o, affine=True)] if norm else []), nn.LeakyReLU(.2))


class Segmentor(nn.Module):
    def __init__(self, c=(8, 16, 32, 64)):
        super().__init__()
        self.down = nn.ModuleList(nn.Sequential(conv(c[i - 1] if i else 3, n), conv(n, n)) for i, n in enumerate(c))
        self.up = nn.ModuleList(nn.ConvTranspose2d(c[i + 1], c[i], 2, 2) for i in range(3))
        self.merge = nn.ModuleList(nn.Sequential(conv(2 * c[i], c[i]), conv(c[i], c[i])) for i in range(3))
        self.head = nn.Conv2d(c[0], 4, 1)

    def forward(self, x):
        maps = []
        for i, block in enumerate(self.down):
            x = block(F.max_pool2d(x, 2) if i else x)
            maps.append(x)
        for i in (2, 1, 0):
            x = self.merge[i](torch.cat([self.up[i](x), maps[i]], 1))
        return self.head(x)


class Discriminator(nn.Module):
    def __init__(self, c=(8, 16, 32, 64, 64, 128)):
        super().__init__()
        self.body = nn.Sequential(*(conv(c[i - 1] if i else 7, n, 2, norm=0 < i < len(c) - 1) for i, n in enumerate(c)))
        self.dense = nn.Linear(c[-1], 1)

    def forward(self, x, y):
        return self.dense(self.body(torch.cat([x, y], 1)).mean((2, 3))).squeeze(1)


def augment(x, y, g):
    n = len(x)
    a = (torch.rand(n, generator=g) * 2 - 1) * np.pi / 8
    f = torch.where(torch.rand(n, generator=g) < .5, -1., 1.)
    t = (torch.rand(n, 2, generator=g) * 2 - 1) * (2 * 50 / 416)
    m = torch.stack([torch.stack([a.cos() * f, -a.sin(), t[:, 0]], 1), torch.stack([a.sin() * f, a.cos(), t[:, 1]], 1)], 1)
    grid = F.affine_grid(m, (n, 1, SIZE, SIZE), align_corners=False)
    images = F.grid_sample(x, grid, padding_mode='border', align_corners=False)
    labels = F.grid_sample(y[:, None].float(), grid, mode='nearest', padding_mode='zeros', align_corners=False)
    return images, labels[:, 0].long()


class Training:
    def __init__(self, scheme, positive, negative, seed, steps):
        torch.manual_seed(seed)
        self.generator, self.random = torch.Generator().manual_seed(seed + 1), np.random.default_rng(seed)
        self.positive, self.negative = stack(positive), stack(negative)
        self.scheme, self.step_number, self.halve = scheme, 0, -(-steps // 3)
        self.s, self.rate = Segmentor(), 4e-3 if scheme == 'cross-entropy' else 2e-3
        self.adam = torch.optim.Adam(self.s.parameters(), self.rate, betas=(.5, .999))
        if scheme != 'cross-entropy':
            self.d = Discriminator()
            self.adam_d = torch.optim.Adam(self.d.parameters(), 5e-4, betas=(.5, .999))

    def batch(self):
        roles = [self.positive if self.random.random() < SHARE else self.negative for _ in range(BATCH)]
        picks = [self.random.integers(len(r[0])) for r in roles]
        return augment(torch.stack([r[0][i] for r, i in zip(roles, picks)]), torch.stack([r[1][i] for r, i in zip(roles, picks)]), self.generator)

    def step(self):
        bce = F.binary_cross_entropy_with_logits
        self.adam.param_groups[0]['lr'] = self.rate * .5**(self.step_number // self.halve)
        for _ in range(K if self.scheme != 'cross-entropy' else 0):
            x, y = self.batch()
            with torch.no_grad():
                fake = F.softmax(self.s(x), 1)
            real = F.one_hot(y, 4).permute(0, 3, 1, 2).float()
            z = self.d(torch.cat([x, x]), torch.cat([real, fake]))
            loss = bce(z[:BATCH], torch.ones(BATCH)) + bce(z[BATCH:], torch.zeros(BATCH))
            self.adam_d.zero_grad()
            loss.backward()
            self.adam_d.step()
            finite(loss)
        x, y = self.batch()
        z = self.s(x)
        loss = 0
        if self.scheme != 'cross-entropy':
            loss = bce(self.d(x, F.softmax(z, 1)), torch.ones(BATCH))
        if self.scheme != 'adversarial':
            loss = loss + F.cross_entropy(z, y) * (LAMBDA if self.scheme == 'hybrid' else 1)
        self.adam.zero_grad()
        loss.backward()
        self.adam.step()
        finite(loss)
        self.step_number += 1


def finite(loss):
    if not np.isfinite(loss.item()):
        sys.exit('diverged')


def predict(s, images):
    with torch.no_grad():
        return torch.cat([s(images[i:i + 28]).argmax(1) for i in range(0, len(images), 28)]).numpy()


def scores(s, patients):
    """Mean tumour DSC over the slices with tumour, and mean sensitivity."""
    images, labels = stack(patients)
    p, t = predict(s, images) == 1, labels.numpy() == 1
    both, expert, found = (p & t).sum((1, 2)), t.sum((1, 2)), p.sum((1, 2))
    has = expert > 0
    return float((2 * both[has] / (expert[has] + found[has])).mean()), float((both[has] / expert[has]).mean())


def run(scheme, fold, keep, seed, steps, cohort, *others):
    begin = time.time()
    positive, negative = load(cohort)
    order = np.random.default_rng(0).permutation(len(positive))
    part = [[positive[i] for i in order[f::4]] for f in range(4)]
    train = part[(fold + 2) % 4] + part[(fold + 3) % 4]
    select = [tuple(a[(p[1] == 1).any((1, 2))] for a in p) for p in part[(fold + 1) % 4]]
    training = Training(scheme, train[:keep] if keep else train, negative, seed, steps)
    best = (-1, None, None)
    for step in range(1, steps + 1):
        training.step()
        if step % 50 == 0 or step == steps:
            dice, _ = scores(training.s, select)
            if dice > best[0]:
                best = dice, step, copy.deepcopy(training.s.state_dict())
    training.s.load_state_dict(best[2])
    dice, sensitivity = scores(training.s, part[fold])
    elsewhere = [scores(training.s, load(other)[0])[0] for other in others]
    print(json.dumps(dict(scheme=scheme, fold=fold, keep=keep, seed=seed, best=best[1], dice=dice, sensitivity=sensitivity,
                          elsewhere=elsewhere, seconds=time.time() - begin)))


def steps(scheme, cohort):
    training = Training(scheme, *load(cohort), seed=0, steps=700)
    for line in sys.stdin:
        n = int(line)
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(n):
            training.step()
        print(f'{(time.process_time() - cpu) * 1000 / n:.3f} {(time.perf_counter() - wall) * 1000 / n:.3f}', flush=True)


if __name__ == '__main__':
    if len(sys.argv) == 4 and sys.argv[1] == 'steps':
        steps(*sys.argv[2:])
    elif len(sys.argv) >= 8 and sys.argv[1] == 'run':
        run(sys.argv[2], *map(int, sys.argv[3:7]), *sys.argv[7:])
    else:
        sys.exit(__doc__)
