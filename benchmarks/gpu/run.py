"""Everything that can be learnt about AdvSeg on this machine, part by part, in a limited time. Called by eng/gpu run.

  run.py FOLDER [--device cuda|cpu] [--short] [--minutes N] [--libtorch FOLDER] [--gpu INDEX] [--only PART,...]

FOLDER is an unpacked eng/gpu pack. Results go to FOLDER/results.json and FOLDER/results.md after every part. --short makes every size small
enough for a check of the script itself. --only does these parts in this order and keeps what an earlier call found of the others. --libtorch
names a directory with libtorch 2.10, for machines whose PyTorch cannot be used. --gpu is a number of nvidia-smi's (default: the first in
CUDA_VISIBLE_DEVICES, else 0).
"""
import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass

import beside
import binding
import parts
import speed
import sweep
from host import Host, Skipped, tool
from report import Report


@dataclass
class Size:
    small: str = 'demo'
    big: str = 'paper'
    precisions: tuple = ('fp32', 'tf32', 'bf16')
    losses: int = 10
    repeat: int = 5
    run: int = 60
    windows: int = 3
    steps: int = 5
    side: int = 8192
    side_by_side: tuple = (1, 2, 4, 8)
    graphs: tuple = (1, 4, 8, 16)
    seconds: float = 2
    turns: int = 5
    turn: int = 10
    switched: tuple = ('cross-entropy', 'adversarial')
    swept: str = 'smoke'
    slots: int = 4


SHORT = Size('smoke', 'smoke', ('bf16',), 3, 2, 40, 1, 2, 256, (1, 2), (1, 2), .3, 1, 2, ('adversarial',), slots=2)

# (name, what it does, most seconds in the long form: about 1.4 times what an H100 took, so that no part takes the others' minutes)
PARTS = [('doctor', parts.facts, 20), ('canary', parts.canary, 25), ('parity with PyTorch', parts.parity, 45), ('determinism', parts.determinism, 75),
         ('kill and resume', parts.resume, 20), ('step time', speed.steps, 120), ('smaller step', speed.smaller, 30), ('memory', speed.memory, 55),
         ('whole sweep', sweep.sweep, 25), ('out of memory', speed.exhaustion, 15), ('CPU beside PyTorch', speed.cpu, 40),
         ('matrix peak', speed.peak, 40), ('switches', speed.switches, 60), ('where time goes', speed.where, 45),
         ('data and evaluation', speed.costs, 15), ('side by side', beside.side_by_side, 110),
         ('graphs side by side', beside.graphs, 60), ('torch.compile', speed.compiled, 150),
         ('deterministic PyTorch', speed.deterministic, 80)]


def choose_binding(host, sources, facts, given, limit):
    """Which libtorch and which binding: the first that loads and computes on the device. Returns what was chosen and why not the others."""
    refused = []

    def computes(library, libtorch, what):
        try:
            where = libtorch()
            binding.use(host.app, library() if callable(library) else library)
            host.libtorch = where
            if not host.ours('facts', limit=60)['computes']:
                raise RuntimeError('1 + 1 + 1 is not 3')
            return True
        except (Skipped, RuntimeError, OSError, ValueError, subprocess.SubprocessError) as e:
            refused.append(f'{what}: {e}')
            return False

    said = {}

    def build():
        library, said['built'] = binding.build(sources, host.folder, facts, limit)
        return library

    pytorchs = lambda: binding.libraries(facts['folder'])
    own = f'the package\'s binding with libtorch of PyTorch {facts["version"]}'
    if facts['version'].startswith('2.10.') and computes(None, pytorchs, own):
        return own, refused
    if computes(build, pytorchs, 'a binding built from the sources'):
        return said['built'], refused
    if not facts['version'].startswith('2.10.') and given is None and computes(None, pytorchs, own):
        return own, refused
    if given is not None and computes(None, lambda: given, f'the package\'s binding with libtorch of {given}'):
        return f'the package\'s binding with the libtorch of {given}', refused
    raise Skipped('no libtorch can be used here. ' + '; '.join(refused))


def first_visible():
    first = os.environ.get('CUDA_VISIBLE_DEVICES', '').split(',')[0]
    return int(first) if first.isdigit() else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('folder')
    parser.add_argument('--device', choices=('cuda', 'cpu'))
    parser.add_argument('--short', action='store_true')
    parser.add_argument('--minutes', type=float, default=12)
    parser.add_argument('--libtorch', type=os.path.abspath)
    parser.add_argument('--gpu', type=int, default=first_visible())
    parser.add_argument('--only')
    given = parser.parse_args()
    named = {part[0]: part for part in PARTS}
    only = given.only.split(',') if given.only else list(named)
    if unknown := [name for name in only if name not in named]:
        parser.error(f'no part is called {", ".join(unknown)}; use {", ".join(named)}')
    folder = os.path.abspath(given.folder)
    device = given.device or ('cuda' if tool(['nvidia-smi', '-L']) else 'cpu')
    size = SHORT if given.short else Size() if device == 'cuda' else Size(big='demo', side=1024, side_by_side=(1, 2), graphs=(1, 2))
    if device == 'cuda':
        # Every program numbers GPUs as nvidia-smi does, and sees this one alone.
        os.environ.update(CUDA_DEVICE_ORDER='PCI_BUS_ID', CUDA_VISIBLE_DEVICES=str(given.gpu))
    host = Host(folder, device, sys.executable, given.gpu)
    end = time.time() + (60 * given.minutes)
    machine = tool(['nvidia-smi', f'--id={given.gpu}', '--query-gpu=name', '--format=csv,noheader']) if device == 'cuda' else 'a CPU'
    report = Report(folder, list(named), f'AdvSeg on {machine}' + (', short form: the numbers say nothing' if given.short else ''))

    began = time.time()
    host.deadline = end
    try:
        facts = host.facts = host.peer('facts', limit=120)
        chosen, refused = choose_binding(host, os.path.join(folder, 'native'), facts, given.libtorch, min(300, host.left()))
    except Skipped as e:
        report.add('binding', time.time() - began, skipped=str(e))
        sys.exit(f'eng/gpu: {e}')
    if device == 'cuda':
        host.numerics = [('device-name', facts['name'].replace('/', '-'))]
    report.add('binding', time.time() - began, [('used', chosen)] + [('refused', why) for why in refused], chosen=chosen, refused=refused)

    failed = []
    wanted = [named[name] for name in only]
    for name, compute, most in wanted:
        began = time.time()
        if began >= end:
            report.add(name, 0, skipped=f'no time was left of {given.minutes:g} minutes')
            failed.append(name)
            continue
        host.deadline = end if given.short else min(end, began + most)
        print(f'{name} ...', file=sys.stderr, flush=True)
        try:
            rows, values = compute(host, size)
            report.add(name, time.time() - began, rows, **values)
        except Exception as reason:  # Whatever it is, the minutes on this machine go to the other parts.
            report.add(name, time.time() - began, skipped=str(reason) if isinstance(reason, Skipped) else repr(reason))
            failed.append(name)
    print(report.markdown())
    print(f'{len(wanted) - len(failed)} of {len(wanted)} parts done in {time.time() - report.began:.0f} s: {folder}/results.md', file=sys.stderr)
    return 1 if failed and given.short else 0


if __name__ == '__main__':
    sys.exit(main())
