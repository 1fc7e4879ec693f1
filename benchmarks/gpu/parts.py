"""The parts of eng/gpu run that ask whether AdvSeg computes the right thing on this device."""
import os
import shutil
import time

from host import Skipped, kill, tool


def facts(host, size):
    found = host.facts
    ours = host.ours('facts')
    loaded = sorted({p for p in ours['libraries'].split() if 'torch_cpu' in p or 'LibTorchSharp' in p})
    rows = [('PyTorch', f'{found["version"]}, CUDA {found["cuda"]}, {found["folder"]}'), ('numerics of a run', ours['numerics']),
            ('libraries', ' '.join(loaded)), ('CPU', tool(['sh', '-c', 'lscpu | sed -n "s/^Model name: *//p"']) or 'unknown'),
            ('cores', os.cpu_count()),
            ('memory', tool(['sh', '-c', "free -g | awk 'NR==2 {print $2 \" GB\"}'"])), ('gcc', tool(['gcc', '--version'])),
            ('CMake', tool(['cmake', '--version'])), ('nvcc', tool(['sh', '-c', 'nvcc --version | tail -n 1']))]
    if host.device == 'cuda':
        rows.append(('GPU', tool(['nvidia-smi', f'--id={host.gpu}', '--query-gpu=name,driver_version,memory.total,clocks.max.sm,power.limit',
                                 '--format=csv,noheader'])))
    if not ours['computes']:
        raise Skipped('1 + 1 + 1 is not 3 on this device: nothing else can be trusted')
    rows.append(('advseg-silo prints its help', 'yes' if 'Runs one silo' in host.run([host.silo, '--help']) else 'no'))
    return rows, dict(peer=found, ours=ours)


def canary(host, size):
    first, second = (host.ours('canary')['canary'] for _ in range(2))
    here = host.ours('digest', preset=size.small, steps=size.losses)
    cpu = host.ours('digest', preset=size.small, steps=size.losses, device='cpu')
    far = [max(abs(here[key][step] - cpu[key][step]) / abs(cpu[key][step]) for key in ('segmentor', 'discriminator')) for step in range(size.losses)]
    return [('canary, two processes', 'equal' if first == second else f'DIFFERENT: {first[:12]} and {second[:12]}'), ('canary', first),
            ('losses of the first adversarial step against the CPU, largest relative difference', far[0]),
            (f'the same of step {size.losses}: adversarial training multiplies rounding', far[-1]),
            ('weights equal to the CPU\'s in bits', 'yes' if here['digest'] == cpu['digest'] else 'no')], dict(equal=first == second, far=far)


def parity(host, size):
    """
    The same weights and batch in PyTorch on the same device. Adam divides by the size of a gradient, so where a gradient is nothing but
    rounding an update is too: what counts is whether AdvSeg is as far from double precision as PyTorch in single precision is.
    """
    rows, values = [], {}
    for preset in dict.fromkeys([size.small, size.big]):
        far = values[preset] = host.peer('parity', files(host, preset, 'fp32'), host.device)
        for kind in ('logits', 'loss', 'gradient', 'update'):
            name, worst = max(((name, v) for name, v in far.items() if name.endswith(kind)), key=lambda item: item[1]['ours'])
            rows.append((f'{preset}: {name} from double precision, ours and PyTorch\'s', f'{worst["ours"]:.2g}, {worst["theirs"]:.2g}'))
        within = all(v['ours'] <= max(1e-5, 4 * v['theirs']) for v in far.values())
        rows.append((f'{preset}: within rounding', 'yes' if within else 'NO'))
    return rows, values


def determinism(host, size):
    """Weights, moments and losses of two processes: every precision, all schemes at the smaller size, which also is a graph."""
    rows, values = [], {}
    kinds = [(preset, scheme, precision, False) for precision in size.precisions if precision != 'tf32' or host.device != 'cpu'
             for preset in dict.fromkeys([size.small, size.big])
             for scheme in (('cross-entropy', 'adversarial', 'hybrid') if preset == size.small else ('adversarial',))]
    for preset, scheme, precision, graph in kinds + [(size.small, 'adversarial', size.precisions[-1], True)]:
        digests = [host.ours('digest', preset=preset, scheme=scheme, precision=precision, steps=size.repeat, graph=graph)['digest'] for _ in range(2)]
        what = f'{preset}, {scheme}, {precision}, {size.repeat} steps{" as a graph" if graph else ""}, two processes'
        values[what] = len(set(digests)) == 1
        rows.append((what, 'equal bits' if values[what] else 'DIFFERENT'))
    return rows, values


def resume(host, size):
    """A run that is killed after a checkpoint and goes on in another process ends with the bits of one that was not."""
    rows, values = [], {}
    for what, options in [('', {})] + ([(' as graphs', dict(graph=True))] if host.device == 'cuda' else []):
        same = killed_and_resumed(host, size, options)
        rows.append((f'{size.run} steps{what}, SIGKILL after a checkpoint, resumed', 'equal bits' if same else 'DIFFERENT'))
        values[f'equal{what}'] = same
    return rows, values


def killed_and_resumed(host, size, options):
    folder = os.path.join(host.scratch, 'resume')
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    settings = dict(folder=folder, preset=size.small, run_steps=size.run, evaluate_every=size.run // 2, every=3, **options)
    straight = host.ours('train', **{**settings, 'every': size.run + 1}, checkpoint='straight')
    process = host.start(host.command('train', **settings, checkpoint='killed'))
    while sum(name.startswith('killed') for name in os.listdir(folder)) < 2 and process.poll() is None:
        time.sleep(.002)
        if host.left() < 0:
            break
    was_running = process.poll() is None
    kill(process)
    process.communicate()
    if not was_running:
        raise Skipped('the run ended before it could be killed')
    resumed = host.ours('train', **settings, checkpoint='killed')
    return resumed['resumed'] and (resumed['weights'], resumed['result']) == (straight['weights'], straight['result'])


def files(host, preset, precision):
    """Weights and a batch for PyTorch, made once per preset and build."""
    build = os.stat(os.path.join(host.app, 'AdvSeg.Training.dll')).st_mtime_ns
    folder = os.path.join(host.scratch, f'parity-{preset}-{host.device}-{build}')
    if not os.path.exists(os.path.join(folder, 'discriminator update')):
        host.ours('parity', preset=preset, folder=folder, precision=precision)
    return folder
