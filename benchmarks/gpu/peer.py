"""What PyTorch computes beside AdvSeg in eng/gpu. Each part prints a line of JSON.

  peer.py facts                                          versions and devices
  peer.py parity FOLDER DEVICE                           how far AdvSeg's values in FOLDER and PyTorch's are from those of double precision
  peer.py steps FOLDER DEVICE PRECISION SCHEME MODE WINDOWS STEPS   milliseconds of a training step on FOLDER's networks; MODE eager,
                                                         deterministic or compile
  peer.py profile FOLDER DEVICE PRECISION SCHEME         what one step calls
  peer.py matmul DEVICE PRECISION SIDE                   rate of a matrix product
"""
import contextlib
import json
import os
import sys
import time

os.environ.setdefault('CUBLAS_WORKSPACE_CONFIG', ':4096:8')
import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

import networks  # noqa: E402

BCE = F.binary_cross_entropy_with_logits


class Files:
    """What AdvSeg wrote: raw little-endian float32, classes int64."""

    def __init__(self, folder, device, dtype=torch.float32):
        self.folder, self.device, self.dtype = folder, device, dtype
        self.spec = json.load(open(os.path.join(folder, 'spec.json')))
        classes = np.fromfile(os.path.join(folder, 'classes'), '<i8')
        images = self.read('images')
        size = self.spec['crop']
        batch = classes.size // (size * size)
        self.x, self.y = images.view(batch, 3, size, size), torch.tensor(classes).view(batch, size, size).to(device)
        self.s, self.d = (n.to(device, dtype) for n in (
            networks.Segmentor(self.spec['segmentor']), networks.Discriminator(self.spec['discriminator'])))
        networks.fill(self.s, self.read('segmentor'))
        networks.fill(self.d, self.read('discriminator'))

    def read(self, name):
        return torch.tensor(np.fromfile(os.path.join(self.folder, name), '<f4')).to(self.device, self.dtype)


def settle(device, precision):
    """Single precision means single precision; AdvSeg sets the same switches."""
    if device == 'cuda':
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == 'tf32'
    else:
        torch.set_num_threads(int(os.environ.get('OMP_NUM_THREADS', '1')))


def wait(device):
    if device == 'cuda':
        torch.cuda.synchronize()


def facts():
    found = dict(version=torch.__version__, python=sys.version.split()[0], cuda=torch.version.cuda, folder=os.path.dirname(torch.__file__),
                 cxx11=bool(torch._C._GLIBCXX_USE_CXX11_ABI), gpu=torch.cuda.is_available(), threads=torch.get_num_threads(),
                 compiles=hasattr(torch, 'compile'))
    if found['gpu']:
        p = torch.cuda.get_device_properties(0)
        found.update(name=p.name, memoryMb=p.total_memory / 1e6, processors=p.multi_processor_count, capability=f'{p.major}.{p.minor}',
                     cudnn=torch.backends.cudnn.version())
    return found


def parity(folder, device):
    """Relative distances |v - v64| / |v64| of every vector: AdvSeg's in single precision, and PyTorch's own, from PyTorch's in double precision."""
    settle(device, 'fp32')
    exact, theirs = values(Files(folder, device, torch.float64)), values(Files(folder, device))
    ours = Files(folder, device)
    far = lambda v, of: float((v.double() - of).norm() / of.norm())
    return {name: dict(ours=far(ours.read(name), of), theirs=far(theirs[name], of)) for name, of in exact.items()}


def values(f):
    """Logits, losses, gradients and five updates of both Adams, each as one vector."""
    s, d, x, y = f.s, f.d, f.x, f.y
    expert = F.one_hot(y, 4).permute(0, 3, 1, 2).to(x.dtype)

    def loss_d():
        real, made = d(x, expert), d(x, F.softmax(s(x).detach(), 1))
        return BCE(real, torch.ones_like(real)) + BCE(made, torch.zeros_like(made))

    def loss_ce():
        return F.cross_entropy(s(x), y)

    def loss_adversarial():
        made = d(x, F.softmax(s(x), 1))
        return BCE(made, torch.ones_like(made))

    flat = lambda tensors: torch.cat([t.detach().reshape(-1) for t in tensors])
    found = {'logits': flat([s(x)])}
    for name, loss, net in (('discriminator', loss_d, d), ('cross-entropy', loss_ce, s), ('adversarial', loss_adversarial, s)):
        found[name + ' loss'] = flat([loss()])
        found[name + ' gradient'] = flat(torch.autograd.grad(loss(), net.list()))
    before = [flat(net.list()) for net in (s, d)]
    rates = f.spec['rates']
    adam_s, adam_d = (torch.optim.Adam(net.list(), rates['learningRate'], betas=(rates['beta1'], rates['beta2'])) for net in (s, d))
    for _ in range(f.spec['updates']):
        for loss, adam in ((loss_d, adam_d), (lambda: loss_adversarial() + .5 * loss_ce(), adam_s)):
            adam.zero_grad()
            loss().backward()
            adam.step()
    found['segmentor update'], found['discriminator update'] = (flat(net.list()) - old for net, old in zip((s, d), before))
    return found


class Training:
    """A step as a user would write it: k batches for D, one for S, losses read each step. Augmentation as in AdvSeg, on the device."""

    def __init__(self, files, scheme, precision, mode, k=3):
        self.f, self.scheme, self.k = files, scheme, k
        rates = files.spec['rates']
        fused = {'fused': True} if files.x.is_cuda else {}
        self.adam, self.adam_d = (torch.optim.Adam(n.parameters(), rates['learningRate'], betas=(.5, .999), **fused) for n in (files.s, files.d))
        self.s, self.d = (torch.compile(n) for n in (files.s, files.d)) if mode == 'compile' else (files.s, files.d)
        kind = 'cuda' if files.x.is_cuda else 'cpu'
        self.cast = (lambda: torch.autocast(kind, torch.bfloat16)) if precision == 'bf16' else contextlib.nullcontext
        self.generator = torch.Generator().manual_seed(0)

    def batch(self):
        x, y, g, size = self.f.x, self.f.y, self.generator, self.f.x.shape[-1]
        n = len(x)
        a = (torch.rand(n, generator=g) * 2 - 1) * np.pi / 8
        t = (torch.rand(n, 2, generator=g) * 2 - 1) * (2 * 50 / 416)
        m = torch.stack([torch.stack([a.cos(), -a.sin(), t[:, 0]], 1), torch.stack([a.sin(), a.cos(), t[:, 1]], 1)], 1).to(x.device)
        grid = F.affine_grid(m, (n, 1, size, size), align_corners=False)
        images = F.grid_sample(x, grid, padding_mode='border', align_corners=False)
        labels = F.grid_sample(y[:, None].float(), grid, mode='nearest', align_corners=False)
        return images, labels[:, 0].long()

    def step(self):
        loss_d = None
        for _ in range(self.k if self.scheme == 'adversarial' else 0):
            x, y = self.batch()
            with self.cast():
                with torch.no_grad():
                    fake = F.softmax(self.s(x).float(), 1)
                z = self.d(torch.cat([x, x]), torch.cat([F.one_hot(y, 4).permute(0, 3, 1, 2).float(), fake])).float()
            n = len(x)
            loss_d = BCE(z[:n], torch.ones_like(z[:n])) + BCE(z[n:], torch.zeros_like(z[n:]))
            self.adam_d.zero_grad()
            loss_d.backward()
            self.adam_d.step()
        x, y = self.batch()
        with self.cast():
            z = self.s(x).float()
            if self.scheme == 'adversarial':
                made = self.d(x, F.softmax(z, 1)).float()
                loss = BCE(made, torch.ones_like(made))
            else:
                loss = F.cross_entropy(z, y)
        self.adam.zero_grad()
        loss.backward()
        self.adam.step()
        return loss


def window(training, device, steps):
    wait(device)
    began = time.perf_counter()
    for _ in range(steps):
        loss = training.step()
    loss.item()
    wait(device)
    return (time.perf_counter() - began) * 1000 / steps


def steps(folder, device, precision, scheme, mode, windows, count):
    settle(device, precision)
    if mode == 'deterministic':
        torch.use_deterministic_algorithms(True, warn_only=True)
        if hasattr(torch.utils, 'deterministic'):
            torch.utils.deterministic.fill_uninitialized_memory = False
    training = Training(Files(folder, device), scheme, precision, mode)
    first = window(training, device, 3)
    times = sorted(window(training, device, int(count)) for _ in range(int(windows)))
    memory = torch.cuda.max_memory_allocated() / 1e6 if device == 'cuda' else None
    return dict(median=times[len(times) // 2], least=times[0], most=times[-1], firstSteps=first, memory=memory)


def profile(folder, device, precision, scheme):
    """Launches, copies and synchronisations of one eager step, by PyTorch's profiler; calls of operators on a CPU."""
    from torch.profiler import ProfilerActivity, profile as record
    settle(device, precision)
    training = Training(Files(folder, device), scheme, precision, 'eager')
    training.step()
    wait(device)
    with record(activities=[ProfilerActivity.CPU] + ([ProfilerActivity.CUDA] if device == 'cuda' else [])) as p:
        training.step().item()
        wait(device)
    names = [(e.key, e.count) for e in p.key_averages()]
    called = sum(n for key, n in names if key.startswith('aten::'))
    return dict(operators=called, **{key: n for key, n in names if key.startswith('cuda') or key.startswith('Memcpy')})


def matmul(device, precision, side):
    settle(device, precision)
    side = int(side)
    a, b = (torch.randn(side, side, device=device).to(torch.bfloat16 if precision == 'bf16' else torch.float32) for _ in range(2))
    least = float('inf')
    for _ in range(6):
        wait(device)
        began = time.perf_counter()
        a @ b
        wait(device)
        least = min(least, time.perf_counter() - began)
    return dict(side=side, teraflops=2 * side**3 / least / 1e12)


PARTS = dict(facts=facts, parity=parity, steps=steps, profile=profile, matmul=matmul)

if __name__ == '__main__':
    if len(sys.argv) < 2 or sys.argv[1] not in PARTS:
        sys.exit(__doc__)
    result = PARTS[sys.argv[1]](*sys.argv[2:])
    print(json.dumps(result))
