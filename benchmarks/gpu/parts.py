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
        rows.append(('GPU', tool(['nvidia-smi', '--query-gpu=name,driver_version,memory.total,clocks.max.sm,power.limit', '--format=csv,noheader'])))
    if not ours['computes']:
        raise Skipped('1 + 1 + 1 is not 3 on this device: nothing else can be trusted')
    rows.append(('advseg-silo starts', 'yes' if 'Runs one silo' in host.run([host.silo, '--help']) else 'no'))
    return rows, dict(peer=found, ours=ours)


def canary(host, size):
    first, second = (host.ours('canary')['canary'] for _ in range(2))
    here = host.ours('digest', preset=size.small, steps=size.losses)
    cpu = host.ours('digest', preset=size.small, steps=size.losses, device='cpu')
    far = max(abs(a - b) / abs(b) for key in ('segmentor', 'discriminator') for a, b in zip(here[key], cpu[key]))
    return [('canary, two processes', 'equal' if first == second else f'DIFFERENT: {first[:12]} and {second[:12]}'), ('canary', first),
            (f'losses of {size.losses} adversarial steps against the CPU, largest relative difference', far),
            ('weights equal to the CPU\'s in bits', 'yes' if here['digest'] == cpu['digest'] else 'no')], dict(equal=first == second, far=far)


def parity(host, size):
    """The same weights and batch in PyTorch on the same device, distances relative to the norm."""
    rows, values = [], {}
    for preset in dict.fromkeys([size.small, size.big]):
        folder = files(host, preset, 'fp32')
        far = host.peer('parity', folder, host.device)
        values[preset] = far
        worst = {kind: max((v, k) for k, v in far.items() if k.endswith(kind)) for kind in ('loss', 'gradient', 'update')}
        rows += [(f'{preset}: logits', far['logits'])] + [(f'{preset}: {name}', value) for value, name in worst.values()]
        within = far['logits'] < 1e-4 and worst['loss'][0] < 1e-4 and worst['gradient'][0] < 1e-2 and worst['update'][0] < 5e-2
        rows.append((f'{preset}: within rounding', 'yes' if within else 'NO'))
    return rows, values


def determinism(host, size):
    rows = []
    for preset, scheme in ((size.small, 'cross-entropy'), (size.small, 'adversarial'), (size.big, 'adversarial')):
        digests = [host.ours('digest', preset=preset, scheme=scheme, steps=size.repeat)['digest'] for _ in range(2)]
        rows.append((f'{preset}, {scheme}, {size.repeat} steps, two processes', 'equal bits' if len(set(digests)) == 1 else 'DIFFERENT'))
    return rows, {}


def resume(host, size):
    """A run that is killed after a checkpoint and goes on in another process ends with the bits of one that was not."""
    folder = os.path.join(host.scratch, 'resume')
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    settings = dict(folder=folder, preset=size.small, run_steps=size.run, evaluate_every=size.run // 2, every=3)
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
    same = resumed['resumed'] and (resumed['weights'], resumed['result']) == (straight['weights'], straight['result'])
    return [(f'{size.run} steps, SIGKILL after a checkpoint, resumed', 'equal bits' if same else 'DIFFERENT')], dict(equal=same)


def files(host, preset, precision):
    """Weights and a batch for PyTorch, made once per preset."""
    folder = os.path.join(host.scratch, f'parity-{preset}-{host.device}')
    if not os.path.exists(os.path.join(folder, 'discriminator update')):
        host.ours('parity', preset=preset, folder=folder, precision=precision)
    return folder
