"""The part of eng/gpu run that trains a whole sweep: submitted to a server that trains on the device, scheduled, scored, reported."""
import json
import os
import shutil
import socket
import statistics
from datetime import datetime

from host import kill, line_of

SPEC = '''apiVersion: advseg/v1
preset: {preset}
name: whole-sweep
variants:
  - {{name: cross-entropy, scheme: cross-entropy}}
  - {{name: adversarial, scheme: adversarial}}
ablation: none
'''


def sweep(host, size):
    folder, spec = os.path.join(host.scratch, 'sweep'), os.path.join(host.scratch, 'sweep.yaml')
    shutil.rmtree(folder, ignore_errors=True)
    with open(spec, 'w') as out:
        out.write(SPEC.format(preset=size.swept))
    command = [host.client, 'serve', '--data', folder, '--port', str(free_port()), '--slots', str(size.slots)]
    server = host.start(command + (['--gpu', '0'] if host.device == 'cuda' else []))
    try:
        address = line_of(host, server).strip()
        if not address:
            host.finish(server)
        ask = lambda *words: host.run([host.client, *words, '--server', address])
        found = ask('submit', spec).strip()
        ask('wait', found)
        whole, runs = (json.loads(ask(word, found, '-o', 'json')) for word in ('get', 'runs'))
        report = json.loads(ask('report', found, '-o', 'json'))
    finally:
        kill(server)
    seconds = span(whole)
    rows = [(f'{size.swept}: {len(runs)} runs, {size.slots} at a time',
             f'{whole["completed"]} completed, {whole["failed"]} failed in {seconds:.1f} s'), ('files of the report', len(report))]
    for variant in dict.fromkeys(run['variant'] for run in runs):
        rows.append((f'{variant}: mean tumour DSC of its runs', statistics.mean(run['dice'] for run in runs if run['variant'] == variant)))
    return rows, dict(took=seconds, runs=runs)


def span(whole):
    """Seconds from its start to its end, which are ISO 8601 with more digits of a second than Python reads."""
    began, ended = (datetime.fromisoformat(whole[key][:23]) for key in ('started', 'ended'))
    return (ended - began).total_seconds()


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]
