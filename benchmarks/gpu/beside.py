"""The part of eng/gpu run that trains several runs on one device."""
import contextlib
import os
import shutil
import subprocess

from host import Skipped, answer, kill, line_of
from speed import attempt, fastest


def side_by_side(host, size):
    """Steps a second of several runs on one device against one: threads with streams, processes, processes under MPS."""
    rows, values = [], {}
    for preset in dict.fromkeys([size.small, size.big]):
        alone = None
        for way in ('threads of one process', 'processes', 'processes under MPS'):
            for runs in size.side_by_side:
                if runs == 1 and way != 'threads of one process':
                    continue

                found = attempt(rows, f'{preset}, {runs} {way}', lambda: against(alone, runs, together(host, size, preset, way, runs)))
                alone = found and found['stepsPerSecond'] if runs == 1 else alone
                values[f'{preset}, {runs} {way}'] = found and {key: found[key] for key in ('stepsPerSecond', 'ratio', 'memory')}
    return rows, values


def graphs(host, size):
    """The same at the small size where every run launches its step as one graph: the host is no longer what they wait for."""
    rows, values, alone = [], {}, None
    for way in ('threads of one process', 'processes under MPS'):
        for runs in size.graphs:
            if runs == 1 and way != 'threads of one process':
                continue

            found = attempt(rows, f'{size.small}, {runs} {way}, a graph each',
                            lambda: against(alone, runs, together(host, size, size.small, way, runs, graph=True)))
            alone = found['stepsPerSecond'] if found and runs == 1 else alone
            values[f'{runs} {way}'] = found and {key: found[key] for key in ('stepsPerSecond', 'ratio', 'memory')}
    return rows, values


def against(alone, runs, found):
    """What one run alone reached stands beside what so many reach together."""
    ratio = 1 if runs == 1 else found['stepsPerSecond'] / alone if alone else None
    times = f'{ratio:.2f} x one' if ratio else 'nothing to compare with'
    return {**found, 'ratio': ratio, 'shown': f'{found["stepsPerSecond"]:.2f} steps/s, {times}, {found["memory"]:,.0f} MB'}


def together(host, size, preset, way, runs, **options):
    settings = dict(preset=preset, precision=fastest(host), seconds=size.seconds, **options)
    if way == 'threads of one process':
        return host.ours('side', runs=runs, streams=True, **settings)
    with mps(host) if way == 'processes under MPS' else contextlib.nullcontext({}) as extra:
        processes = [host.start(host.command('side', wait=True, **settings), extra, stdin=subprocess.PIPE) for _ in range(runs)]
        try:
            for process in processes:
                if line_of(host, process).strip() != 'ready':
                    host.finish(process)
            for process in processes:
                process.stdin.write('\n')
                process.stdin.flush()
            found = [answer(host.finish(process)) for process in processes]
        finally:
            for process in processes:
                kill(process)
    memory = max if host.device == 'cuda' else sum
    return dict(stepsPerSecond=sum(f['stepsPerSecond'] for f in found), memory=memory(f['memory'] for f in found))


@contextlib.contextmanager
def mps(host):
    """NVIDIA's multi-process service for this user, in folders of its own."""
    if host.device != 'cuda':
        raise Skipped('MPS is for GPUs')
    if shutil.which('nvidia-cuda-mps-control') is None:
        raise Skipped('nvidia-cuda-mps-control is not installed')
    extra = {'CUDA_MPS_PIPE_DIRECTORY': os.path.join(host.scratch, 'mps'), 'CUDA_MPS_LOG_DIRECTORY': os.path.join(host.scratch, 'mps-log')}
    for folder in extra.values():
        os.makedirs(folder, exist_ok=True)
    try:
        host.run(['nvidia-cuda-mps-control', '-d'], extra, limit=20)
        yield extra
    finally:
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(['nvidia-cuda-mps-control'], input='quit\n', text=True, env={**os.environ, **extra}, timeout=30)
