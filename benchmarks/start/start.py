"""Where the time of a worker's start goes; prints a Markdown table of medians (least to most).

Parts of training are those of `Training.Benchmarks start` (a process each time), with the canary trained and with one that is kept. Membership: a
silo alone (`--role all`) over an empty folder, from its start to the first time that /healthz/ready says yes, less the start of .NET.
Run with a Release build: python3 start.py [--times 7]
"""
import argparse
import json
import pathlib
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

BIN = pathlib.Path(__file__).resolve().parents[2] / 'artifacts' / 'bin'
TRAINING = ['dotnet', BIN / 'Training.Benchmarks' / 'release' / 'AdvSeg.Training.Benchmarks.dll']
SILO = ['dotnet', BIN / 'Silo' / 'release' / 'advseg-silo.dll']


def free_port():
    with socket.socket() as bound:
        bound.bind(('127.0.0.1', 0))
        return bound.getsockname()[1]


def parts(canaries=None):
    line = subprocess.run([*TRAINING, 'start', *([canaries] if canaries else [])], check=True, capture_output=True, text=True).stdout
    return json.loads(line)


def ready(folder):
    """Milliseconds from the start of a silo to its readiness."""
    http = f'127.0.0.1:{free_port()}'
    began = time.monotonic()
    silo = subprocess.Popen([*SILO, '--role', 'all', '--data', folder, '--slots', '1', '--http', http],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while time.monotonic() - began < 60 and silo.poll() is None:
            try:
                with urllib.request.urlopen(f'http://{http}/healthz/ready', timeout=1):
                    return (time.monotonic() - began) * 1000
            except (urllib.error.URLError, OSError):
                time.sleep(0.01)
        raise SystemExit('The silo did not become ready; build it in Release.')
    finally:
        silo.terminate()
        silo.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--times', type=int, default=7)
    times = range(parser.parse_args().times)
    subprocess.run([*TRAINING, 'cohort'], check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder:
        kept = str(pathlib.Path(folder) / 'canaries')
        parts(kept)
        found = [(parts(), parts(kept), ready(str(pathlib.Path(folder) / f'data{i}'))) for i in times]
    if len({p['digest'] for trained, again, _ in found for p in (trained, again)}) != 1:
        raise SystemExit('Canaries differ.')
    rows = {
        'start of .NET': [trained['runtime'] for trained, _, _ in found],
        'membership (silo alone, to ready)': [silo - trained['runtime'] for trained, _, silo in found],
        'libtorch': [trained['libtorch'] for trained, _, _ in found],
        'canary, trained': [trained['canary'] for trained, _, _ in found],
        'canary, kept': [again['canary'] for _, again, _ in found],
        'cohort of the demo': [trained['cohort'] for trained, _, _ in found],
        'cohort, after a kept canary': [again['cohort'] for _, again, _ in found],
        'training parts together, canary trained': [sum(v for k, v in t.items() if k not in ('digest', 'runtime')) for t, _, _ in found],
        'training parts together, canary kept': [sum(v for k, v in a.items() if k not in ('digest', 'runtime')) for _, a, _ in found],
    }
    print('| part | ms: median (least to most) |\n|---|---|')
    for name, values in rows.items():
        print(f'| {name} | {statistics.median(values):.0f} ({min(values):.0f} to {max(values):.0f}) |')


if __name__ == '__main__':
    main()
