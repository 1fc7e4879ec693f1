"""The parts of eng/gpu run that measure: time, memory, and where both go."""
import contextlib
import os
import statistics
import subprocess

from host import Skipped, kill, line_of, tool
from parts import files

SWITCHES = [('as runs do it', {}), ('losses read in every step', dict(read_losses=True)), ('channels-last', dict(channels_last=True)),
            ('fused Adam', dict(fused_adam=True)), ('a graph of the step', dict(graph=True)),
            ('a graph of the step, channels-last', dict(graph=True, channels_last=True))]


def attempt(rows, what, measure):
    """One measurement of many: its reason stands in the table when it cannot be made."""
    try:
        value = measure()
        rows.append((what, value['shown']))
        return value
    except (Skipped, OSError, ValueError, KeyError) as reason:
        rows.append((what, f'not done: {reason}'))
        return None


def steps(host, size):
    """Ours and PyTorch eager in turn, so that both meet the same machine."""
    return in_turn(kinds(host, size), [('ours', lambda at: ours(host, size, **at)), ('PyTorch eager', lambda at: theirs(host, size, 'eager', **at))])


def deterministic(host, size):
    """What PyTorch takes when it is asked for equal bits, as ours always is."""
    return in_turn(reversed(kinds(host, size)), [('PyTorch eager, deterministic', lambda at: theirs(host, size, 'deterministic', **at))])


def compiled(host, size):
    """torch.compile beside ours again, in the fastest precision: compiling takes many times what the measurement does."""
    if not host.facts['compiles']:
        return [('torch.compile', f'PyTorch {host.facts["version"]} has none')], {}
    return in_turn(
        [kind for kind in reversed(kinds(host, size)) if kind[1]['precision'] == fastest(host)],
        [('torch.compile', lambda at: theirs(host, size, 'compile', **at)), ('ours', lambda at: ours(host, size, **at))])


def in_turn(kinds, measures):
    rows, values = [], []
    for name, at in kinds:
        for who, measure in measures:
            values.append({**at, 'who': who, **(attempt(rows, f'{name}, {who}', lambda: measure(at)) or {})})
    return rows, dict(steps=values)


def kinds(host, size):
    """Every scheme in every precision of the device."""
    return [(f'{size.big} {scheme} {precision}', dict(preset=size.big, scheme=scheme, precision=precision))
            for precision in size.precisions if precision != 'tf32' or host.device != 'cpu' for scheme in ('cross-entropy', 'adversarial')]


def ours(host, size, **at):
    found = host.ours('steps', windows=size.windows, steps=size.steps, **at)
    return {**found, 'shown': f'{found["median"]:.2f} ms ({found["least"]:.2f} to {found["most"]:.2f}), '
                              f'{found["teraflops"]:.3g} TFLOP/s, {found["memory"]:,.0f} MB'}


def theirs(host, size, mode, preset, scheme, precision):
    found = host.peer('steps', files(host, preset, 'fp32'), host.device, precision, scheme, mode, size.windows, size.steps)
    return {**found, 'shown': f'{found["median"]:.2f} ms ({found["least"]:.2f} to {found["most"]:.2f})'}


def switches(host, size):
    rows, values = [], {}
    for scheme in size.switched:
        for name, options in SWITCHES:
            found = attempt(rows, f'{size.big} {scheme} {fastest(host)}, {name}', lambda: switched(host, size, size.big, scheme, options))
            values[f'{scheme}, {name}'] = found and found['median']
    return rows, values


def switched(host, size, preset, scheme, options):
    found = host.ours('steps', preset=preset, precision=fastest(host), scheme=scheme, windows=size.windows, steps=size.steps, **options)
    return {**found, 'shown': f'{found["median"]:.2f} ms, {found["memory"]:,.0f} MB'}


def smaller(host, size):
    """Small networks: kernels are done before the host has launched the next."""
    rows, values = [], {}
    name = f'{size.small} adversarial {fastest(host)}'
    for way, options in (SWITCHES[0], SWITCHES[3], SWITCHES[4]):
        values[way] = attempt(rows, f'{name}, {way}', lambda: switched(host, size, size.small, 'adversarial', options))
    values['PyTorch eager'] = attempt(
        rows, f'{name}, PyTorch eager', lambda: theirs(host, size, 'eager', preset=size.small, scheme='adversarial', precision=fastest(host)))
    return rows, values


def fastest(host):
    return 'bf16' if host.device == 'cuda' else 'fp32'


def exhaustion(host, size):
    """More runs than fit: the worker must know the device's memory from other failures by the words."""
    if host.device == 'cpu':
        return [('memory of the device', 'a CPU has the machine\'s')], {}
    runs = 16
    try:
        host.ours('side', preset=size.big, precision='fp32', runs=runs, seconds=size.seconds)
        return [(f'{runs} runs of {size.big} in one process', 'fit')], {}
    except Skipped as reason:
        if 'not done after' in str(reason) or host.left() <= 0:
            raise
        known = 'gpu-out-of-memory' in str(reason)
        said = f'{"known as" if known else "NOT KNOWN AS"} gpu-out-of-memory: {reason}'
        return [(f'{runs} runs of {size.big} in one process', said)], dict(known=known)


def memory(host, size):
    """What a run takes and what each one more in its process does, by size and precision: the table that a worker counts its slots from."""
    rows, table = [], []
    for preset in dict.fromkeys([size.small, size.big]):
        for precision in size.precisions:
            if precision == 'tf32' and host.device == 'cpu':
                continue

            def measure():
                before = used(host)
                one, two = (host.ours('side', preset=preset, precision=precision, runs=runs, streams=True, seconds=.2) for runs in (1, 2))
                first, further = one['memory'] - before, max(1, two['memory'] - one['memory'])
                return dict(size=one['size'], first=first, further=further, shown=f'{first:,.0f} MB, {further:,.0f} MB for each run more')
            if found := attempt(rows, f'{preset} adversarial {precision}', measure):
                table.append({**found, 'preset': preset, 'precision': precision})
    return rows, dict(table=table)


def used(host):
    if host.device == 'cpu':
        return 0
    return float(tool(['nvidia-smi', f'--id={host.gpu}', '--query-gpu=memory.used', '--format=csv,noheader,nounits']) or 0) * 1.048576


def peak(host, size):
    """The rate of a large matrix product, which no step can exceed, and the share of it that a step reaches."""
    rows, values = [], {}
    for precision in size.precisions:
        if precision == 'tf32' and host.device == 'cpu':
            continue
        found = attempt(rows, f'{precision}, ours', lambda: shown(host.ours('matmul', precision=precision, side=size.side)))
        attempt(rows, f'{precision}, PyTorch', lambda: shown(host.peer('matmul', host.device, precision, size.side)))
        step = attempt(rows, f'{precision}, an adversarial step of {size.big}', lambda: shown(host.ours(
            'steps', preset=size.big, precision=precision, windows=1, steps=size.steps)))
        if found and step:
            values[precision] = step['teraflops'] / found['teraflops']
            rows.append((f'{precision}, share of the peak', f'{100 * values[precision]:.0f} %'))
    return rows, values


def shown(found):
    return {**found, 'shown': f'{found["teraflops"]:.3g} TFLOP/s'}


def where(host, size):
    """Calls of one more step: a process of two measured steps minus a process of one."""
    rows, values = [], {}
    counter = os.path.join(host.scratch, 'count.so')
    host.run(['gcc', '-O1', '-shared', '-fPIC', '-o', counter, os.path.join(host.bench, 'count.c'), '-ldl'])
    for scheme in ('cross-entropy', 'adversarial'):
        counts = [calls(host, size, scheme, steps, counter) for steps in (1, 2)]
        per_step = {name: counts[1].get(name, 0) - counts[0].get(name, 0) for name in counts[1]}
        values[scheme] = {name: n for name, n in sorted(per_step.items(), key=lambda item: -item[1]) if n > 0}
        rows += [(f'{scheme}: {name}', n) for name, n in list(values[scheme].items())[:8]]

        def peer():
            found = host.peer('profile', files(host, size.big, 'fp32'), host.device, 'fp32', scheme)
            return {**found, 'shown': ', '.join(f'{k} {v}' for k, v in sorted(found.items(), key=lambda item: -item[1])[:8])}
        attempt(rows, f'{scheme}: PyTorch eager by its profiler', peer)
    return rows, values


def calls(host, size, scheme, steps, counter):
    """By the driver's callbacks on a GPU; on a CPU by what oneDNN says it executed."""
    command = host.command('steps', preset=size.big, scheme=scheme, windows=1, steps=steps)
    if host.device == 'cpu':
        found = {}
        for line in host.run(command, {'ONEDNN_VERBOSE': '1', 'CUDA_INJECTION64_PATH': counter}).splitlines():
            words = line.split(',')
            if line.startswith('onednn_verbose') and 'exec' in words:
                name = 'oneDNN ' + words[words.index('exec') + 2]
                found[name] = found.get(name, 0) + 1
        if not found:
            raise Skipped('oneDNN of this libtorch does not say what it executes')
        return found
    out = os.path.join(host.scratch, 'counts')
    with contextlib.suppress(FileNotFoundError):
        os.remove(out)
    host.run(command, {'CUDA_INJECTION64_PATH': counter, 'ADVSEG_COUNTS': out, 'ADVSEG_CUPTI': cupti(host)})
    if not os.path.exists(out):
        raise Skipped('CUPTI was not found or another profiler has it')
    return {name: int(n) for name, n in (line.split() for line in open(out))}


def cupti(host):
    """A PyTorch wheel brings its own."""
    root = os.path.dirname(host.facts['folder'])
    for folder, _, names in os.walk(os.path.join(root, 'nvidia')):
        for name in names:
            if name.startswith('libcupti.so'):
                return os.path.join(folder, name)
    return ''


def costs(host, size):
    found = host.ours('costs', preset=size.big)
    return [(f'{size.big}: a cohort of {found["loadedSlices"]} slices into the device', f'{found["loading"]:.1f} ms'),
            ('drawing and augmenting a batch', f'{found["batch"]:.2f} ms'),
            (f'evaluating {found["evaluatedSlices"]} slices', f'{found["evaluation"]:.2f} ms'),
            ('writing a checkpoint', f'{found["checkpoint"]:.2f} ms')], found


def cpu(host, size):
    """What eng/peer measures, with this machine's PyTorch: processor time of both in turn, one thread each."""
    cohort = host.ours('cohort', device='cpu', preset='demo', folder=host.scratch)['folder']
    rows, values = [], {}
    for scheme in ('cross-entropy', 'adversarial'):
        ours = host.start([host.program, 'steps', scheme], {'COHORT': cohort}, stdin=subprocess.PIPE)
        peer = host.start([host.python, os.path.join(host.bench, 'cpu-peer.py'), 'steps', scheme, cohort], stdin=subprocess.PIPE)
        try:
            ratios = []
            for turn in range(size.turns + 1):
                a, b = (ask(host, process, size.turn) for process in (ours, peer))
                ratios += [a / b] if turn else []
            values[scheme] = ratios
            rows.append((f'{scheme}, ours over PyTorch\'s, median of {size.turns} turns',
                         f'{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})'))
        finally:
            kill(ours)
            kill(peer)
    return rows, values


def ask(host, process, count):
    process.stdin.write(f'{count}\n')
    process.stdin.flush()
    line = line_of(host, process)
    if not line:
        raise Skipped(f'{os.path.basename(process.args[0])} ended: {process.stderr.read().strip()[-300:]}')
    return float(line.split()[0])
